"""The queue after the switch: what waited is delivered, what is new is the account's."""

from __future__ import annotations

from wizard.facts.cf_model import Cf
from wizard.host.base import HostReader
from wizard.probes.proof import Proving


def waiting_entries(host: HostReader, cf: Cf) -> tuple[str, ...]:
    """Paths of the qf files that wait now, a bounded selection, for the baseline."""
    return ()


def prove(p: Proving) -> None:
    """Tell the proofs of the queue."""
