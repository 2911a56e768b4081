"""The full-screen wizard on a real relay: by Textual's pilot, and in a real terminal by tmux."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.relay import Relay
from tests.lab.opening import open_or_skip
from wizard.lab.boot import PYTHON, PYTHON_ENVIRONMENT

pytestmark = pytest.mark.lab

DRIVE = Path(__file__).parent / "drive.py"
SMALL, LARGE = (80, 24), (140, 40)


@pytest.fixture(scope="module")
def relay() -> Iterator[Relay]:
    with open_or_skip() as lab:
        lab.write("/root/drive.py", DRIVE.read_bytes())
        yield Relay(lab)


class Terminal:
    """A terminal of a size, by tmux; its own server, so that no one else's is touched."""

    def __init__(self, relay: Relay, name: str, size: tuple[int, int], *words: str) -> None:
        self._server = ("tmux", "-L", name, "-f", "/dev/null")
        enter = relay.lab.command(["stepdown", *words])
        columns, lines = map(str, size)
        self._do("new-session", "-d", "-x", columns, "-y", lines, shlex.join(enter))

    def _do(self, *words: str) -> str:
        kept = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES")}
        done = subprocess.run(
            [*self._server, *words], capture_output=True, text=True, check=False, env=kept
        )
        return done.stdout

    def press(self, *keys: str) -> None:
        """Keys as tmux names them."""
        self._do("send-keys", *keys)

    @property
    def text(self) -> str:
        """What the terminal shows."""
        return self._do("capture-pane", "-p")

    def shows(self, words: str, within: float = 60.0) -> str:
        """Wait until it shows the words; fails with what it shows instead."""
        end = time.monotonic() + within
        while words not in self.text:
            assert time.monotonic() < end, f"{words!r} is not on the screen:\n{self.text}"
            time.sleep(0.1)
        return self.text

    def kill(self) -> None:
        """As when the window is closed: the wizard gets SIGHUP."""
        self._do("kill-server")


@pytest.fixture
def terminal_name() -> str:
    if shutil.which("tmux") is None:
        pytest.skip("tmux is missing: apt-get install tmux")
    return f"stepdown-test-{time.monotonic_ns()}"


@pytest.mark.parametrize("size", [SMALL, pytest.param(LARGE, marks=pytest.mark.long)])
def test_the_whole_job_by_keys(relay: Relay, size: tuple[int, int]) -> None:
    before = relay.whole()
    assert relay.relays(f"before {size}")
    words = [*PYTHON, *map(str, ("/root/drive.py", *size))]
    argv = [word for word in words if word != "-m"]
    done = relay.lab.run(argv, env=PYTHON_ENVIRONMENT, timeout=300)
    said = (done.stdout + done.stderr).decode()
    assert done.returncode == 0, said
    assert said.splitlines() == [
        "verdict ready",
        "stands on Verify",
        "failed []",
        "more than 25 proofs True",
        "phase done",
    ]
    child = relay.serving_child()
    assert len({*child["Uid"].split(), *child["Gid"].split()}) == 1
    assert child["Uid"].split()[0] != "0"
    assert relay.relays(f"after {size}")
    relay.rollback()
    assert relay.whole() == before
    assert relay.relays(f"rolled back {size}")


def test_in_a_terminal_that_is_closed_in_the_middle(relay: Relay, terminal_name: str) -> None:
    """80x24: by keys to the proof; then the window goes, and attach, keep and rollback remain."""
    before = relay.whole()
    terminal = Terminal(relay, terminal_name, SMALL)
    try:
        terminal.shows("Taking Sendmail")
        terminal.shows("Macros")
        terminal.press("n")
        terminal.shows("1 warning")
        terminal.press("n")
        terminal.shows("What you decide")
        terminal.press("n")
        terminal.shows("a group of its own")
        terminal.press("a")
        terminal.shows("practice relay?")
        terminal.press("y")
        terminal.shows("Applying")
    finally:
        terminal.kill()
    end = time.monotonic() + 60
    while relay.runs()[-1]["phase"] != "awaiting-confirmation" and time.monotonic() < end:
        time.sleep(0.2)
    assert relay.runs()[-1]["alive"]
    again = Terminal(relay, f"{terminal_name}-again", LARGE)
    try:
        again.shows("undoes itself in")
        again.press("u")
        again.shows("Undo everything?")
        again.press("y")
        again.shows("The host is as it was")
    finally:
        again.kill()
    assert relay.whole() == before
    assert relay.relays("after a terminal closed in the middle")


def test_a_terminal_that_is_too_small_says_so(relay: Relay, terminal_name: str) -> None:
    terminal = Terminal(relay, terminal_name, (60, 15))
    try:
        shown = terminal.shows("too small")
        assert "80" in shown
    finally:
        terminal.kill()
