"""What the relay did before the switch, recorded by the engine, to be compared with after it."""

from __future__ import annotations

from msgspec import Struct

from wizard.host.base import HostReader
from wizard.platforms.base import Platform
from wizard.probes.smtp import SmtpFailure, SmtpSession, offers


class Door(Struct, frozen=True):
    """What one port of the daemon offered."""

    address: str
    "`ADDRESS:PORT`."
    offered: tuple[str, ...]
    "Keywords of EHLO."


class Baseline(Struct, frozen=True):
    """All of it."""

    doors: tuple[Door, ...] = ()
    waiting: tuple[str, ...] = ()
    "Queue entries that waited: the path of each qf file, a bounded selection."

    def door(self, address: str) -> Door | None:
        """What that port offered."""
        return next((one for one in self.doors if one.address == address), None)


def record(host: HostReader, platform: Platform, address: str) -> tuple[Baseline, list[str]]:
    """Look at the relay as it is now. Also returns what could not be looked at, in words."""
    try:
        return Baseline((Door(address, ehlo_offers(address, host.identity().host)),)), []
    except SmtpFailure as problem:
        return Baseline(), [f"EHLO before the switch: {problem}"]


def ehlo_offers(address: str, host: str) -> tuple[str, ...]:
    """What EHLO offers now. Raises SmtpFailure."""
    with SmtpSession(address, lambda _sent, _text: None) as session:
        session.reply()
        found = offers(session.command(f"EHLO {host}", 250))
        session.command("QUIT")
        return found
