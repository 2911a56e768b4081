"""How long an unconfirmed change stays: where nothing is said about it."""

from __future__ import annotations

from wizard.model import Mode

LIVE = 10.0
"Minutes on a live host."


def minutes_for(given: float | None, mode: Mode) -> float:
    """Minutes until an unconfirmed change undoes itself; 0: never. given: what was chosen."""
    if given is not None:
        return given
    return LIVE if mode is Mode.LIVE else 0.0
