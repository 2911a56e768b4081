"""Whether the guard that keeps the migration is in its place, awake, and has nothing to do."""

from __future__ import annotations

from wizard.model import Outcome
from wizard.probes.proof import Proving

TITLE = "The guard is in its place, and all is as it keeps it"
MEANING = (
    "This host's own tools undo the migration: the next make, sendmailconfig or upgrade of the "
    "packages, and the relay queues or refuses every message. Plan again: that mends the guard."
)


def prove(p: Proving) -> None:
    """Tell `guard.in-place`."""
    script = p.platform.guard_script
    if not script:
        title = "This platform needs no guard"
        p.prove("guard.in-place", Outcome.SKIPPED, title)
        return
    trouble = (*_edited(p), *p.platform.guard_trouble(p.host, p.target.user))
    if trouble:
        title = "The guard is not in its place, or has something to put right"
        p.prove("guard.in-place", Outcome.FOUND, title, trouble, MEANING)
    else:
        p.prove("guard.in-place", Outcome.PASS, TITLE, (f"{script} --check  nothing is wrong",))


def _edited(p: Proving) -> list[str]:
    """Files of the guard that are not those that were reviewed: one may say that all is well."""
    return [
        f"{path}  is not what run {p.target.run} wrote"
        for path, content in p.target.guard.items()
        if (now := p.host.state(path, content=True)).exists and now.content != content
    ]
