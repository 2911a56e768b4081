"""The log since the switch: no line that means trouble, or only such as are known and named."""

from __future__ import annotations

from wizard.host.base import Unreadable
from wizard.model import Outcome
from wizard.probes.proof import UNDO, Proving

TITLE = "The log since the switch is clean"
DEFAULT_LEVEL = "9"
TALKATIVE = 8
"LogLevel from which on all trouble is logged; keys that cannot be used are the last."
NOTHING = "not one line of Sendmail's since"
SILENT = "not one line of Sendmail's since these proofs began, and they spoke with it"
SHOWN = 5
"Lines that are shown of what was found."


def prove(p: Proving) -> None:
    """Tell `log.clean`."""
    watch = p.since_switch
    bad, harmless = watch.trouble(p.target.user)
    lines = watch.lines()
    mended = _mended(p, bad)
    if bad and not mended:
        more = (f"and {len(bad) - SHOWN} more",) if len(bad) > SHOWN else ()
        p.prove("log.clean", Outcome.FOUND, TITLE, (*bad[:SHOWN], *more), UNDO)
        return
    silent = "" if p.of_round.own else f"{watch.source}: {SILENT}"
    if not watch.own or watch.gap or (silent and not _quiet(p)):
        missing = watch.gap or (silent if watch.own else f"{watch.source}: {NOTHING}")
        why = tuple(one for one in (missing, _quiet(p)) if one)
        p.prove("log.clean", Outcome.UNKNOWN, TITLE, why)
        return
    evidence = (f"{watch.source}: {len(lines)} lines since",)
    named = (*mended, *(f"known to be harmless: {why}" for why in harmless))
    if quiet := _quiet(p):
        p.prove("log.clean", Outcome.SKIPPED, f"Unproven: {TITLE}", (quiet, *evidence, *named))
        return
    p.prove("log.clean", Outcome.PASS, TITLE, (*evidence, *named))


def _mended(p: Proving, bad: list[str]) -> tuple[str, ...]:
    """What to say of trouble that lies behind a host that was switched long ago.

    Nothing of it since these proofs began, and all of them hold: then it was put right. Right
    after the switch any trouble counts.
    """
    again, _harmless = p.of_round.trouble(p.target.user)
    if not bad or again or p.failed or not p.target.later:
        return ()
    return (f"{len(bad)} lines of trouble before these proofs, none since; the last:", bad[-1])


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
