"""From a finding to a step of the plan that puts it right: what there is, and the dialogs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from screens.board import Entry
from screens.modals.choose import Choose
from screens.modals.confirm import Confirm
from screens.modals.mend import Mend
from screens.text import say
from screens.widgets.rows import Row
from screens.words import Tone
from wizard.remedies.base import RemedyOffer

if TYPE_CHECKING:
    from screens.looking import LookingApp

Offers = tuple[RemedyOffer, ...]


def offers_for(offers: Offers, entry: Entry | None) -> Offers:
    """What concerns one check."""
    return tuple(one for one in offers if entry is not None and entry.check_id in one.checks)


def usable(offers: Offers, entry: Entry | None) -> Offers:
    """What can be taken into the plan for its findings, or out of it again."""
    found = entry is not None and entry.needs_attention
    return tuple(o for o in offers if o.taken is not None or (found and not o.impossible))


def mend(app: LookingApp, offers: Offers) -> None:
    """Ask for what one of them needs; where there are several ways, ask which first."""
    if len(offers) == 1:
        _one(app, offers[0])
    elif offers:
        by_id = {offer.id: offer for offer in offers}
        rows = [_row(offer) for offer in offers]
        dialog = Choose("Put it right how?", say("There are several ways."), rows)
        app.push_screen(dialog, lambda name: _one(app, by_id[name]) if name else None)


def _one(app: LookingApp, offer: RemedyOffer) -> None:
    if offer.taken is None:
        app.push_screen(Mend(offer, lambda value: app.remedy(offer.id, value)))
        return
    text = say(f"{offer.title}\n\n", ("The checks then judge without it.", Tone.QUIET))
    dialog = Confirm("Take it out of the plan?", text, "Take it out", "Leave it in")

    def drop(yes: bool | None) -> None:
        if yes:
            app.drop_remedy(offer.id)

    app.push_screen(dialog, drop)


def _row(offer: RemedyOffer) -> Row:
    state = "in the plan" if offer.taken is not None else ""
    return Row(offer.id, say(" ", offer.title), say((state, Tone.SHOWN)))
