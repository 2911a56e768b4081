"""All faults that are known to be told apart from a healthy migrated relay."""

from __future__ import annotations

from tests.faults import (
    cf_faults,
    door_faults,
    escape_faults,
    foreseen,
    map_faults,
    queue_faults,
    upkeep_faults,
)
from tests.faults.fault import Fault, Foreseen

FAULTS: tuple[Fault, ...] = (
    *queue_faults.FAULTS,
    *map_faults.FAULTS,
    *cf_faults.FAULTS,
    *door_faults.FAULTS,
    *escape_faults.FAULTS,
    *upkeep_faults.FAULTS,
)
FORESEEN: tuple[Foreseen, ...] = foreseen.FORESEEN


def of(scenario: str, init: str) -> list[Fault]:
    """Those that are seeded in such a lab."""
    return [one for one in FAULTS if (one.scenario, one.init) == (scenario, init)]
