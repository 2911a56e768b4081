"""The log since the switch: no line that means trouble, or only such as are known and named."""

from __future__ import annotations

from wizard.host.base import Unreadable
from wizard.model import Outcome
from wizard.probes.proof import UNDO, Proving

TITLE = "The log since the switch is clean"
DEFAULT_LEVEL = "9"
TALKATIVE = 8
"LogLevel from which on all trouble is logged; keys that cannot be used are the last."
SHOWN = 5
"Lines that are shown of what was found."


def prove(p: Proving) -> None:
    """Tell `log.clean`."""
    watch = p.since_switch
    bad, harmless = watch.trouble(p.target.user)
    lines = watch.lines()
    if bad:
        more = (f"and {len(bad) - SHOWN} more",) if len(bad) > SHOWN else ()
        p.prove("log.clean", Outcome.FOUND, TITLE, (*bad[:SHOWN], *more), UNDO)
        return
    if not lines or watch.gap:
        missing = watch.gap or f"{watch.source}: not one line of Sendmail's since"
        why = tuple(one for one in (missing, _quiet(p)) if one)
        p.prove("log.clean", Outcome.UNKNOWN, TITLE, why)
        return
    evidence = (f"{watch.source}: {len(lines)} lines since",)
    named = tuple(f"known to be harmless: {why}" for why in harmless)
    if quiet := _quiet(p):
        p.prove("log.clean", Outcome.SKIPPED, f"Unproven: {TITLE}", (quiet, *evidence, *named))
        return
    p.prove("log.clean", Outcome.PASS, TITLE, (*evidence, *named))


def _quiet(p: Proving) -> str:
    """Why the log would not tell of every fault; empty where it would."""
    try:
        level = p.cf().option("LogLevel", DEFAULT_LEVEL)
    except Unreadable as problem:
        return str(problem)
    if level.isdigit() and int(level) >= TALKATIVE:
        return ""
    return (
        f"LogLevel={level}: below {TALKATIVE} Sendmail does not log every fault. Set it to "
        f"{DEFAULT_LEVEL} and prove again."
    )
