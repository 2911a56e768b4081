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
LOG = ROOM / "strace.log"
_WRAPPER = """#!/bin/sh
n=$(($(cat {room}/count) + 1))
echo $n > {room}/count
[ $n = {turn} ] || exec {real} "$@"
/usr/bin/strace -q -o {log} -e trace={traced} {inject} {real} "$@"
code=$?
[ {both} = no ] || [ $code -lt 128 ] || kill -KILL $PPID
exit $code
"""


@contextmanager
def wrapped(command: str, turn: int, inject: str, *, both: bool) -> Iterator[None]:
    """Hit the command's turn-th invocation; `-`: only look. both: its engine dies with it."""
    ROOM.mkdir(parents=True, exist_ok=True)
    real = ROOM / "real" / Path(command).name
    real.parent.mkdir(exist_ok=True)
    shutil.copy2(command, real)
    (ROOM / "count").write_text("0\n")
    LOG.write_bytes(b"")
    wrapper = ROOM / "wrapper"
    wrapper.write_text(
        _WRAPPER.format(
            room=ROOM,
            turn=turn,
            real=real,
            log=LOG,
            traced=TRACED,
            inject="" if inject == "-" else f"-e inject={inject}",
            both="yes" if both else "no",
        )
    )
    wrapper.chmod(0o755)
    subprocess.run(["/bin/mount", "--bind", str(wrapper), command], check=True)
    try:
        yield
    finally:
        subprocess.run(["/bin/umount", "--lazy", command], check=True)
