"""How the MTA is started and stopped here, and whether it runs."""

from __future__ import annotations

from wizard.facts.model import Service
from wizard.host.base import HostReader
from wizard.platforms.base import Platform


def gather(host: HostReader, platform: Platform) -> Service:
    """Ask the service manager. Raises Unreadable."""
    return Service(platform.service_manager(host), platform.running(host))
