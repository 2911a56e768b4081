"""Mailboxes in the spool, with their age: the trace that local delivery leaves, whoever does it."""

from __future__ import annotations

from datetime import datetime

from wizard.facts import clock
from wizard.facts.mail_model import Mailbox, Mailboxes
from wizard.host.base import HostReader
from wizard.platforms.base import Platform


def gather(host: HostReader, platform: Platform) -> Mailboxes:
    """Look into the spool directories, each once. Raises Unreadable."""
    now = clock.now(host)
    boxes: list[Mailbox] = []
    directories: list[str] = []
    empty = held = 0
    emptied: list[float] = []
    for directory in dict.fromkeys(host.resolve(path) for path in platform.mail_spool):
        spool = host.spool(directory)
        if not spool.exists:
            continue
        directories.append(directory)
        empty += spool.empty
        held += spool.held
        if spool.empty:
            emptied.append(_days(now, spool.emptied_ns))
        for box in spool.newest:
            path = f"{directory}/{box.name}"
            days = _days(now, box.mtime_ns)
            boxes.append(Mailbox(path, box.uid, box.size, days, box.directory))
    boxes.sort(key=lambda box: box.days)
    return Mailboxes(
        tuple(directories), tuple(boxes), held, empty, min(emptied) if emptied else None
    )


def _days(now: datetime, mtime_ns: int) -> float:
    """Since then; 0 for a time to come."""
    seconds = now.timestamp() - mtime_ns / 1e9
    return max(0.0, round(seconds / 86_400, 2))
