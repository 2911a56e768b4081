"""The ways back after a kill: each is one that an admin has."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.torture.inside.engines import run_engine
from wizard.runs import Runs

TIMEOUT = 280
SCRIPT = "undo.sh"


def recover(run: str, way: str) -> str:
    """Bring the host back. Returns how that ended, in a word or two."""
    if way == "undo" and (Runs().path(run) / SCRIPT).exists():
        return _undo(Runs().path(run) / SCRIPT)
    if way == "resume" and Runs().status(run).resumable:
        with _confirmed(run):
            resumed = run_engine(run, "resume", "")
        back = run_engine(run, "rollback", "")
        return f"resume {resumed.code} {_phase(run)}, engine {back.code} {_phase(run)}"
    if way == "cli":
        return _cli(run)
    back = run_engine(run, "rollback", "")
    return f"engine {back.code} {_phase(run)}"


@contextmanager
def _confirmed(run: str) -> Iterator[None]:
    """A resumed run forgets that it was confirmed: told again, as often as it takes."""
    words = 'while sleep 0.2; do : > "$1/confirm"; done'
    admin = subprocess.Popen(["/bin/sh", "-c", words, "sh", str(Runs().path(run))])
    try:
        yield
    finally:
        admin.kill()
        admin.wait()


def _cli(run: str) -> str:
    words = ["/usr/local/bin/stepdown", "rollback", run, "--yes"]
    done = subprocess.run(
        words, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT, check=False
    )
    if done.returncode == 0:
        return f"cli 0 {_phase(run)}"
    said = (done.stdout + done.stderr).decode("utf-8", "replace")[-300:]
    return f"cli {done.returncode} {_phase(run)} ({said})"


def _undo(script: Path) -> str:
    """By /bin/sh alone, with next to nothing in the environment."""
    done = subprocess.run(
        ["/bin/sh", str(script)], stdin=subprocess.DEVNULL, capture_output=True,
        timeout=TIMEOUT, check=False, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}, cwd="/",
    )  # fmt: skip
    if done.returncode == 0:
        return "undo 0"
    said = (done.stdout + done.stderr).decode("utf-8", "replace").splitlines()
    words = [line for line in said if line.startswith("NOT")] or said[-3:]
    return f"undo {done.returncode} ({' / '.join(words)[:600]})"


def _phase(run: str) -> str:
    try:
        return str(Runs().status(run).phase)
    except Exception as problem:
        return f"no status: {problem}"
