"""The engine as a process of its own, with strace(1) on it.

It is forked from a process that has imported it already, which saves most of a start, and waits
until strace holds it: strace then counts the engine's own calls from its first one. Everything
that it does is what `python -m wizard.engine_process` does.
"""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import time
import traceback
from dataclasses import dataclass
from pathlib import Path

from tests.torture.calls import TRACED, hit_of
from wizard import engine_process

LOG = "/run/torture/strace.log"
PATIENCE = 280.0
"Seconds after which an engine counts as hung."
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}


@dataclass
class Ended:
    """How an engine ended."""

    code: int
    "Exit code, -9 where it was killed, 1000 where it hung."
    hit: str
    log: str
    printed: str


def run_engine(run: str, what: str, inject: str, *, follow: bool = False) -> Ended:
    """One engine's life; strace on it where something is to be injected, or `-` to look only.

    follow: on the processes that it starts too.
    """
    place = Path("/run/torture/engine.out")
    place.write_bytes(b"")
    ready, go = os.pipe()
    child = os.fork()
    if child == 0:
        _live(run, what, ready, go, place)
    os.close(ready)
    tracer = _trace(child, inject, follow) if inject else None
    os.write(go, b"x")
    os.close(go)
    code = _wait(child)
    written = ""
    if tracer is not None:
        _let_go(tracer)
        written = Path(LOG).read_text("latin-1")
    return Ended(code, hit_of(written), written, place.read_text("utf-8", "replace"))


def _let_go(tracer: subprocess.Popen[bytes]) -> None:
    """The engine is gone; what it started and still runs, such as a daemon, is followed no more."""
    try:
        tracer.wait(20)
    except subprocess.TimeoutExpired:
        tracer.terminate()
        tracer.wait(20)


def _live(run: str, what: str, ready: int, go: int, place: Path) -> None:
    """The child: never returns."""
    code = 1
    try:
        os.close(go)
        os.setsid()
        os.chdir("/")
        null = os.open("/dev/null", os.O_RDONLY)
        out = os.open(place, os.O_WRONLY | os.O_APPEND)
        for source, number in ((null, 0), (out, 1), (out, 2)):
            os.dup2(source, number)
        kept = {k: v for k, v in os.environ.items() if k.startswith("PYTHON")}
        os.environ.clear()
        os.environ.update(kept | ENVIRONMENT)
        os.read(ready, 1)
        code = engine_process.work(run, what)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def _trace(pid: int, inject: str, follow: bool) -> subprocess.Popen[bytes]:
    words = ["/usr/bin/strace", "-q", "-s", "120", "-o", LOG, "-e", f"trace={TRACED}"]
    words += ["-f"] if follow else []
    if inject != "-":
        words += ["-e", f"inject={inject}"]
    tracer = subprocess.Popen([*words, "-p", str(pid)], stdin=subprocess.DEVNULL)
    status = Path(f"/proc/{pid}/status")
    while not re.search(r"TracerPid:\t[1-9]", status.read_text()):
        if tracer.poll() is not None:
            raise RuntimeError(f"strace ended with {tracer.returncode}")
        time.sleep(0.002)
    time.sleep(0.01)
    return tracer


def _wait(pid: int) -> int:
    handle = os.pidfd_open(pid)
    try:
        poller = select.poll()
        poller.register(handle, select.POLLIN)
        hung = not poller.poll(PATIENCE * 1000)
        if hung:
            os.kill(pid, signal.SIGKILL)
        _pid, status = os.waitpid(pid, 0)
        return 1000 if hung else os.waitstatus_to_exitcode(status)
    finally:
        os.close(handle)
