"""A second process that walks with us, where there is a processor for it.

It is a fork, so that it holds what we hold, the lock of the run too: no other engine begins while
it is at work. It ends with us, and where it fails the whole walk fails.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
from collections.abc import Callable
from types import TracebackType

from wizard.errors import StepdownError
from wizard.host.tree.walk import Told

HELPED = 50_000
"Entries from which on a second process is worth its start."
PR_SET_PDEATHSIG = 1
"prctl(2)."


def helper(total: int, helped: int) -> Helper | None:
    """One for that many entries; None where it would be no help."""
    if total < helped or len(os.sched_getaffinity(0)) < 2:
        return None
    return Helper()


class Helper:
    """One forked process. Ended and waited for at the latest when its block ends."""

    def __init__(self) -> None:
        self._pid = 0
        self._answer = -1

    def __enter__(self) -> Helper:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _problem: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
            self._reap()

    def start(self, act: Callable[[Told], None]) -> None:
        """Do this in the other process."""
        parent = os.getpid()
        self._answer, writing = os.pipe2(os.O_CLOEXEC)
        self._pid = os.fork()
        if self._pid == 0:
            _work(act, parent, writing)
        os.close(writing)

    def finish(self) -> list[str]:
        """Wait for it; returns what it told. Raises StepdownError where it failed."""
        with os.fdopen(self._answer, "rb") as stream:
            said = stream.read()
        status = self._reap()
        if status or not said:
            why = json.loads(said)["problem"] if said else f"it ended with {status}"
            raise StepdownError(f"the process that re-owned half of the tree failed: {why}")
        return list(json.loads(said)["told"])

    def _reap(self) -> int:
        _pid, status = os.waitpid(self._pid, 0)
        self._pid = 0
        return os.waitstatus_to_exitcode(status)


def _work(act: Callable[[Told], None], parent: int, writing: int) -> None:
    """The other process's whole life. It runs nothing of the parent's but this."""
    told, code, problem = Told(), 1, ""
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() == parent:
            act(told)
            code = 0
    except BaseException as found:
        problem = str(found)
    finally:
        try:
            answer = json.dumps({"told": told.lines(), "problem": problem}).encode()
            while answer:
                answer = answer[os.write(writing, answer) :]
        finally:
            os._exit(code)
