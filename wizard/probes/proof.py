"""What is to be proven, and how a proof is worded."""

from __future__ import annotations

import time

from msgspec import Struct

from wizard.events import Proof
from wizard.model import Outcome

UNDO = "Roll back: until this is mended the relay does not do its work."


class Target(Struct, frozen=True):
    """What is to be proven."""

    address: str
    "`ADDRESS:PORT` to speak SMTP to."
    uid: int
    gid: int
    user: str
    probe_to: str
    since: float
    "Moment of the switch; 0: now."
    offered: tuple[str, ...] | None
    "What EHLO offered before; None where that was not recorded."
    run: str = ""


def proof_of(
    proof_id: str,
    outcome: Outcome,
    title: str,
    evidence: tuple[str, ...] = (),
    meaning: str = "",
) -> Proof:
    """A proof as an event; what a failure means is told of failures only."""
    good = outcome in (Outcome.PASS, Outcome.SKIPPED)
    return Proof(0, time.time(), proof_id, outcome, title, evidence, "" if good else meaning)


def holds(proof: Proof) -> bool:
    """False for what failed or could not be looked at; SKIPPED is told, and holds."""
    return proof.outcome in (Outcome.PASS, Outcome.SKIPPED)
