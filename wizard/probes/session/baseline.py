"""What the relay did before the switch, kept in the run's directory, to be compared with after it.

`recording.py` looks; here is only what was seen.
"""

from __future__ import annotations

from msgspec import Struct

from wizard.probes.session.endpoints import same


class Door(Struct, frozen=True):
    """What one port of the daemon offered and answered."""

    address: str
    "`ADDRESS:PORT`."
    offered: tuple[str, ...]
    "Keywords of EHLO, AUTH's mechanisms each by itself."
    inside: tuple[str, ...] = ()
    "The same after STARTTLS."
    handshake: str = ""
    "TLS version and cipher; empty where there was no TLS."
    replies: dict[str, str] = {}
    "CONNECT, EHLO, MAIL and RCPT, each with the last line of its reply."
    problem: str = ""
    "Why it could not all be seen."


class Baseline(Struct, frozen=True):
    """All of it."""

    doors: tuple[Door, ...] = ()
    waiting: tuple[str, ...] = ()
    "Queue entries that waited: the path of each qf file, a bounded selection."
    recipient: str = ""
    "Whom RCPT named."

    def door(self, address: str) -> Door | None:
        """What that port offered."""
        return next((one for one in self.doors if same(one.address, address)), None)
