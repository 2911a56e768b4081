"""Each proof is shown under a heading that says what it is about."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from wizard.proof_areas import OTHER, area_of, headings

PROBES = Path(__file__).parents[2] / "wizard" / "probes"
TOLD = re.compile(r'"([a-z]+\.[a-z-]+)"')
NO_PROOFS = {"needs.instances", "needs.logins", "stepdown.test", "baseline.json", "wizard.probes"}


def told() -> list[str]:
    """Ids that stand as literals in the modules of the proofs."""
    found = {i for path in PROBES.rglob("*.py") for i in TOLD.findall(path.read_text())}
    return sorted(found - NO_PROOFS)


def test_there_are_proofs_to_look_at() -> None:
    assert {"child.identity", "maps.open", "account.escape", "log.clean"} <= set(told())


@pytest.mark.parametrize("proof_id", told())
def test_no_proof_is_left_without_a_heading(proof_id: str) -> None:
    assert area_of(proof_id) != OTHER


def test_the_longest_beginning_decides() -> None:
    assert area_of("daemon.ports") == "The conversation"
    assert area_of("daemon.current") == "That it stays"
    assert area_of("message.relayed.[::1]:25") == "The conversation"
    assert area_of("unheard.of") == OTHER
    assert headings()[-1] == OTHER
