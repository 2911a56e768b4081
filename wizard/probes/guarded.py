"""Whether the guard that keeps the migration is in its place and alive."""

from __future__ import annotations

from wizard.probes.proof import Proving


def prove(p: Proving) -> None:
    """Tell `guard.in-place`."""
