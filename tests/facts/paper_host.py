"""A host on paper: files, answers and processes are given; any other question is unreadable."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from io import BytesIO
from posixpath import dirname, join, normpath

from wizard.host.base import Unreadable
from wizard.host.lookup import LookedUp, look_up_by
from wizard.host.search import LogScanner
from wizard.host.spool import Spool, SpoolEntry
from wizard.host.table import Blocks, Sifted, TableQuestion, dumped_pairs, sift, text_pairs
from wizard.model import FileState, Identity, Kind, LogScan, Mode, Process
from wizard.plans import Command, Completed

DIRECTORY = FileState(Kind.DIRECTORY, 0o755)


def text(content: str, mtime: int = 1_700_000_000) -> FileState:
    """A regular file; mtime in seconds since the epoch."""
    raw = content.encode()
    return FileState(Kind.FILE, 0o644, size=len(raw), mtime_ns=mtime * 10**9, content=raw)


def link(target: str) -> FileState:
    """A symlink."""
    return FileState(Kind.SYMLINK, 0o777, target=target)


def _blocks(file: FileState) -> Iterator[bytes]:
    return iter((file.content or b"").splitlines(keepends=True))


class PaperHost:
    """Implements HostReader over dictionaries."""

    def __init__(
        self,
        files: dict[str, FileState] | None = None,
        answers: dict[str, Completed] | None = None,
        processes: tuple[Process, ...] = (),
        locked: tuple[str, ...] = (),
    ) -> None:
        self.files = files or {}
        self.answers = answers or {}
        self.running = processes
        self.locked = locked
        self.asked: list[str] = []

    def identity(self) -> Identity:
        return Identity("relay1.example.net", "0" * 16, 0, "root", Mode.LIVE)

    def _refuse(self, path: str) -> None:
        if any(path == name or path.startswith(f"{name}/") for name in self.locked):
            raise Unreadable(f"{path}: Permission denied", "Run it as root.")

    def state(self, path: str, *, content: bool = False) -> FileState:
        self.asked.append(path)
        self._refuse(path)
        return self.files.get(path, FileState(Kind.ABSENT))

    def resolve(self, path: str) -> str:
        while (found := self.files.get(path)) and found.target is not None:
            path = normpath(join(dirname(path), found.target))
        return path

    def listdir(self, path: str) -> tuple[str, ...]:
        self._refuse(f"{path}/")
        prefix = f"{path.rstrip('/')}/"
        inside = (name[len(prefix) :] for name in self.files if name.startswith(prefix))
        return tuple(sorted({name.split("/")[0] for name in inside}))

    def scan_log(self, source: str | Command, local_mailers: tuple[str, ...]) -> LogScan:
        scanner = LogScanner(local_mailers)
        if isinstance(source, Command):
            scanner.scan(BytesIO(self.probe(source).stdout))
        else:
            self._refuse(source)
            scanner.scan(BytesIO(self.files[self.resolve(source)].content or b""))
        return scanner.result({})

    def spool(self, path: str) -> Spool:
        self._refuse(path)
        found = {name: self.files[f"{path}/{name}"] for name in self.listdir(path)}
        held = [SpoolEntry(n, s.uid, s.size, s.mtime_ns) for n, s in found.items() if s.size]
        gone = [s.mtime_ns for s in found.values() if not s.size]
        return Spool(path in self.files, len(gone), max(gone, default=0), len(held), tuple(held))

    def read_from(self, path: str, offset: int) -> bytes:
        return (self.state(path).content or b"")[offset:]

    def table(self, question: TableQuestion) -> Sifted:
        self._refuse(question.text)
        text = self.files.get(question.text)
        database = self.files.get(question.database)
        if question.database and database is None:
            raise Unreadable(f"{question.database}: makemap -u cannot read it")
        return sift(
            question,
            (lambda: nullcontext(Blocks(_blocks(text), text_pairs))) if text else None,
            (lambda: nullcontext(Blocks(_blocks(database), dumped_pairs))) if database else None,
        )

    def look_up(self, paths: Sequence[str]) -> LookedUp:
        return look_up_by(self, paths)

    def probe(self, command: Command) -> Completed:
        words = command.argv
        known = {tuple(start.split()): answer for start, answer in self.answers.items()}
        for length in range(len(words), 0, -1):
            if (answer := known.get(words[:length])) is not None:
                return answer
        raise Unreadable(f"{command}: cannot be run")

    def processes(self, **_only: object) -> tuple[Process, ...]:
        return self.running

    def free_bytes(self, path: str) -> int:
        return 1 << 30

    def count(self, path: str) -> int:
        return len(self.listdir(path))
