"""What time it is on the host: a recorded one tells the time of its recording."""

from __future__ import annotations

from datetime import UTC, datetime

from wizard.host.base import HostReader, Unreadable
from wizard.plans import Command

DATE = Command(("/bin/date", "-u", "+%s"))


def now(host: HostReader) -> datetime:
    """The time, UTC. Raises Unreadable."""
    answer = host.probe(DATE)
    seconds = answer.stdout.strip()
    if not seconds.isdigit():
        raise Unreadable(f"{DATE}: {answer.output.strip() or 'no answer'}")
    return datetime.fromtimestamp(int(seconds), UTC)
