"""The escape check on the live host: nothing that root reads or runs is the account's to write."""

from __future__ import annotations

from wizard.probes.proof import Proving


def prove(p: Proving) -> None:
    """Tell `account.escape`."""
