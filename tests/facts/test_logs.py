from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.facts.paper_host import PaperHost, text
from wizard.facts.logs import DELIVERY, LOCAL, gather, log_level, parse_stamp
from wizard.facts.model import Cf
from wizard.plans import Completed
from wizard.platforms.debian import Debian

DAY = 86_400
MTIME = int(datetime(2026, 1, 3, tzinfo=UTC).timestamp())
NEAR = datetime(2026, 1, 3, tzinfo=UTC)
RELAYED = "4A: to=<a@example.org>, delay=0, mailer=esmtp, relay=hub, stat=Sent (ok)"
KEPT = "4B: to=root, ctladdr=root (0/0), delay=0, mailer=local, pri=1, dsn=2.0.0, stat=Sent"
DEBIAN = Debian("Debian", "systemd")
JOURNAL = "/usr/bin/journalctl --no-pager -o short-iso -t sm-mta -t sendmail"


def _cf(level: str = "9") -> Cf:
    return Cf("/etc/mail/sendmail.cf", {"LogLevel": (level,)}, (), (), (), {}, 1)


def _line(stamp: str, what: str = RELAYED, tag: str = "sm-mta[12]") -> str:
    return f"{stamp} relay1 {tag}: {what}\n"


@pytest.mark.parametrize(
    ("line", "delivery", "local"),
    [
        (_line("Nov 22 07:30:01"), True, False),
        (_line("Nov 22 07:30:01", KEPT), True, True),
        (_line("Nov 22 07:30:01", KEPT, "sendmail[1]"), True, True),
        (_line("Nov 22 07:30:01", KEPT, "sendmail[1]: [ID 801593 mail.info]"), True, True),
        (_line("2026-11-22T07:30:01.1+01:00", KEPT.replace("local", "prog"), "mta-in"), True, True),
        (_line("Nov 22 07:30:01", KEPT.replace("local", "*file*")), True, True),
        (_line("Nov 22 07:30:01", KEPT.replace("local", "localnet")), True, False),
        (_line("Nov 22 07:30:01", "4C: from=<mailer=local>, size=1"), False, False),
        (_line("Nov 22 07:30:01", "user mailer=local", "cron[1]"), False, False),
    ],
)
def test_what_counts_as_a_delivery(line: str, delivery: bool, local: bool) -> None:
    raw = line.rstrip("\n").encode()
    assert bool(re.search(DELIVERY, raw)) is delivery
    assert bool(re.search(LOCAL, raw)) is local


@pytest.mark.parametrize(
    ("line", "when"),
    [
        ("Jan  2 07:30:01 x", datetime(2026, 1, 2, 7, 30, 1, tzinfo=UTC)),
        ("Dec 31 23:59:59 x", datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("Feb 29 00:00:00 x", datetime(2024, 2, 29, tzinfo=UTC)),
        ("2025-11-22T07:30:01.5+01:00 x", datetime(2025, 11, 22, 6, 30, 1, 500000, UTC)),
        ("2025-11-22T07:30:01+0100 x", datetime(2025, 11, 22, 6, 30, 1, tzinfo=UTC)),
        ("2025-11-22T07:30:01Z x", datetime(2025, 11, 22, 7, 30, 1, tzinfo=UTC)),
        ("2025-11-22 07:30:01 x", datetime(2025, 11, 22, 7, 30, 1, tzinfo=UTC)),
        ("Foo 12 07:30:01 x", None),
        ("Nov 99 07:30:01 x", None),
        ("2025-99-22T07:30:01 x", None),
        ("", None),
    ],
)
def test_time_stamps(line: str, when: datetime | None) -> None:
    assert parse_stamp(line, NEAR) == when


@given(st.text())
def test_no_line_is_too_nasty(line: str) -> None:
    parse_stamp(line, NEAR)


@given(st.datetimes(datetime(2025, 1, 5), datetime(2026, 1, 3)))
def test_a_stamp_without_a_year_lies_in_the_year_before(when: datetime) -> None:
    exact = when.replace(microsecond=0, tzinfo=UTC)
    assert parse_stamp(f"{exact:%b} {exact.day:2d} {exact:%H:%M:%S} x", NEAR) == exact


def test_rotated_logs_and_the_last_local_delivery() -> None:
    host = PaperHost(
        {
            "/var/log/mail.log": text(_line("Jan  1 06:00:00") + _line("Jan  2 12:00:00"), MTIME),
            "/var/log/mail.log.1": text(
                _line("Dec 20 12:00:00") + _line("Dec 23 12:00:00", KEPT), MTIME - 2 * DAY
            ),
            "/var/log/mail.err": text("x"),
        }
    )
    logs = gather(host, DEBIAN, _cf())
    assert [(file.path, file.deliveries, file.local.total) for file in logs.files] == [
        ("/var/log/mail.log", 2, 0),
        ("/var/log/mail.log.1", 2, 1),
    ]
    assert (logs.first, logs.last_local) == ("Dec 20 12:00:00", "Dec 23 12:00:00")
    assert (logs.days, logs.days_since_local) == (13.0, 10.0)


def test_a_quiet_log_still_has_a_reach() -> None:
    started = _line("Jan  1 06:00:00", "starting daemon") + _line("Jan  2 06:00:00", "x")
    logs = gather(PaperHost({"/var/log/mail.log": text(started, MTIME)}), DEBIAN, _cf())
    assert (logs.files[0].deliveries, logs.days) == (0, 1.0)


def test_no_log_at_all_is_no_reach() -> None:
    logs = gather(PaperHost(), DEBIAN, _cf())
    assert (logs.files, logs.days, logs.first, logs.unreadable) == ((), None, "", ())


def test_unreadable_logs_are_told() -> None:
    host = PaperHost({"/var/log/mail.log": text("x")}, locked=("/var/log/mail.log",))
    assert gather(host, DEBIAN, _cf()).unreadable == ("/var/log/mail.log: Permission denied",)
    host = PaperHost(locked=("/var/log",))
    assert gather(host, DEBIAN, _cf()).unreadable[0].startswith("/var/log/: Permission")


def _journal(newest: str) -> PaperHost:
    oldest = _line("2025-12-24T08:00:00+0000")
    kept = _line("2026-01-02T08:00:00+0000", KEPT)
    answers = {
        f"{JOURNAL} -n 1": Completed(0, newest.encode()),
        f"{JOURNAL} -g": Completed(0, kept.encode()),
        f"{JOURNAL} -n 100000": Completed(0, (oldest + kept).encode()),
    }
    return PaperHost({"/usr/bin/journalctl": text("")}, answers)


def test_the_journal_is_asked_where_there_are_no_files() -> None:
    host = _journal(_line("2026-01-03T08:00:00+0000", "quit"))
    logs = gather(host, DEBIAN, _cf())
    assert [(file.path, file.deliveries, file.local.total) for file in logs.files] == [
        ("journal", 2, 1)
    ]
    assert (logs.days, logs.days_since_local) == (10.0, 1.0)


def test_old_files_do_not_hide_a_newer_journal() -> None:
    host = _journal(_line("2026-01-03T08:00:00+0000", "x"))
    host.files["/var/log/mail.log"] = text(_line("Nov  1 06:00:00"), MTIME - 60 * DAY)
    assert [f.path for f in gather(host, DEBIAN, _cf()).files] == ["/var/log/mail.log", "journal"]
    host.files["/var/log/mail.log"] = text(_line("Jan  2 23:00:00"), MTIME)
    assert [f.path for f in gather(host, DEBIAN, _cf()).files] == ["/var/log/mail.log"]


@pytest.mark.parametrize(
    ("answer", "unreadable"),
    [
        (Completed(0, b"-- No entries --\n", b""), 0),
        (Completed(1, b"", b"No journal files were found."), 0),
        (Completed(0, b"", b"Hint: You are currently not seeing messages from other users"), 1),
        (Completed(1, b"", b"Compiled without pattern matching support"), 1),
    ],
)
def test_an_empty_journal_is_no_log_and_a_hidden_one_is_unreadable(
    answer: Completed, unreadable: int
) -> None:
    host = PaperHost({"/usr/bin/journalctl": text("")}, {JOURNAL: answer})
    logs = gather(host, DEBIAN, _cf())
    assert (logs.files, len(logs.unreadable)) == ((), unreadable)


@pytest.mark.parametrize(("value", "level"), [("9", 9), ("14", 14), ("x", 0), ("", 0)])
def test_log_level(value: str, level: int) -> None:
    assert log_level(_cf(value)) == level
    assert log_level(Cf("x", {}, (), (), (), {}, 1)) == 9
