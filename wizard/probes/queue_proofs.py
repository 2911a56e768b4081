"""The queue after the switch: what waited is delivered, what is new is the account's."""

from __future__ import annotations

from wizard.probes.proof import Proving


def prove(p: Proving) -> None:
    """Tell the proofs of the queue."""
