"""The state directory: one directory a run, root's alone, checked for its owner before use."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from wizard import journal
from wizard.errors import StepdownError
from wizard.events import Event
from wizard.host.private import (
    NEW,
    demand_private_directory,
    open_private,
    read_private,
    sync_directory,
    write_whole,
)
from wizard.model import Phase
from wizard.plan_file import decode, encode
from wizard.plans import Plan
from wizard.run_status import RunStatus

DEFAULT = "/var/lib/stepdown"
VARIABLE = "STEPDOWN_STATE_DIR"
PLAN = "plan.json"
LOCK = "lock"
RESERVE = "reserve"
RESERVE_BYTES = 4 * 1024 * 1024
"Room kept for the journal of a rollback, in case the disk is full by then."
CONFIRM_WITHIN = "confirm-within"
"In the run's directory: minutes, where they were given with the apply and not with the plan."

MARKS = ("stop", "confirm", "go-on")
"What an engine can be asked for while it is at work."
RESUMABLE = (Phase.APPLYING, Phase.VERIFYING, Phase.AWAITING_CONFIRMATION)
"Where a killed engine can go on; one that was killed while it undid can only go on undoing."


class Busy(StepdownError):
    """Another run holds the lock."""


def state_directory() -> Path:
    """Where state lives: STEPDOWN_STATE_DIR, else /var/lib/stepdown; always absolute."""
    return Path(os.environ.get(VARIABLE) or DEFAULT).absolute()


class Runs:
    """All runs under one state directory."""

    def __init__(self, directory: str = "") -> None:
        self.directory = Path(directory) if directory else state_directory()
        self._all = self.directory / "runs"

    def demand_own(self) -> None:
        """Refuse a state directory that someone else could have prepared.

        What is not there yet will be made. Raises NotPrivate, OSError.
        """
        for place in (self.directory, self._all):
            with suppress(FileNotFoundError):
                demand_private_directory(place)

    def create(self, plan: Plan, confirm_within: float | None = None) -> str:
        """Make a run's directory and put the sealed plan there. Returns the run's id."""
        self._make(self.directory)
        self._make(self._all)
        try:
            with self._creating():
                run = self._free_name(plan)
                coming = self._all / f".{run}{NEW}"
                self._fill(coming, plan, confirm_within)
                coming.rename(self._all / run)
                sync_directory(self._all)
        except OSError as problem:
            raise StepdownError(
                f"{self._all}: {problem.strerror}; nothing was changed",
                "Make room, then try again.",
            ) from problem
        return run

    @contextmanager
    def _creating(self) -> Iterator[None]:
        """One at a time. What a killed one left begins with a dot, so it is no run; it goes."""
        descriptor = os.open(self._all, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            self._remove_coming()
            yield
        except OSError:
            self._remove_coming()
            raise
        finally:
            os.close(descriptor)

    def _remove_coming(self) -> None:
        for left in self._all.glob(f".*{NEW}"):
            shutil.rmtree(left, ignore_errors=True)

    def _free_name(self, plan: Plan) -> str:
        """The moment and the plan's digest: sorts by time. Waits for the next second if need be."""
        while True:
            run = f"{datetime.now(UTC).strftime('%Y%m%dT%H%M%SZ')}-{plan.digest[:8]}"
            if not (self._all / run).exists():
                return run
            time.sleep(0.1)

    def _fill(self, place: Path, plan: Plan, confirm_within: float | None) -> None:
        place.mkdir(mode=0o700)
        write_whole(place / PLAN, encode(plan))
        with os.fdopen(open_private(place / RESERVE, os.O_RDWR | os.O_CREAT), "wb") as stream:
            os.posix_fallocate(stream.fileno(), 0, RESERVE_BYTES)
        if confirm_within is not None:
            write_whole(place / CONFIRM_WITHIN, f"{confirm_within:g}\n".encode())
        sync_directory(place)

    def path(self, run: str) -> Path:
        """The run's directory. Raises StepdownError where there is none of that name."""
        place = self._all / run
        if not run or "/" in run or run.startswith(".") or not self._is_there(place):
            known = ", ".join(self.names()[-3:]) or "none"
            raise StepdownError(f"no run {run or '(none given)'} here; known: {known}")
        demand_private_directory(place)
        return place

    def _is_there(self, place: Path) -> bool:
        try:
            return place.is_dir()
        except PermissionError as problem:
            raise self._closed(problem) from problem

    def _closed(self, problem: PermissionError) -> StepdownError:
        return StepdownError(f"{self.directory}: {problem.strerror}", "Run as root.")

    def names(self) -> list[str]:
        """Ids of all runs, oldest first. Raises StepdownError where they cannot be read."""
        try:
            return sorted(p.name for p in self._all.iterdir() if _is_run(p))
        except FileNotFoundError:
            return []
        except PermissionError as problem:
            raise self._closed(problem) from problem

    def latest(self) -> str:
        """The newest run that was begun. Raises StepdownError where there is none."""
        begun = [name for name in self.names() if (self._all / name / journal.NAME).exists()]
        if not begun:
            raise StepdownError(f"no run in {self.directory}", "stepdown apply PLAN makes one.")
        return begun[-1]

    def plan(self, run: str) -> Plan:
        """The sealed plan of a run. Raises NotPrivate where others could have written it."""
        path = self.path(run) / PLAN
        try:
            return decode(read_private(path), str(path), trusted=True)
        except OSError as problem:
            raise StepdownError(f"{path}: {problem.strerror}") from problem

    def status(self, run: str) -> RunStatus:
        """Where a run stands, from its journal and the lock."""
        place = self.path(run)
        events: list[Event] = journal.Reader(place).new_events()
        phase = journal.phase_of(events)
        holder = self.held()
        alive = holder.split(" ", 1)[0] == run
        now = phase.phase if phase else Phase.PLANNED
        unfinished = not alive and not now.finished and phase is not None
        return RunStatus(
            run=run,
            phase=now,
            alive=alive,
            unfinished=unfinished,
            started=events[0].time if events else place.stat().st_mtime,
            plan_digest=run.rsplit("-", 1)[-1],
            deadline=phase.deadline if phase else 0.0,
            message=phase.message if phase else "never begun: nothing was changed",
            resumable=unfinished and now in RESUMABLE,
            engine=holder if alive else "",
        )

    def release_reserve(self, run: str) -> None:
        """Give up the room that was kept, for the journal to grow into.

        Where that is refused (a disk that is read-only by now) nothing is kept from being undone.
        """
        with suppress(OSError):
            (self.path(run) / RESERVE).unlink(missing_ok=True)

    def confirm_within(self, run: str) -> float | None:
        """Minutes until the run undoes itself unless it is confirmed; None: never."""
        path = self.path(run) / CONFIRM_WITHIN
        if path.exists():
            return float(read_private(path).decode()) or None
        return self.plan(run).choices.confirm_within or None

    def ask(self, run: str, what: str) -> None:
        """Leave a mark that the engine looks for: `stop`, `confirm`, `go-on`."""
        os.close(open_private(self.path(run) / what, os.O_RDWR | os.O_CREAT))

    def asked(self, run: str, what: str) -> bool:
        """Whether the mark was left. Raises NotPrivate where it is not one of ours."""
        try:
            os.close(open_private(self.path(run) / what))
        except FileNotFoundError:
            return False
        return True

    def forget(self, run: str, what: str) -> None:
        """Take a mark back that counts no more. One that cannot be removed keeps nobody waiting."""
        with suppress(OSError):
            (self.path(run) / what).unlink(missing_ok=True)

    def forget_marks(self, run: str) -> None:
        """Take back what was asked of an engine that is gone. Raises OSError."""
        for what in MARKS:
            (self.path(run) / what).unlink(missing_ok=True)

    @contextmanager
    def lock(self, run: str) -> Iterator[None]:
        """One run at a time. Raises Busy, naming who holds it since when."""
        self._make(self.directory)
        descriptor = open_private(self.directory / LOCK, os.O_RDWR | os.O_CREAT)
        try:
            _lock_exclusively(descriptor)
            since = time.strftime("%Y-%m-%d %H:%M:%S")
            with suppress(OSError):  # a full disk keeps nobody from undoing
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, f"{run} pid {os.getpid()} since {since}\n".encode(), 0)
            yield
            with suppress(OSError):
                os.ftruncate(descriptor, 0)
        finally:
            os.close(descriptor)

    def holder(self) -> str:
        """Id of the run whose engine is alive; empty where none is."""
        return self.held().split(" ", 1)[0]

    def held(self) -> str:
        """`RUN pid N since DATE TIME` of the engine that is alive; empty where none is."""
        try:
            descriptor = open_private(self.directory / LOCK)
        except OSError:
            return ""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return os.pread(descriptor, 4096, 0).decode("utf-8", "replace").strip() or "?"
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
        demand_private_directory(directory)


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


def _is_run(path: Path) -> bool:
    return path.is_dir() and not path.name.startswith(".")
