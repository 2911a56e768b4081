"""Running commands: by absolute path, with a clean environment, bounded in time.

There is no shell anywhere. A command that outlives its timeout is ended with all of its group.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Timer
from typing import IO

from wizard.host.base import Unreadable
from wizard.plans import Command, Completed

ENVIRONMENT = {
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    "LC_ALL": "C",
    "HOME": "/",
    "TERM": "dumb",
    "SYSTEMD_PAGER": "",
}
TIMED_OUT = 124
"Exit code told for a command that had to be ended, as timeout(1) does."
OUTPUT_LIMIT = 8 * 1024 * 1024
"Bytes of each stream that are kept."


def run_quietly(command: Command) -> Completed:
    """Run to the end and return both streams. Raises Unreadable where it cannot be started.

    The streams go to files, not pipes: what a daemon that the command starts inherits must not
    keep us waiting.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = _start(command, out.fileno(), err.fileno())
        code = _await(process, command)
        return Completed(code, _head(out, command.keep or OUTPUT_LIMIT), _head(err))


@contextmanager
def printing(command: Command) -> Iterator[tuple[Completed, IO[bytes]]]:
    """Run to the end; how it ended, and all that it printed, however much. Raises Unreadable."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = _start(command, out.fileno(), err.fileno())
        code = _await(process, command)
        out.seek(0)
        yield Completed(code, b"", _head(err)), out


def run_telling(command: Command, line: Callable[[str], None]) -> Completed:
    """Run, then tell each line of what it printed."""
    completed = run_quietly(command)
    for text in completed.output.splitlines():
        line(text)
    return completed


def _head(stream: IO[bytes], limit: int = OUTPUT_LIMIT) -> bytes:
    """What was written, up to the limit."""
    stream.seek(0)
    return stream.read(limit)


def _start(command: Command, out: int, err: int) -> subprocess.Popen[bytes]:
    if not command.argv[0].startswith("/"):
        raise Unreadable(f"{command.argv[0]}: commands are run by absolute path")
    try:
        return subprocess.Popen(
            command.argv,
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=err,
            env=ENVIRONMENT,
            cwd="/",
            umask=0o022,
            start_new_session=True,
            close_fds=True,
        )
    except OSError as problem:
        raise Unreadable(f"{command.argv[0]}: cannot be run: {problem.strerror}") from problem


def _await(process: subprocess.Popen[bytes], command: Command) -> int:
    timed_out = []

    def end() -> None:
        timed_out.append(True)
        _end_group(process)

    timer = Timer(command.timeout, end)
    timer.daemon = True
    timer.start()
    try:
        assert process.stdin is not None
        try:
            process.stdin.write(command.stdin)
            process.stdin.close()
        except BrokenPipeError:
            pass  # it did not want its input; its exit code tells the rest
        code = process.wait()
    except BaseException:
        _end_group(process)
        process.wait()
        raise
    finally:
        timer.cancel()
    return TIMED_OUT if timed_out else code


def _end_group(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        process.kill()
