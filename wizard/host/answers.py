"""What a recording holds: each question's answer under a key, scrubbed of secrets."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256

import msgspec

from wizard.host.lookup import LookedUp
from wizard.host.spool import Spool
from wizard.host.table import Sifted, TableQuestion
from wizard.model import FileState, Identity, LogScan, Process
from wizard.plans import Command, Completed

SCHEMA = "stepdown.bundle/1"


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """One recorded answer, or why there was none."""

    state: FileState | None = None
    names: tuple[str, ...] | None = None
    scan: LogScan | None = None
    spool: Spool | None = None
    completed: Completed | None = None
    text: str | None = None
    number: int | None = None
    table: Sifted | None = None
    looked: LookedUp | None = None
    problem: str = ""
    remedy: str = ""


class Bundle(msgspec.Struct, frozen=True):
    """The whole recording."""

    schema: str
    identity: Identity
    processes: tuple[Process, ...]
    answers: dict[str, Answer]


def encoded(bundle: Bundle) -> bytes:
    """As JSON; a file's name that is no UTF-8 is written with escapes, as surrogates."""
    try:
        return msgspec.json.format(msgspec.json.encode(bundle), indent=1)
    except UnicodeEncodeError:
        return json.dumps(msgspec.to_builtins(bundle), indent=1).encode()


def decoded(data: bytes) -> Bundle:
    """The bundle again. Raises msgspec.DecodeError where it is none."""
    try:
        return msgspec.json.decode(data, type=Bundle)
    except msgspec.DecodeError:
        if b"\\udc" not in data:
            raise
        return msgspec.convert(json.loads(data), Bundle)


def state_key(path: str, content: bool) -> str:
    """Under what such an answer is kept."""
    return f"state {path} +content" if content else f"state {path}"


def scan_key(source: str | Command, local_mailers: tuple[str, ...]) -> str:
    """Under what such an answer is kept."""
    return f"scan {source} {' '.join(local_mailers)}"


def table_key(question: TableQuestion) -> str:
    """Under what such an answer is kept."""
    return f"table {question.text} {question.database} {question.sorting}"


def look_key(paths: Sequence[str]) -> str:
    """Under what such an answer is kept."""
    digest = sha256("\n".join(paths).encode("utf-8", "surrogateescape")).hexdigest()[:16]
    return f"look up {len(paths)} paths #{digest}"


def probe_key(command: Command) -> str:
    """Under what such an answer is kept."""
    digest = sha256(command.stdin).hexdigest()[:16] if command.stdin else ""
    return f"run {command} #{digest}"
