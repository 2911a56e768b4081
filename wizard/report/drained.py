"""The sessions that a run waited for, and what its rollback certified."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from wizard.events import Certificate, Event, MailSession, Sessions
from wizard.report.model import CertificateReport, SessionReport
from wizard.report.scrubbed import scrubbed
from wizard.report.times import moment


def sessions(events: Sequence[Event]) -> tuple[SessionReport, ...]:
    """Each once, with how it was seen last; a pid that comes again later is another."""
    met: dict[tuple[int, int], list[tuple[float, MailSession]]] = {}
    told = [event for event in events if isinstance(event, Sessions)]
    for event in told:
        for row in event.rows:
            met.setdefault((row.pid, round(event.time - row.seconds)), []).append((event.time, row))
    end = told[-1].time if told else 0.0
    return tuple(_one(seen, end) for seen in met.values())


def _one(seen: Sequence[tuple[float, MailSession]], end: float) -> SessionReport:
    (begun, _row), (until, row) = seen[0], seen[-1]
    (peer,) = scrubbed((row.peer or f"pid {row.pid}",))
    return SessionReport(peer, row.state, moment(begun), round(until - begun, 1), until < end)


def certificate(events: Iterable[Event]) -> CertificateReport | None:
    """The last one; None where no rollback came to it."""
    found = [event for event in events if isinstance(event, Certificate)]
    if not found:
        return None
    one = found[-1]
    return CertificateReport(one.before, one.after, one.paths, scrubbed(one.exceptions))
