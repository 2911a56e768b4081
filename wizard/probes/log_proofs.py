"""The log since the switch: no line that means trouble, or only such as are known and named."""

from __future__ import annotations

from wizard.model import Outcome
from wizard.probes.proof import UNDO, Proving

TITLE = "The log since the switch is clean"


def prove(p: Proving) -> None:
    """Tell `log.clean`."""
    watch = p.since_switch
    bad, harmless = watch.trouble(p.target.user)
    lines = watch.lines()
    if not lines:
        told = (f"{watch.source}: not one line of Sendmail's since",)
        p.prove("log.clean", Outcome.UNKNOWN, TITLE, told)
        return
    evidence = tuple(bad[:5]) or (f"{watch.source}: {len(lines)} lines since",)
    named = tuple(f"known to be harmless: {why}" for why in harmless)
    outcome = Outcome.FOUND if bad else Outcome.PASS
    p.prove("log.clean", outcome, TITLE, (*evidence, *named), UNDO)
