"""Running commands: by absolute path, with a clean environment, bounded in time.

There is no shell anywhere. A command that outlives its timeout is ended with all of its group.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
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
MARK = "STEPDOWN_COMMAND"
"Variable of a command that changes the host: which run, step and operation it belongs to."
TIMED_OUT = 124
"Exit code told for a command that had to be ended, as timeout(1) does."
OUTPUT_LIMIT = 8 * 1024 * 1024
"Bytes of each stream that are kept."
_GREETING = re.compile(rb"(?:220|421|5\d\d) ")
"Complaints about the cf, `451 4.0.0 FILE: line N: ...`, come before it and are no answer."
_ANSWER = re.compile(rb"\d\d\d[ \r\n]")


def run_quietly(command: Command, mark: str = "") -> Completed:
    """Run to the end and return both streams. Raises Unreadable where it cannot be started.

    The streams go to files, not pipes: what a daemon that the command starts inherits must not
    keep us waiting.
    """
    if command.smtp:
        return _converse(command)
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = _start(command, out.fileno(), err.fileno(), mark)
        code = _await(process, command)
        return Completed(code, _head(out, command.keep or OUTPUT_LIMIT), _head(err))


def _converse(command: Command) -> Completed:
    """Send each line once the one before it was answered; an end of output ends it all."""
    with tempfile.TemporaryFile() as err:
        process = _start(command, subprocess.PIPE, err.fileno())
        with _bounded(process, command) as timed_out:
            heard = _dialogue(process, command.stdin.splitlines(keepends=True))
            code = process.wait()
        return Completed(TIMED_OUT if timed_out else code, heard, _head(err))


def _dialogue(process: subprocess.Popen[bytes], lines: list[bytes]) -> bytes:
    """All that it answered."""
    assert process.stdin is not None and process.stdout is not None
    heard = bytearray()
    ends: re.Pattern[bytes] | None = _GREETING
    with suppress(BrokenPipeError), process.stdin, process.stdout:
        while line := process.stdout.readline(OUTPUT_LIMIT):
            heard += line[: max(0, OUTPUT_LIMIT - len(heard))]
            if ends is None or not ends.match(line):
                continue
            ends = _ANSWER if lines else None
            if lines:
                process.stdin.write(lines.pop(0))
                process.stdin.flush()
            if not lines:
                process.stdin.close()
    return bytes(heard)


@contextmanager
def printing(command: Command) -> Iterator[tuple[Completed, IO[bytes]]]:
    """Run to the end; how it ended, and all that it printed, however much. Raises Unreadable."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = _start(command, out.fileno(), err.fileno())
        code = _await(process, command)
        out.seek(0)
        yield Completed(code, b"", _head(err)), out


def run_telling(command: Command, line: Callable[[str], None], mark: str = "") -> Completed:
    """Run, then tell each line of what it printed, and that its time was up."""
    completed = run_quietly(command, mark)
    for text in completed.output.splitlines():
        line(text)
    if completed.code == TIMED_OUT:
        line(f"{command} did not end within {command.timeout:g} s and was ended")
    return completed


def _head(stream: IO[bytes], limit: int = OUTPUT_LIMIT) -> bytes:
    """What was written, up to the limit."""
    stream.seek(0)
    return stream.read(limit)


def _start(command: Command, out: int, err: int, mark: str = "") -> subprocess.Popen[bytes]:
    if not command.argv[0].startswith("/"):
        raise Unreadable(f"{command.argv[0]}: commands are run by absolute path")
    try:
        return subprocess.Popen(
            command.argv,
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=err,
            env={**ENVIRONMENT, MARK: mark} if mark else ENVIRONMENT,
            cwd="/",
            umask=0o022,
            start_new_session=True,
            close_fds=True,
        )
    except OSError as problem:
        raise Unreadable(f"{command.argv[0]}: cannot be run: {problem.strerror}") from problem


def _await(process: subprocess.Popen[bytes], command: Command) -> int:
    with _bounded(process, command) as timed_out:
        assert process.stdin is not None
        try:
            process.stdin.write(command.stdin)
            process.stdin.close()
        except BrokenPipeError:
            pass  # it did not want its input; its exit code tells the rest
        code = process.wait()
    return TIMED_OUT if timed_out else code


@contextmanager
def _bounded(process: subprocess.Popen[bytes], command: Command) -> Iterator[list[bool]]:
    """End the process with all of its group when its time is up; the list is then not empty."""
    timed_out: list[bool] = []

    def end() -> None:
        timed_out.append(True)
        _end_group(process)

    timer = Timer(command.timeout, end)
    timer.daemon = True
    try:
        _start_timer(timer, command)
        yield timed_out
    except BaseException:
        _end_group(process)
        process.wait()
        raise
    finally:
        timer.cancel()


def _start_timer(timer: Timer, command: Command) -> None:
    """Raises Unreadable where the host has no thread left: no command runs unbounded."""
    try:
        timer.start()
    except RuntimeError as problem:
        raise Unreadable(f"{command.argv[0]}: cannot be run: {problem}") from problem


def _end_group(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        process.kill()
