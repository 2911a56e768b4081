"""A command of the engine's that is hit at its own system calls.

For as long as the engine runs, a small script is mounted over the command's file: it starts the
real one under strace(1), at the wanted one of its invocations.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.torture.calls import TRACED

ROOM = Path("/run/torture/commands")
EACH = 0
"For a turn: each invocation."
_WRAPPER = """#!/bin/sh
n=$(($(cat {room}/count) + 1))
echo $n > {room}/count
[ {turn} = 0 ] || [ $n = {turn} ] || exec {real} "$@"
/usr/bin/strace -q -o {room}/strace.$n -e trace={traced} {inject} {real} "$@"
code=$?
[ {both} = no ] || [ $code -lt 128 ] || kill -KILL $PPID
exit $code
"""


@contextmanager
def wrapped(command: str, turn: int, inject: str, *, both: bool = False) -> Iterator[None]:
    """Hit the command's turn-th invocation; no inject: only look. both: its engine dies with it."""
    room = ROOM / Path(command).name
    shutil.rmtree(room, ignore_errors=True)
    real = room / "real" / Path(command).name
    real.parent.mkdir(parents=True)
    shutil.copy2(command, real)
    (room / "count").write_text("0\n")
    wrapper = room / "wrapper"
    wrapper.write_text(
        _WRAPPER.format(
            room=room,
            turn=turn,
            real=real,
            traced=TRACED,
            inject=f"-e inject={inject}" if inject else "",
            both="yes" if both else "no",
        )
    )
    wrapper.chmod(0o755)
    subprocess.run(["/bin/mount", "--bind", str(wrapper), command], check=True)
    try:
        yield
    finally:
        subprocess.run(["/bin/umount", "--lazy", command], check=True)


def logs(command: str) -> dict[int, str]:
    """strace's log of each invocation that was looked at, or hit."""
    room = ROOM / Path(command).name
    return {
        int(path.suffix[1:]): path.read_text("latin-1") for path in sorted(room.glob("strace.*"))
    }
