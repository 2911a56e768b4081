"""What root reads or runs for Sendmail, each with the whole path to it (fact 8, escape check)."""

from __future__ import annotations

from wizard.facts.cf_model import Cf
from wizard.facts.model import Trusted
from wizard.facts.passages import passage
from wizard.host.base import HostReader
from wizard.platforms.base import Platform


def gather(host: HostReader, platform: Platform, cf: Cf) -> Trusted:
    """Walk to each of them. Raises Unreadable."""
    named = ((platform.cf_path, "cf"), (platform.mc_path, "mc"), (platform.sendmail, "sendmail"))
    return Trusted(tuple(passage(host, path, role) for path, role in named))
