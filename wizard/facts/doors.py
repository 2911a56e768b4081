"""What the children must reach besides queue and maps: keys, milter sockets, maps elsewhere."""

from __future__ import annotations

from wizard.facts.cf_model import Cf
from wizard.facts.model import Doors
from wizard.facts.passages import passage
from wizard.host.base import HostReader
from wizard.platforms.base import Platform

KEY_OPTIONS = (
    "ServerKeyFile",
    "ServerCertFile",
    "ClientKeyFile",
    "ClientCertFile",
    "CACertFile",
    "CACertPath",
    "DHParameters",
    "CRLFile",
)


def gather(host: HostReader, platform: Platform, cf: Cf) -> Doors:
    """Walk to each of them. Raises Unreadable."""
    keys = tuple(
        passage(host, path, option, cf.place(f"O {option}"))
        for option in KEY_OPTIONS
        if (path := cf.option(option)).startswith("/")
    )
    return Doors(keys, (), ())
