"""Room for the snapshot and the journal."""

from __future__ import annotations

from wizard.facts.model import Disk
from wizard.host.base import HostReader

STATE_DIRECTORY = "/var/lib/stepdown"


def gather(host: HostReader, needed: int, path: str = STATE_DIRECTORY) -> Disk:
    """Bytes free where snapshots are kept, beside the bytes this migration needs there."""
    return Disk(path, host.free_bytes(path), needed)
