"""A run's undo as a plain sh(1) script: for the day on which neither we nor Python are there."""

from __future__ import annotations

from pathlib import Path

from wizard.plans import Plan


def write_undo_script(place: Path, plan: Plan) -> None:
    """Write `undo.sh` into the run's directory, on disk before this returns. Raises OSError."""
