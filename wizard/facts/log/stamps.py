"""Time stamps of log lines, as syslog daemons write them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

_ISO = re.compile(
    r"^(?:<\d+>\d? ?)?(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)"
)
_BSD = re.compile(r"^(?:<\d+>)?(([A-Z][a-z]{2}) +(\d{1,2}) (\d\d):(\d\d):(\d\d))")
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
FAR = datetime(9000, 1, 1, tzinfo=UTC)
"For stamps that hold their year."


def stamp_of(line: str) -> str:
    """The time stamp a line starts with, as written; empty where there is none."""
    found = _ISO.match(line) or _BSD.match(line)
    return found[1] if found else ""


def parse_stamp(line: str, near: datetime) -> datetime | None:
    """When a line was written, UTC; a stamp without a year lies in the year up to `near`.

    `Nov 22 07:30:01` (RFC 3164) and ISO 8601 with or without a zone are understood, alone or as
    RFC 5424 has it. Stamps without a zone are taken as UTC: a day's part is of no weight here.
    """
    if found := _ISO.match(line):
        try:
            when = datetime.fromisoformat(_plain_fraction(found[1]))
        except ValueError:
            return None
        return when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)
    bsd = _BSD.match(line)
    if not bsd or bsd[2] not in _MONTHS:
        return None
    day = (_MONTHS.index(bsd[2]) + 1, int(bsd[3]), int(bsd[4]), int(bsd[5]), int(bsd[6]))
    for year in range(near.year + 1, near.year - 9, -1):  # 29 Feb needs a leap year
        try:
            when = datetime(year, *day, tzinfo=UTC)
        except ValueError:
            continue
        if when <= near + timedelta(days=1):
            return when
    return None


def _plain_fraction(stamp: str) -> str:
    """At most six digits after the point, which is what datetime takes."""
    return re.sub(r"[.,](\d{1,6})\d*", r".\1", stamp)


class Span:
    """The oldest and the newest time stamp that was seen."""

    def __init__(self) -> None:
        self.first_text = ""
        self.first: datetime | None = None
        self.last: datetime | None = None

    def add(self, lines: Iterable[str], near: datetime) -> None:
        """Widen to these lines, written before `near`."""
        for line in lines:
            when = parse_stamp(line, near)
            if when and (self.first is None or when < self.first):
                self.first, self.first_text = when, stamp_of(line)
            if when and (self.last is None or when > self.last):
                self.last = when

    def days_since(self, when: datetime | None) -> float | None:
        """Days from then to the newest line."""
        if when is None or self.last is None:
            return None
        return max(0.0, (self.last - when) / timedelta(days=1))
