"""How an engine process is called: by whoever starts one, and by what starts one without us."""

from __future__ import annotations

import os
import sys
from shlex import quote

from wizard.runs import Runs

KEPT = ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX")
"What our own interpreter was given, so that the engine's finds the same program."


def arguments(run: str, what: str) -> list[str]:
    """The command line, by this very interpreter. what: as engine_process.work has it."""
    return [sys.executable, "-P", "-m", "wizard.engine_process", run, what]


def environment(runs: Runs) -> dict[str, str]:
    """All that an engine's environment holds."""
    kept = {key: os.environ[key] for key in KEPT if key in os.environ}
    kept["STEPDOWN_STATE_DIR"] = str(runs.directory)
    kept["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin"
    kept["LC_ALL"] = "C.UTF-8"
    return kept


def as_script(runs: Runs, run: str) -> str:
    """The same as an sh(1) script; its argument says what the engine shall do."""
    settings = [quote(f"{key}={value}") for key, value in environment(runs).items()]
    *words, _what = [quote(word) for word in arguments(run, "")]
    return f'#!/bin/sh\nexec /usr/bin/env -i {" ".join(settings)} {" ".join(words)} "$1"\n'
