"""Which platform a host is. Adding one is its file and its line here."""

from __future__ import annotations

from wizard.host.base import HostReader, Unreadable
from wizard.platforms import debian
from wizard.platforms.base import Platform

DETECTORS = (debian.detect,)
SUPPORTED = "Debian 12 and its descendants"


def detect(host: HostReader) -> Platform:
    """The host's platform. Raises Unreadable, naming what is supported, where it is none."""
    for one in DETECTORS:
        found = one(host)
        if found is not None:
            return found
    raise Unreadable(
        f"This host is not one that stepdown knows: it supports {SUPPORTED}",
        "Follow the article by hand on other systems.",
    )
