"""The state directory: one directory a run, root's alone, checked for its owner before use."""

from __future__ import annotations

import fcntl
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from wizard import journal
from wizard.errors import StepdownError
from wizard.events import Event, JournalRecord
from wizard.model import Phase
from wizard.plan_file import decode, encode
from wizard.plans import Plan
from wizard.run_status import RunStatus

DEFAULT = "/var/lib/stepdown"
VARIABLE = "STEPDOWN_STATE_DIR"


RESERVE = "reserve"
RESERVE_BYTES = 4 * 1024 * 1024
"Room kept for the journal of a rollback, in case the disk is full by then."
CONFIRM_WITHIN = "confirm-within"
"In the run's directory: minutes, where they were given with the apply and not with the plan."


class Busy(StepdownError):
    """Another run holds the lock."""


def state_directory() -> Path:
    """Where state lives: STEPDOWN_STATE_DIR, else /var/lib/stepdown; always absolute."""
    return Path(os.environ.get(VARIABLE) or DEFAULT).absolute()


class Runs:
    """All runs under one state directory."""

    def __init__(self, directory: str = "") -> None:
        self.directory = Path(directory) if directory else state_directory()

    def create(self, plan: Plan, confirm_within: float | None = None) -> str:
        """Make a run's directory and put the sealed plan there. Returns the run's id."""
        self._make(self.directory)
        self._make(self.directory / "runs")
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        run = f"{stamp}-{plan.digest[:8]}"
        place = self.directory / "runs" / run
        try:
            place.mkdir(mode=0o700)
            path = place / "plan.json"
            path.touch(0o600)
            path.write_bytes(encode(plan))
            with (place / RESERVE).open("wb") as stream:
                os.posix_fallocate(stream.fileno(), 0, RESERVE_BYTES)
            if confirm_within is not None:
                (place / CONFIRM_WITHIN).write_text(f"{confirm_within:g}\n")
            with path.open("rb") as stream:
                os.fsync(stream.fileno())
            journal.sync_directory(place)
            journal.sync_directory(place.parent)
        except OSError as problem:
            raise StepdownError(
                f"{place}: {problem.strerror}; nothing was changed", "Make room, then try again."
            ) from problem
        return run

    def path(self, run: str) -> Path:
        """The run's directory. Raises StepdownError where there is none of that name."""
        place = self.directory / "runs" / run
        if not run or "/" in run or run.startswith(".") or not place.is_dir():
            known = ", ".join(self.names()[-3:]) or "none"
            raise StepdownError(f"no run {run or '(none given)'} here; known: {known}")
        _demand_private(place)
        return place

    def names(self) -> list[str]:
        """Ids of all runs, oldest first. Raises StepdownError where they cannot be read."""
        try:
            return sorted(p.name for p in (self.directory / "runs").iterdir() if p.is_dir())
        except FileNotFoundError:
            return []
        except PermissionError as problem:
            raise StepdownError(
                f"{self.directory}: {problem.strerror}", "Run as root."
            ) from problem

    def latest(self) -> str:
        """The newest run. Raises StepdownError where there is none."""
        names = self.names()
        if not names:
            raise StepdownError(f"no run in {self.directory}", "stepdown apply PLAN makes one.")
        return names[-1]

    def plan(self, run: str) -> Plan:
        """The sealed plan of a run."""
        path = self.path(run) / "plan.json"
        try:
            return decode(path.read_bytes(), str(path), trusted=True)
        except OSError as problem:
            raise StepdownError(f"{path}: {problem.strerror}") from problem

    def status(self, run: str) -> RunStatus:
        """Where a run stands, from its journal and the lock."""
        place = self.path(run)
        events: list[Event] = journal.Reader(place).new_events()
        phase = journal.phase_of(events)
        alive = self.holder() == run
        now = phase.phase if phase else Phase.PLANNED
        begun = any(isinstance(e, JournalRecord) for e in events)
        unfinished = not alive and not now.finished and begun
        return RunStatus(
            run=run,
            phase=now,
            alive=alive,
            unfinished=unfinished,
            started=events[0].time if events else place.stat().st_mtime,
            plan_digest=run.rsplit("-", 1)[-1],
            deadline=phase.deadline if phase else 0.0,
            message=phase.message if phase else "never begun",
        )

    def release_reserve(self, run: str) -> None:
        """Give up the room that was kept, for the journal to grow into."""
        (self.path(run) / RESERVE).unlink(missing_ok=True)

    def confirm_within(self, run: str) -> float | None:
        """Minutes until the run undoes itself unless it is confirmed; None: never."""
        path = self.path(run) / CONFIRM_WITHIN
        if path.exists():
            return float(path.read_text())
        return self.plan(run).choices.confirm_within

    def ask(self, run: str, what: str) -> None:
        """Leave a mark that the engine looks for: `stop`, `confirm`."""
        (self.path(run) / what).touch(0o600)

    def asked(self, run: str, what: str) -> bool:
        """Whether the mark was left."""
        return (self.path(run) / what).exists()

    @contextmanager
    def lock(self, run: str) -> Iterator[None]:
        """One run at a time. Raises Busy, naming who holds it since when."""
        self._make(self.directory)
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
        descriptor = os.open(self.directory / "lock", flags, 0o600)
        try:
            _lock_exclusively(descriptor)
            os.ftruncate(descriptor, 0)
            since = time.strftime("%Y-%m-%d %H:%M:%S")
            os.pwrite(descriptor, f"{run} pid {os.getpid()} since {since}\n".encode(), 0)
            yield
            os.ftruncate(descriptor, 0)
        finally:
            os.close(descriptor)

    def holder(self) -> str:
        """Id of the run whose engine is alive; empty where none is."""
        try:
            descriptor = os.open(self.directory / "lock", os.O_RDONLY | os.O_NOFOLLOW)
        except OSError:
            return ""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            words = os.pread(descriptor, 4096, 0).decode("utf-8", "replace").split()
            return words[0] if words else "?"
        finally:
            os.close(descriptor)
        return ""

    def _make(self, directory: Path) -> None:
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as problem:
            raise StepdownError(
                f"{directory}: {problem.strerror}; nothing was changed",
                f"Run as root, or set {VARIABLE} to a directory of your own.",
            ) from problem
        _demand_private(directory)


def _lock_exclusively(descriptor: int) -> None:
    """Take the lock. A few tries, as a status query holds it for a moment. Raises Busy."""
    for _try in range(10):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.05)
        else:
            return
    holder = os.pread(descriptor, 4096, 0).decode("utf-8", "replace").strip()
    raise Busy(f"another run is at work: {holder}", "stepdown attach follows it.")


def _demand_private(directory: Path) -> None:
    """Refuse state that someone else could have prepared. Raises StepdownError."""
    found = directory.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise StepdownError(
            f"{directory} is not a directory that only uid {os.geteuid()} can open "
            f"(owner {found.st_uid}, mode {stat.S_IMODE(found.st_mode):04o})",
            f"Look at what it holds, then: chown root {directory} && chmod 0700 {directory}",
        )
