"""Killing an engine at a step of its own, and what must hold once the run was mended."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from subprocess import DEVNULL
from typing import Any

from tests.engine.relay import PLAN, Relay, Whole
from wizard.lab.namespaces import InsideProcess

ENGINE = "wizard.engine_proces[s]"
"Of its command line, as pgrep takes it without finding itself."


def until(what: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait for it. Fails where it does not happen."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def story(relay: Relay, run: str = "") -> list[dict[str, Any]]:
    """The journal of a run, the latest unless one is named."""
    run = run or relay.runs()[-1]["run"]
    text = relay.lab.read(f"/var/lib/stepdown/runs/{run}/journal.jsonl").decode()
    return [json.loads(line) for line in text.splitlines()]


@contextmanager
def begun(relay: Relay, step: str, *words: str) -> Iterator[InsideProcess]:
    """A command that has an engine come to a step (its INTENT is written); it goes on meanwhile."""
    known = {run["run"] for run in relay.runs()}
    words = words or ("apply", PLAN, "--yes")
    with relay.lab.popen(["stepdown", *words], stdout=DEVNULL, stderr=DEVNULL) as front:
        if words[0] == "apply":
            until(lambda: not {run["run"] for run in relay.runs()} <= known)
        place = f"/var/lib/stepdown/runs/{relay.runs()[-1]['run']}/journal.jsonl"
        until(lambda: step in relay.said("cat", place, code=None))
        yield front


def killed(relay: Relay, step: str, *words: str) -> str:
    """SIGKILL for the engine, and for nothing else, at a step; returns the run's id."""
    with begun(relay, step, *words) as front:
        relay.said("pkill", "-KILL", "-f", ENGINE)
        assert front.wait(60) == 1
    run = relay.runs()[-1]
    assert (run["unfinished"], run["alive"]) == (True, False)
    return str(run["run"])


def assert_given_back(relay: Relay, before: Whole) -> None:
    """The host is what it was."""
    after = relay.whole()
    differing = {
        path: (before.files.get(path), after.files.get(path))
        for path in {*before.files, *after.files}
        if before.files.get(path) != after.files.get(path)
    }
    assert not differing
    assert (after.service, after.accounts) == (before.service, before.accounts)
    assert not relay.said("find", "/etc", "/run", "/usr/local", "-name", "*stepdown-*new*")
