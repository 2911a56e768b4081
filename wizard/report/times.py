"""Times in a report: one clock, UTC, whoever reads it wherever."""

from __future__ import annotations

from datetime import UTC, datetime


def moment(seconds: float) -> str:
    """`2026-11-22T09:39:49Z`, of seconds since the epoch; empty for 0."""
    if not seconds:
        return ""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read(stamp: str) -> str:
    """The same as a person reads it: `2026-11-22 09:39:49 UTC`."""
    return stamp.replace("T", " ").replace("Z", " UTC")


def clock(seconds: float) -> str:
    """`09:39:49.123`, for a line of a log."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%H:%M:%S.%f")[:-3]


def duration(seconds: float) -> str:
    """`0.04 s`, `2.2 s`, `3 min 05 s`, `2 h 03 min`."""
    if seconds < 1:
        return f"{seconds:.2f} s"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02} s"
    return f"{minutes // 60} h {minutes % 60:02} min"
