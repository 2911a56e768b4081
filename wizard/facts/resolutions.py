"""Where Sendmail would deliver the addresses that matter: sendmail -bv decides."""

from __future__ import annotations

from wizard.facts.mail_model import Logs, Resolutions, Tables
from wizard.facts.model import Cf, Classes
from wizard.host.base import HostReader
from wizard.platforms.base import Platform


def gather(
    host: HostReader, platform: Platform, cf: Cf, classes: Classes, tables: Tables
) -> Resolutions:
    """Ask for each address that the configuration makes interesting. Raises Unreadable."""
    return Resolutions(())


def of_recipients(host: HostReader, platform: Platform, logs: Logs) -> Resolutions:
    """Ask for each recipient of a logged local delivery. Raises Unreadable."""
    return Resolutions(())
