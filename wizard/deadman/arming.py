"""Setting the timer and taking it away, on the host.

It is told in the journal before it is set, and every end of a run takes it away: so a kill in
between leaves nothing that the next rollback, or the timer's own script, does not clean up.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import suppress

from wizard.deadman.layout import (
    CRONTAB,
    DEADLINE,
    NAME,
    SERVICE,
    TIMER,
    UNITS,
    Deed,
    Timer,
    TimerFile,
    demand_plain,
    moment,
    taking_away,
)
from wizard.errors import StepdownError
from wizard.host.base import HostWriter
from wizard.host.files import TEMPORARY
from wizard.model import FileState, Kind
from wizard.plans import Command
from wizard.platforms.base import MARK

Tell = Callable[[str], None]
_UNIT_FILES = (f"{UNITS}/{SERVICE}", f"{UNITS}/{TIMER}")
_HALF_WRITTEN = tuple(
    f"{path.rpartition('/')[0]}/{TEMPORARY % path.rpartition('/')[2]}"
    for path in (*_UNIT_FILES, CRONTAB)
)
"What a kill in the middle of a write leaves. Nobody else uses such a name."


def whole_deadline(minutes: float) -> int:
    """So many minutes from now, in whole seconds since the epoch, never earlier."""
    return math.ceil(time.time() + minutes * 60)


def arm(host: HostWriter, timer: Timer, deadline: int, tell: Tell) -> None:
    """Set it, or set it anew. Raises StepdownError or OSError where that cannot be done.

    The deadline is written first: what an earlier setting starts meanwhile waits for it.
    """
    demand_plain(timer.place)
    files = (*timer.private_files(str(deadline)), *timer.host_files(moment(deadline)))
    for one in files:
        _write(host, one, timer)
    _run(host, timer.setting(), tell)
    if time.time() >= deadline - 1:
        _run(host, timer.late(), tell)


def see_through(host: HostWriter, timer: Timer, tell: Tell) -> None:
    """Have a rollback that has begun ended by the timer, should its engine be gone before that.

    An engine at work is left to it. Raises StepdownError or OSError where this is not so; where
    only a file of the host's could not be written, the script waits all the same, until a boot.
    """
    others = [path for path in timer.host_paths() if _is_of_another(host, path, timer.run)]
    if others:
        raise StepdownError(f"{others[0]} is another run's")
    now = int(time.time())
    if _stands(host, timer):
        for one in timer.private_files(str(now)):
            _write(host, one, timer)
        _run(host, timer.late() or timer.setting(), tell)
        return
    try:
        arm(host, timer, now, tell)
        _run(host, timer.keeping(), tell)
    except (StepdownError, OSError):
        with suppress(StepdownError, OSError):
            _run(host, (timer.apart(),), tell)
        raise


def _stands(host: HostWriter, timer: Timer) -> bool:
    """Whether it is set wholly, so that a deadline alone need be written."""
    problems: list[str] = []
    there = [_is_of(host, path, timer.run, problems) for path in timer.host_paths()]
    return all(there) and all(host.state(path).exists for path in timer.links())


def _is_of_another(host: HostWriter, path: str, run: str) -> bool:
    now = host.state(path, content=True)
    return now.exists and _is_ours(now) and f"Run {run}." not in now.text()


def _write(host: HostWriter, one: TimerFile, timer: Timer) -> None:
    now = host.state(one.path, content=True)
    private = one.path.startswith(f"{timer.place}/")
    if now.exists and not private and not _is_ours(now):
        raise StepdownError(
            f"{one.path} exists already and is not ours; {NAME} needs its place",
            f"Look at {one.path} and move it away, or give --confirm-within 0.",
        )
    if now.content != one.content or now.mode != one.mode:
        host.put(one.path, one.content, uid=0, gid=0, mode=one.mode)


def _run(host: HostWriter, deeds: tuple[Deed, ...], tell: Tell) -> None:
    for one in deeds:
        done = host.run(one.command, tell)
        if done.code not in one.command.ok_codes:
            raise StepdownError(f"{one.command} ended with code {done.code}")


def is_armed(host: HostWriter, run: str, place: str) -> bool:
    """Whether anything of the run's timer is there, or cannot be looked at."""
    problems: list[str] = []
    there = [path for path in (*_UNIT_FILES, CRONTAB) if _is_of(host, path, run, problems)]
    try:
        rest = (f"{place}/{DEADLINE}", *_HALF_WRITTEN)
        return bool(there or problems) or any(host.state(path).exists for path in rest)
    except (StepdownError, OSError):
        return True


def disarm(host: HostWriter, run: str, place: str, tell: Tell) -> list[str]:
    """Take it away, where it is this run's. Returns what could not be done, a line each.

    Nothing keeps the rest from being taken away, and doing it twice is fine.
    """
    problems: list[str] = []
    units = [path for path in _UNIT_FILES if _is_of(host, path, run, problems)]
    ending, forgetting = taking_away()
    if units:
        _try(host, ending, tell, problems)
    crontab = [path for path in (CRONTAB,) if _is_of(host, path, run, problems)]
    for path in (*units, *crontab, *_HALF_WRITTEN, f"{place}/{DEADLINE}"):
        _remove(host, path, problems)
    if units:
        _try(host, (forgetting,), tell, problems)
    return problems


def _try(host: HostWriter, commands: tuple[Command, ...], tell: Tell, problems: list[str]) -> None:
    for command in commands:
        try:
            done = host.run(command, tell)
        except (StepdownError, OSError) as problem:
            problems.append(str(problem))
            continue
        if done.code not in command.ok_codes:
            problems.append(f"{command} ended with code {done.code}")


def _remove(host: HostWriter, path: str, problems: list[str]) -> None:
    try:
        host.restore(path, FileState(Kind.ABSENT))
    except (StepdownError, OSError) as problem:
        problems.append(f"{path} is still there: {problem}")


def _is_ours(now: FileState) -> bool:
    return now.kind is Kind.FILE and MARK in (now.content or b"")[:200]


def _is_of(host: HostWriter, path: str, run: str, problems: list[str]) -> bool:
    try:
        now = host.state(path, content=True)
    except (StepdownError, OSError) as problem:
        problems.append(f"{path}: {problem}")
        return False
    return now.exists and _is_ours(now) and f"Run {run}." in now.text()
