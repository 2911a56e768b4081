"""The ways to keys, sockets and files elsewhere, walked over what earlier steps have planned."""

from __future__ import annotations

from wizard.facts.model import Accounts, MapFiles, Unknown
from wizard.facts.passages import passage
from wizard.facts.way_model import Passage
from wizard.plans import SetMeta
from wizard.reach import Around, Change, Way, around
from wizard.steps.base import Planning, change_meta


def surroundings(p: Planning) -> Around | None:
    """Who is to reach them; None where what decides is not known, which a check tells."""
    cf, files, accounts = p.facts.cf, p.facts.map_files, p.facts.accounts
    if isinstance(cf, Unknown) or not isinstance(files, MapFiles):
        return None
    if not isinstance(accounts, Accounts):
        return None
    return around(cf, files, accounts, p.account.uid, p.account.gid)


def anew(p: Planning, found: Passage) -> Passage:
    """The passage as it will be when this step runs."""
    return passage(p.host, found.path, found.role, found.place)


def operations(ways: list[Way]) -> tuple[SetMeta, ...]:
    """The changes that ways without trouble need, each path once."""
    changes: dict[str, Change] = {}
    for one in ways:
        if not one.troubles:
            changes |= {c.path: c for c in one.changes if c.path not in changes}
    made = (
        change_meta(c.path, c.state, uid=c.state.uid, gid=c.gid, mode=c.mode, note=c.note)
        for c in changes.values()
    )
    return tuple(op for op in made if op)
