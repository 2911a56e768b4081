"""A table's text and database on this very host, opened for sift."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import IO

from wizard.host.base import NOT_RUN, Unreadable
from wizard.host.commands import printing
from wizard.host.paths import opened_parent
from wizard.host.table import Blocks, Sifted, TableQuestion, dumped_pairs, sift, text_pairs
from wizard.plans import Command, Completed

MAKEMAP = "/usr/sbin/makemap"
_TIMEOUT = 300.0
_BLOCK = 1 << 18
_TEXT_LIMIT = 1 << 30
"Bytes: a text beyond that is no table that anyone wrote."


def read_table(question: TableQuestion, root: str) -> Sifted:
    """Read it. Raises Unreadable where what is in force cannot be told."""
    if question.database and root != "/":
        raise Unreadable(
            f"{question.database}: commands are not run for a host under {root}", NOT_RUN
        )
    try:
        if not question.database:
            return sift(question, _Text(question.text, root), None)
        with printing(_dump(question)) as (done, printed):
            _refuse_failure(question, done)
            return sift(
                question,
                _Text(question.text, root) if _is_there(question.text, root) else None,
                lambda: _again(printed),
            )
    except FileNotFoundError as problem:
        raise Unreadable(f"{question.text}: no such file") from problem
    except OSError as problem:
        remedy = "Run it as root." if isinstance(problem, PermissionError) else ""
        raise Unreadable(f"{question.text}: {problem.strerror}", remedy) from problem


def _dump(question: TableQuestion) -> Command:
    database = question.database.removesuffix(".pag")  # dbm(3) wants the name of the pair
    return Command((MAKEMAP, "-u", question.type, database), timeout=_TIMEOUT)


def _refuse_failure(question: TableQuestion, done: Completed) -> None:
    """Raise Unreadable where makemap could not read the database; its warnings are none of it."""
    if done.code == 0:
        return
    said = [line for line in done.output.splitlines() if not line.startswith("WARNING:")]
    why = said[-1] if said else f"exit code {done.code}"
    remedy = "Run it as root." if "Permission denied" in why or os.geteuid() else ""
    raise Unreadable(f"{question.database}: makemap -u cannot read it: {why}", remedy)


def _is_there(path: str, root: str) -> bool:
    try:
        with _Text(path, root)():
            return True
    except FileNotFoundError:
        return False


class _Text:
    """The rows of a text; opening it again starts anew."""

    def __init__(self, path: str, root: str) -> None:
        self._path = path
        self._root = root

    def __call__(self) -> AbstractContextManager[Blocks]:
        return self._opened()

    @contextmanager
    def _opened(self) -> Iterator[Blocks]:
        with opened_parent(self._path, self._root) as (parent, name):
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
            descriptor = os.open(name, flags, dir_fd=parent)
        with os.fdopen(descriptor, "rb") as stream:
            found = os.fstat(stream.fileno())
            if not stat.S_ISREG(found.st_mode) or found.st_size > _TEXT_LIMIT:
                raise Unreadable(f"{self._path}: no regular file of a table's size")
            yield Blocks(_blocks(stream), text_pairs)


def _blocks(stream: IO[bytes]) -> Iterator[bytes]:
    """Blocks of whole lines; a line too long to be a row is cut, not held."""
    while block := stream.read(_BLOCK):
        if not block.endswith(b"\n"):
            block += stream.readline(_BLOCK)
        yield block


@contextmanager
def _again(printed: IO[bytes]) -> Iterator[Blocks]:
    printed.seek(0)
    yield Blocks(_blocks(printed), dumped_pairs)
