"""What Sendmail counted by mailer."""

from __future__ import annotations

from wizard.facts.mail_model import MailStats
from wizard.facts.model import Cf
from wizard.host.base import HostReader
from wizard.platforms.base import Platform


def gather(host: HostReader, platform: Platform, cf: Cf) -> MailStats:
    """Ask mailstats, where there is a status file. Raises Unreadable."""
    return MailStats("", False)
