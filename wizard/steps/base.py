"""What a step is before it is planned, and what it may look at while it plans.

A step turns facts into operations. It reads the host only through the overlay, so it sees what
earlier steps have planned, and it writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from wizard.errors import StepdownError
from wizard.facts.model import Facts, Unknown
from wizard.host.base import HostReader
from wizard.model import FileState
from wizard.plans import Choices, Expected, Op, SetMeta
from wizard.platforms.base import Platform


class Account(Struct, frozen=True):
    """The account that the children will run as, ids already chosen."""

    user: str
    group: str
    uid: int
    gid: int
    notes: tuple[str, ...] = ()
    "Why the ids are not 24, where they are not."

    def run_as(self) -> str:
        """The value of RunAsUser. A colon: a dot would be taken for a separator too (fact 2)."""
        return f"{self.user}:{self.group}"


class Site(Struct, frozen=True):
    """What is planned on."""

    facts: Facts
    platform: Platform
    choices: Choices
    host: HostReader
    "The overlay: the host with all earlier steps' operations laid over it."


class Planning(Site, frozen=True):
    """All that a step may look at."""

    account: Account


class Planned(Struct, frozen=True):
    """What a step came to."""

    ops: tuple[Op, ...]
    notes: tuple[str, ...] = ()
    stage: str = ""
    "Another stage than its definition's; empty: the same."
    title: str = ""
    why: str = ""


class StepDefinition(Struct, frozen=True):
    """A step of the recipe, or of what keeps the relay relaying."""

    id: str
    title: str
    why: str
    "The sentence a trainee reads."
    recipe: str
    "The article's passage; empty where the article has none."
    stage: str
    "`before`, `switch` or `after`."
    plan: Callable[[Planning], Planned | None]
    "None: there is nothing to do here on this host, and the step is left out."
    after: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    "Steps that come after this one, as far as they are planned."
    purposes: tuple[str, ...] = ("migrate", "repair")
    "Of which plans it is a step: Choices.purpose."


def needed(fact: object, what: str) -> None:
    """Refuse to plan on what is not known. Raises StepdownError."""
    if isinstance(fact, Unknown):
        raise StepdownError(f"{what} is not known: {fact.reason}", fact.needs)


def change_meta(
    path: str, now: FileState, *, uid: int, gid: int, mode: int, note: str = ""
) -> SetMeta | None:
    """The operation that brings a path to owner and mode; None where it is there already."""
    if (now.uid, now.gid, now.mode) == (uid, gid, mode):
        return None
    return SetMeta(path, uid, gid, mode, meta_of(now), note)


def meta_of(state: FileState) -> Expected:
    """Kind, owner and mode as an expectation, content left out: maps may be rebuilt meanwhile."""
    return Expected(state.kind, state.uid, state.gid, state.mode)
