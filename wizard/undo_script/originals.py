"""Every file that a run may change, kept as it was: content, owner, mode, xattrs, mtime."""

from __future__ import annotations

from pathlib import Path

from wizard.host.base import HostReader
from wizard.plans import Plan


def keep_originals(place: Path, plan: Plan, host: HostReader) -> None:
    """Keep them in the run's directory, on disk before this returns. Raises OSError."""
