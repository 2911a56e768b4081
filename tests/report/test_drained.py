"""Sessions that a run waited for, its outage and its certificate, as the report has them."""

from __future__ import annotations

from msgspec.structs import replace

from tests.report import packets
from wizard.events import MailSession, Sessions
from wizard.report.as_markdown import as_markdown
from wizard.report.drained import sessions
from wizard.report.html import as_html


def waiting(at: float, *rows: MailSession) -> Sessions:
    return Sessions(0, packets.START + at, "service-drain", rows)


def test_each_session_is_told_once_with_how_its_wait_ended() -> None:
    short = MailSession(7, "a.example [192.0.2.7]", "cmd read", 3.0)
    long = MailSession(8, "b.example [192.0.2.8]", "DATA", 1.0)
    found = sessions(
        [
            waiting(0, short, long),
            waiting(1, replace(short, state="MAIL", seconds=4.0), replace(long, seconds=2.0)),
            waiting(2, replace(long, seconds=3.0)),
        ]
    )
    assert [(one.peer, one.state, one.waited, one.ended) for one in found] == [
        ("a.example [192.0.2.7]", "MAIL", 1.0, True),
        ("b.example [192.0.2.8]", "DATA", 2.0, False),
    ]


def test_when_none_is_left_all_have_ended() -> None:
    row = MailSession(7, "", "DATA", 3.0)
    (one,) = sessions([waiting(0, row), waiting(1)])
    assert (one.peer, one.ended) == ("pid 7", True)


def test_the_pages_tell_them_the_prediction_and_the_certificate() -> None:
    report = replace(packets.report_saying("mx.example"), outage_predicted=2.3)
    for page in (as_markdown(report), as_html(report)):
        assert "Predicted outage" in page and "2.3 s" in page
        assert "Sessions that were waited for" in page and "the run went on without it" in page
        assert "The manifest DIFFERS from before" in page and "cd" * 32 in page
