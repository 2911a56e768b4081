"""What stands around Sendmail: file systems, attributes, confinement, other mail software."""

from __future__ import annotations

from wizard.facts.model import Cf, Ground
from wizard.host.base import HostReader
from wizard.platforms.base import Platform


def gather(host: HostReader, platform: Platform, cf: Cf) -> Ground:
    """Look around. Raises Unreadable."""
    return Ground((), (), "", (), ())
