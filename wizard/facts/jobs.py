"""Jobs that mail their owner from this host."""

from __future__ import annotations

from wizard.facts.mail_model import Jobs
from wizard.host.base import HostReader
from wizard.platforms.base import Platform


def gather(host: HostReader, platform: Platform) -> Jobs:
    """Read the crontabs and the settings of well-known jobs. Raises Unreadable."""
    return Jobs(())
