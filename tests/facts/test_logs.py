from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.facts.paper_host import DIRECTORY, PaperHost, text
from wizard.facts.cf_model import Cf, CfMailer
from wizard.facts.clock import DATE
from wizard.facts.log.stamps import parse_stamp
from wizard.facts.logs import gather, log_level
from wizard.plans import Completed
from wizard.platforms.debian import Debian

DAY = 86_400
MTIME = int(datetime(2026, 1, 3, tzinfo=UTC).timestamp())
NEAR = datetime(2026, 1, 3, tzinfo=UTC)
RELAYED = "4A: to=<a@example.org>, delay=0, mailer=esmtp, relay=hub, stat=Sent (ok)"
KEPT = "4B: to=root, ctladdr=root (0/0), delay=0, mailer=local, pri=1, dsn=2.0.0, stat=Sent"
KEPT_ALONE = f"somewhere sm-mta: {KEPT}"
DEBIAN = Debian("Debian", "systemd")
JOURNAL = "/usr/bin/journalctl --no-pager -o short-iso SYSLOG_FACILITY=2"


def _cf(level: str = "9") -> Cf:
    return Cf("/etc/mail/sendmail.cf", {"LogLevel": (level,)}, (), (), (), {}, 1)


def _line(stamp: str, what: str = RELAYED, tag: str = "sm-mta[12]") -> str:
    return f"{stamp} relay1 {tag}: {what}\n"


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


def test_recipients_over_rotated_logs_the_most_recent_first() -> None:
    al = KEPT.replace("to=root", 'to="|/usr/bin/x, y"').replace("local", "prog")
    host = PaperHost(
        {
            "/var/log/mail.log": text(_line("Jan  1 06:00:00", KEPT), MTIME),
            "/var/log/mail.log-20251230": text(_line("Dec 29 06:00:00", al), MTIME - 4 * DAY),
            "/var/log/mail.log-20251228": text(_line("Dec 27 06:00:00", KEPT) * 2, MTIME - 6 * DAY),
            "/var/log/mail.logwatch": text(_line("Jan  1 06:00:00", KEPT)),
            "/var/log/mail.log.d/x": text("x"),
        },
        {str(DATE): Completed(0, str(MTIME + DAY).encode())},
    )
    host.files["/var/log/mail.log.d"] = DIRECTORY
    logs = gather(host, DEBIAN, _cf())
    assert [(r.address, r.mailer, r.count, r.last, r.place) for r in logs.recipients] == [
        ("root", "local", 3, "Jan  1 06:00:00", "/var/log/mail.log:1"),
        ('"|/usr/bin/x, y"', "prog", 1, "Dec 29 06:00:00", "/var/log/mail.log-20251230:1"),
    ]
    assert (logs.local, logs.more_recipients, logs.days_ago) == (4, 0, 2.75)
    assert logs.files[0].mailers == {"local": 1}


def test_a_mailer_of_the_cf_that_delivers_here_counts() -> None:
    line = _line("Jan  1 06:00:00", KEPT.replace("local", "cyrus"))
    host = PaperHost({"/var/log/mail.log": text(line, MTIME)})
    cyrus = CfMailer("cyrus", "/usr/cyrus/deliver", "lsDF", "deliver", 1)
    assert gather(host, DEBIAN, _cf()).local == 0
    assert gather(host, DEBIAN, replace(_cf(), mailers=(cyrus,))).local == 1


def test_where_syslog_writes_is_looked_at_and_what_it_sends_away_is_told() -> None:
    host = PaperHost(
        {
            "/etc/rsyslog.conf": text("mail.* -/srv/log/mta\nmail.* @loghost\n"),
            "/srv/log/mta": text(_line("Jan  1 06:00:00", KEPT), MTIME),
            "/srv/log/mta.1": text(_line("Jan  1 05:00:00"), MTIME),
        }
    )
    logs = gather(host, DEBIAN, _cf())
    assert [file.path for file in logs.files] == ["/srv/log/mta", "/srv/log/mta.1"]
    assert logs.elsewhere == ("/etc/rsyslog.conf:2  mail.* @loghost",)


def test_two_logs_of_the_same_mail_are_not_added_up() -> None:
    lines = text(_line("Jan  1 06:00:00", KEPT) + _line("Jan  1 07:00:00"), MTIME)
    host = PaperHost({"/var/log/mail.log": lines, "/var/log/maillog": lines})
    logs = gather(host, DEBIAN, _cf())
    assert (len(logs.files), logs.deliveries, logs.local) == (2, 2, 1)
    assert logs.recipients[0].count == 1


def test_local_mail_without_a_time_is_not_old() -> None:
    host = PaperHost(
        {
            "/var/log/mail.log": text(f"{KEPT_ALONE}\n{_line('Jan  1 06:00:00')}", MTIME),
            "/var/log/mail.log.1": text(_line("Dec 1 06:00:00", KEPT), MTIME - 9 * DAY),
        }
    )
    logs = gather(host, DEBIAN, _cf())
    assert (logs.local, logs.days_since_local) == (2, None)


def test_what_is_no_text_is_unknown() -> None:
    noise = replace(text("x", MTIME), content=bytes(range(32)) * 40)
    host = PaperHost({"/var/log/mail.log": noise})
    assert "not text" in gather(host, DEBIAN, _cf()).unreadable[0]


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
        f"{JOURNAL} -n 200000": Completed(0, (oldest + kept).encode()),
    }
    return PaperHost({"/usr/bin/journalctl": text("")}, answers)


def test_the_journal_is_asked_where_there_are_no_files() -> None:
    host = _journal(_line("2026-01-03T08:00:00+0000", "quit"))
    logs = gather(host, DEBIAN, _cf())
    assert [(file.path, file.deliveries, file.local.total) for file in logs.files] == [
        ("journal", 2, 1)
    ]
    assert (logs.days, logs.days_since_local) == (10.0, 1.0)


def test_files_and_the_journal_may_tell_of_the_same_mail() -> None:
    host = _journal(_line("2026-01-03T08:00:00+0000", "x"))
    host.files["/var/log/mail.log"] = text(_line("Nov  1 06:00:00"), MTIME - 60 * DAY)
    logs = gather(host, DEBIAN, _cf())
    assert [f.path for f in logs.files] == ["/var/log/mail.log", "journal"]
    assert (logs.deliveries, logs.local, logs.first) == (2, 1, "Nov  1 06:00:00")


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
