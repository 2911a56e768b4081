"""Commands that an engine had started when it was killed: nothing is undone or done beside them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from wizard.host.base import HostWriter
from wizard.model import Process
from wizard.plans import Command, Plan, RunCommand

INTERVAL = 0.05
"Seconds between two looks."
GRACE = 5.0
"Seconds between SIGTERM and SIGKILL, and for the kernel to end what was killed."


def wait_for_orphans(
    host: HostWriter, run: str, commands: Iterable[Command], say: Callable[[str], None]
) -> bool:
    """Wait until they have ended; at the end of its time each is ended. False where one is left."""
    limits = {str_of(command): command.timeout for command in commands}
    told: set[int] = set()
    while left := host.left_running(run, tuple(limits)):
        for one in left:
            if one.pid not in told:
                told.add(one.pid)
                at = time.strftime("%H:%M:%S", time.localtime(one.started))
                say(f"waits for {one.pid} {one.title}: begun at {at} by an engine that was killed")
        if time.time() > max(one.started + _limit(one, limits) for one in left):
            return _end(host, run, tuple(limits), say)
        time.sleep(INTERVAL)
    return True


def str_of(command: Command) -> str:
    """As its process shows it."""
    return " ".join(command.argv)


def commands_of(plan: Plan) -> list[Command]:
    """All that a plan, or its undo, may run on the host."""
    ops = [op for step in plan.steps for op in step.ops if isinstance(op, RunCommand)]
    return [command for op in ops for command in (op.command, op.undo) if command is not None]


def _limit(one: Process, limits: dict[str, float]) -> float:
    """Seconds that it may take; a helper none of its own."""
    return max((t for command, t in limits.items() if one.title.endswith(command)), default=0.0)


def _end(host: HostWriter, run: str, commands: tuple[str, ...], say: Callable[[str], None]) -> bool:
    for force in (False, True):
        for one in host.left_running(run, commands):
            say(f"its time is up; {'ends' if force else 'asks to end'}: {one.pid} {one.title}")
            host.end_process(one.pid, one.started, force=force)
        until = time.monotonic() + GRACE
        while time.monotonic() < until:
            if not host.left_running(run, commands):
                return True
            time.sleep(INTERVAL)
    return False
