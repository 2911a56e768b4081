"""What can be put right on the host before the migration, as steps of the same plan.

A remedy is previewed, applied and undone like the recipe's own steps. Once it is taken, the
checks judge the host as it will be, by facts gathered over the overlay.
"""

from __future__ import annotations

from msgspec import Struct


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
