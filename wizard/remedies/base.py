"""What can be put right on the host before the migration, as steps of the same plan.

A remedy is previewed, applied and undone like the recipe's own steps. Once it is taken, the
checks judge the host as it will be, by facts gathered over the overlay.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec import Struct

from wizard.errors import UsageProblem
from wizard.facts.cf_model import Cf
from wizard.facts.model import Facts, Unknown
from wizard.steps.base import Planned, Site
from wizard.steps.cf_edit import Change, edit, write_cf, write_mc

ADDRESS = re.compile(r"[A-Za-z0-9._+=-]+@([A-Za-z0-9.-]+|\[[0-9A-Fa-f.:]+\])")
"An address that needs no quoting in an alias, a .mc or a cf."


class RemedyOffer(Struct, frozen=True):
    """A remedy as front ends show it."""

    id: str
    "`mail-hub`"
    title: str
    "`Send all local mail to the mail hub`"
    why: str
    "What it changes, and what that is good for."
    asks: str
    "What has to be told, as a label: `The hub's name`; empty where nothing has to be."
    suggestion: str
    "A value that may be right; empty where none is known."
    checks: tuple[str, ...]
    "Ids of the checks whose findings it can put right."
    taken: str | None = None
    "Its value, where it is part of the plan."
    impossible: str = ""
    "Why it cannot be carried out on this host; empty where it can."


class Remedy(Struct, frozen=True):
    """A remedy that this program knows."""

    id: str
    title: str
    why: str
    asks: str
    checks: tuple[str, ...]
    suggest: Callable[[Facts], str]
    impossible: Callable[[Facts], str]
    "Why it cannot be carried out on such a host; empty where it can."
    value: Callable[[str, Facts], str]
    "The value as it will be written. Raises UsageProblem."
    plan: Callable[[Site, str], Planned]
    "Raises StepdownError."
    stage: str = "switch"
    "When its step comes: what the daemon reads at its start is changed while it is down."


def change_configuration(site: Site, change: Change) -> Planned:
    """The operations that make this change in the .mc and the cf.

    No gate of its own: the last candidate, which holds this change too, is proven before the stop.
    """
    made = edit(site, change)
    mc = write_mc(site, made)
    return Planned((*((mc,) if mc else ()), write_cf(site, made)))


def demand_address(text: str, facts: Facts) -> str:
    """An address of another host. Raises UsageProblem."""
    text = text.strip()
    found = ADDRESS.fullmatch(text)
    if not found:
        raise UsageProblem(f"{text!r} is not a plain mail address", "Such as root@example.org.")
    if found[1].lower() in own_names(facts):
        raise UsageProblem(f"{text} is an address of this very host", "Name one of another host.")
    return text


def own_names(facts: Facts) -> set[str]:
    """The names for which this host takes mail as its own, as far as they are known."""
    return set() if isinstance(facts.classes, Unknown) else {w.lower() for w in facts.classes.w}


def suggested_address(facts: Facts, user: str) -> str:
    """`user` at the first domain that this host relays for; empty where there is none."""
    domains = () if isinstance(facts.classes, Unknown) else facts.classes.r
    named = [one for one in domains if re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", one)]
    return f"{user}@{named[0]}" if named and not named[0][-1].isdigit() else ""


def cf_of(facts: Facts) -> Cf | None:
    """The cf, where it is known."""
    return None if isinstance(facts.cf, Unknown) else facts.cf


def unknown_configuration(facts: Facts) -> str:
    """Why nothing can be changed in a configuration that is not known; empty where it is."""
    for fact in (facts.config, facts.cf):
        if isinstance(fact, Unknown):
            return f"the configuration is not known: {fact.reason}"
    return ""
