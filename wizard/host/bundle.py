"""A recorded host: every question that was asked of the real one, with its answer.

A bundle opens anywhere and has no writer. A question that was not recorded raises NotRecorded,
so what a recording does not hold is UNKNOWN and never guessed. RecordingHost makes one by
standing between the facts and a real host; contents that may hold secrets are never asked for by
any fact, and what is recorded is scrubbed of passwords before it is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
from msgspec.structs import replace

from wizard.errors import StepdownError
from wizard.host.answers import (
    SCHEMA,
    Answer,
    Bundle,
    decoded,
    encoded,
    look_key,
    probe_key,
    scan_key,
    state_key,
    table_key,
)
from wizard.host.base import HostReader, NotRecorded, Unreadable
from wizard.host.files import write_private
from wizard.host.lookup import LookedUp
from wizard.host.spool import Spool
from wizard.host.table import Sifted, TableQuestion
from wizard.model import FileState, Identity, LogScan, Mode, Process
from wizard.plans import Command, Completed
from wizard.secrets import scrub, scrubbed_all

__all__ = ["SCHEMA", "Bundle", "BundleHost", "RecordingHost"]


class BundleHost:
    """Answers from a recording. Raises NotRecorded for anything else."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle

    @staticmethod
    def load(path: str) -> BundleHost:
        """Open a bundle file. Raises StepdownError that names the file where it is not one."""
        try:
            bundle = decoded(Path(path).read_bytes())
        except OSError as problem:
            raise StepdownError(f"{path}: {problem.strerror}") from problem
        except msgspec.DecodeError as problem:
            raise StepdownError(
                f"{path}: not a recorded host: {problem}", "Make one with stepdown capture -o FILE."
            ) from problem
        if bundle.schema != SCHEMA:
            raise StepdownError(f"{path}: schema {bundle.schema}, this program reads {SCHEMA}")
        return BundleHost(bundle)

    def identity(self) -> Identity:
        """Who recorded it; the mode is always REVIEW."""
        return replace(self._bundle.identity, mode=Mode.REVIEW)

    def state(self, path: str, *, content: bool = False) -> FileState:
        """As HostReader.state."""
        found = self._answer(state_key(path, content)).state
        assert found is not None
        return found

    def resolve(self, path: str) -> str:
        """As HostReader.resolve."""
        return self._answer(f"resolve {path}").text or path

    def listdir(self, path: str) -> tuple[str, ...]:
        """As HostReader.listdir."""
        return self._answer(f"list {path}").names or ()

    def scan_log(self, source: str | Command, local_mailers: tuple[str, ...]) -> LogScan:
        """As HostReader.scan_log."""
        found = self._answer(scan_key(source, local_mailers)).scan
        assert found is not None
        return found

    def spool(self, path: str) -> Spool:
        """As HostReader.spool."""
        found = self._answer(f"spool {path}").spool
        assert found is not None
        return found

    def read_from(self, path: str, offset: int) -> bytes:
        """A recording does not grow. Raises NotRecorded."""
        raise NotRecorded(f"{path}: a recorded host has no log that goes on")

    def table(self, question: TableQuestion) -> Sifted:
        """As HostReader.table."""
        found = self._answer(table_key(question)).table
        assert found is not None
        return found

    def look_up(self, paths: Sequence[str]) -> LookedUp:
        """As HostReader.look_up."""
        found = self._answer(look_key(paths)).looked
        assert found is not None
        return found

    def probe(self, command: Command) -> Completed:
        """As HostReader.probe."""
        found = self._answer(probe_key(command)).completed
        assert found is not None
        return found

    def processes(self, **_only: object) -> tuple[Process, ...]:
        """As HostReader.processes."""
        return self._bundle.processes

    def free_bytes(self, path: str) -> int:
        """As HostReader.free_bytes; the state directory may be another one here than there."""
        answers = self._bundle.answers
        recorded = [key for key in answers if key.startswith("free ")]
        key = f"free {path}"
        return self._answer(key if key in answers or not recorded else recorded[0]).number or 0

    def count(self, path: str) -> int:
        """As HostReader.count."""
        return self._answer(f"count {path}").number or 0

    def _answer(self, key: str) -> Answer:
        found = self._bundle.answers.get(key)
        if found is None and key.startswith("state "):
            found = self._bundle.answers.get(f"{key} +content")
        if found is None:
            raise NotRecorded(
                f"the recording does not hold: {key.split(' #', maxsplit=1)[0]}",
                "Record the host again with this version and these choices.",
            )
        if found.problem:
            raise Unreadable(found.problem, found.remedy)
        return found


class RecordingHost:
    """Asks a real host and keeps every answer, refusals too."""

    def __init__(self, real: HostReader) -> None:
        self._real = real
        self._answers: dict[str, Answer] = {}
        self._processes: tuple[Process, ...] = ()

    def bundle(self) -> Bundle:
        """What was recorded so far, scrubbed."""
        return Bundle(SCHEMA, self.identity(), self._processes, dict(self._answers))

    def save(self, path: str) -> None:
        """Write the bundle, readable by its owner only. Raises StepdownError."""
        write_private(str(Path(path).expanduser().absolute()), encoded(self.bundle()))

    def identity(self) -> Identity:
        """As HostReader.identity."""
        return self._real.identity()

    def state(self, path: str, *, content: bool = False) -> FileState:
        """As HostReader.state."""
        key = state_key(path, content)
        with self._refusal_kept(key):
            found = self._real.state(path, content=content)
        if found.content is not None:
            found = replace(found, content=scrub(found.content))
        self._answers[key] = Answer(state=found)
        return found

    def resolve(self, path: str) -> str:
        """As HostReader.resolve."""
        found = self._real.resolve(path)
        self._answers[f"resolve {path}"] = Answer(text=found)
        return found

    def listdir(self, path: str) -> tuple[str, ...]:
        """As HostReader.listdir."""
        key = f"list {path}"
        with self._refusal_kept(key):
            found = self._real.listdir(path)
        self._answers[key] = Answer(names=found)
        return found

    def scan_log(self, source: str | Command, local_mailers: tuple[str, ...]) -> LogScan:
        """As HostReader.scan_log."""
        key = scan_key(source, local_mailers)
        with self._refusal_kept(key):
            found = scrubbed_all(self._real.scan_log(source, local_mailers))
        self._answers[key] = Answer(scan=found)
        return found

    def spool(self, path: str) -> Spool:
        """As HostReader.spool."""
        key = f"spool {path}"
        with self._refusal_kept(key):
            found = self._real.spool(path)
        self._answers[key] = Answer(spool=found)
        return found

    def read_from(self, path: str, offset: int) -> bytes:
        """As HostReader.read_from; live only, never recorded."""
        return self._real.read_from(path, offset)

    def table(self, question: TableQuestion) -> Sifted:
        """As HostReader.table."""
        key = table_key(question)
        with self._refusal_kept(key):
            found = scrubbed_all(self._real.table(question))
        self._answers[key] = Answer(table=found)
        return found

    def look_up(self, paths: Sequence[str]) -> LookedUp:
        """As HostReader.look_up; only what is there is kept, and which paths they were."""
        key = look_key(paths)
        with self._refusal_kept(key):
            found = self._real.look_up(paths)
        self._answers[key] = Answer(looked=found)
        return found

    def probe(self, command: Command) -> Completed:
        """As HostReader.probe."""
        key = probe_key(command)
        with self._refusal_kept(key):
            found = self._real.probe(command)
        found = replace(found, stdout=scrub(found.stdout), stderr=scrub(found.stderr))
        self._answers[key] = Answer(completed=found)
        return found

    def processes(self, **_only: object) -> tuple[Process, ...]:
        """As HostReader.processes; only mail processes are kept."""
        found = self._real.processes()
        ours = (p for p in found if "sendmail" in p.title or "sendmail" in p.exe)
        self._processes = tuple(scrubbed_all(p) for p in ours)
        return found

    def free_bytes(self, path: str) -> int:
        """As HostReader.free_bytes."""
        found = self._real.free_bytes(path)
        self._answers[f"free {path}"] = Answer(number=found)
        return found

    def count(self, path: str) -> int:
        """As HostReader.count."""
        key = f"count {path}"
        with self._refusal_kept(key):
            found = self._real.count(path)
        self._answers[key] = Answer(number=found)
        return found

    @contextmanager
    def _refusal_kept(self, key: str) -> Iterator[None]:
        """That it could not be told is an answer too."""
        try:
            yield
        except Unreadable as problem:
            self._answers[key] = Answer(problem=str(problem), remedy=problem.remedy)
            raise
