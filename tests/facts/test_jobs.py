"""Jobs and whom they mail, on paper."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.facts.paper_host import DIRECTORY, PaperHost, link, text
from wizard.facts import jobs
from wizard.facts.job import crontabs
from wizard.facts.job import sources as job_sources
from wizard.facts.mail_model import Jobs
from wizard.model import FileState, Identity, Kind, Mode
from wizard.plans import Command, Completed
from wizard.platforms.debian import Debian

USERS = "/var/spool/cron/crontabs"
DEBIAN = Debian("Debian", "systemd")
CRONTAB = """\
# m h dom mon dow user command
SHELL=/bin/sh
17 *\t* * *\troot    cd / && run-parts --report /etc/cron.hourly
MAILTO="ops@example.org, root"
-*/5 1-3 * jan,feb mon-fri  www-data:www curl -u me:secret https://example.org/
@daily bob  run
MAILTO=
@hourly bob  silent
MAILTO = 'kim'
1 2 3 4 5 bob nightly >> /dev/null 2>&1
1 2 3 4 5 bob a; b >/dev/null 2>&1
1 2 3 4 5 bob loud 2>&1 >/dev/null
not a job
"""


class Host(PaperHost):
    """Answers grep as it would for its files, and -bv as a relay with a hub."""

    euid = 0

    def identity(self) -> Identity:
        return Identity("relay1.example.net", "0" * 16, self.euid, "u", Mode.LIVE)

    def probe(self, command: Command) -> Completed:
        words = command.argv
        if words[0] == "/bin/grep":
            return self._grep(words[words.index("-e") + 1], words[words.index("--") + 1 :])
        address = words[-1]
        if "gone" in address:
            return Completed(67, f"{address}... User unknown\n".encode())
        if words[2].endswith("submit.cf"):
            full = address if "@" in address else f"{address}@relay1.example.net"
            where = f"mailer relay, host [127.0.0.1], user {full}"
        else:
            where = f"mailer esmtp, host hub.example.org, user {address}"
        return Completed(0, f"{address}... deliverable: {where}\n".encode())

    def _grep(self, pattern: str, paths: tuple[str, ...]) -> Completed:
        found = [
            f"{path}\0{number}:{line}"
            for path in paths
            for number, line in enumerate(self.files[path].text().splitlines(), 1)
            if re.search(pattern, line, re.IGNORECASE)
        ]
        return Completed(0 if found else 1, "\n".join(found).encode())


def _gather(files: dict[str, str | FileState], locked: tuple[str, ...] = ()) -> Jobs:
    made = {path: text(one) if isinstance(one, str) else one for path, one in files.items()}
    made["/etc/mail/submit.cf"] = text("")
    return jobs.gather(Host(made, locked=locked), DEBIAN)


def _mailed(found: Jobs) -> set[tuple[str, str]]:
    return {(job.place, job.recipient) for job in found.jobs}


def test_a_system_crontab() -> None:
    found = _gather({"/etc/crontab": CRONTAB})
    assert _mailed(found) == {
        ("/etc/crontab:3", "root"),
        ("/etc/crontab:5", "ops@example.org"),
        ("/etc/crontab:5", "root"),
        ("/etc/crontab:6", "ops@example.org"),
        ("/etc/crontab:6", "root"),
        ("/etc/crontab:11", "kim"),
        ("/etc/crontab:12", "kim"),
    }
    assert "secret" not in "".join(job.text for job in found.jobs)
    assert found.jobs[1].text == "-*/5 1-3 * jan,feb mon-fri www-data:www curl …"


def test_crontabs_of_users_anacron_and_at() -> None:
    found = _gather(
        {
            f"{USERS}/kim": "# comment\n5 4 * * * /usr/bin/backup\n",
            f"{USERS}/.placeholder": "1 1 1 1 1 x\n",
            "/etc/cron.d/old.dpkg-dist": "1 1 1 1 1 root x\n",
            "/etc/cron.d/x": "MAILTO=kim\n@reboot root x\n",
            "/etc/anacrontab": "MAILTO=joe\n1\t5\tcron.daily\trun-parts /etc/cron.daily\n",
            "/var/spool/cron/atjobs/a000010210a6f2": "#!/bin/sh\n# atrun uid=0\n# mail ann 0\nx\n",
            "/var/spool/cron/atjobs/a000010210a6f3": "#!/bin/sh\n# atrun uid=0\n# mail ann -1\nx\n",
        }
    )
    assert _mailed(found) == {
        (f"{USERS}/kim:2", "kim"),
        ("/etc/cron.d/x:2", "kim"),
        ("/etc/anacrontab:2", "joe"),
        ("/var/spool/cron/atjobs/a000010210a6f2:3", "ann"),
    }


def test_a_users_link_is_not_followed_and_a_pipe_not_read() -> None:
    found = _gather(
        {
            f"{USERS}/kim": link("/etc/shadow"),
            "/etc/shadow": "1 2 3 4 5 secret\n",
            f"{USERS}/joe": FileState(Kind.OTHER),
            "/etc/cron.d/linked": link("/opt/job"),
            "/opt/job": "@daily root x\n",
        }
    )
    assert _mailed(found) == {("/etc/cron.d/linked:1", "root")}


def test_what_cannot_be_read_is_told_and_loses_nothing_else() -> None:
    big = FileState(Kind.FILE, size=job_sources.FILE_LIMIT + 1)
    found = _gather(
        {"/etc/crontab": "@daily root x\n", USERS: DIRECTORY, "/etc/cron.d/big": big},
        locked=(USERS,),
    )
    assert _mailed(found) == {("/etc/crontab:1", "root")}
    told = {line.split(":")[0].rstrip("/") for line in found.unreadable}
    assert told == {"/etc/cron.d/big", USERS}


@pytest.mark.parametrize(
    ("path", "line", "recipients"),
    [
        ("/etc/logwatch/conf/logwatch.conf", "MailTo = ops@example.org", ["ops@example.org"]),
        ("/etc/logwatch/conf/logwatch.conf", "#MailTo = x", []),
        ("/etc/apt/apt.conf.d/50u", 'Unattended-Upgrade::Mail "kim";', ["kim"]),
        ("/etc/apt/apt.conf.d/50u", '//Unattended-Upgrade::Mail "kim";', []),
        ("/etc/apt/apt.conf.d/50u", 'Unattended-Upgrade::MailReport "always";', []),
        ("/etc/mdadm/mdadm.conf", "MAILADDR root  # who", ["root"]),
        ("/etc/smartd.conf", "DEVICESCAN -d removable -m root,kim -M exec /x", ["root", "kim"]),
        ("/etc/smartd.conf", "DEVICESCAN -m <nomailer> -M exec /x", []),
        ("/etc/smartd.conf", "# /dev/sda -m kim", []),
        ("/etc/fail2ban/jail.local", "destemail = kim@example.org", ["kim@example.org"]),
        ("/etc/default/aide", 'MAILTO="root"', ["root"]),
        ("/etc/logcheck/logcheck.conf", 'SENDMAILTO="logcheck"', ["logcheck"]),
        (
            "/etc/monit/monitrc",
            "set alert kim@example.org only on { timeout }",
            ["kim@example.org"],
        ),
        ("/etc/default/rkhunter", "REPORT_EMAIL='root'", ["root"]),
        ("/etc/audit/auditd.conf", "action_mail_acct = root", ["root"]),
        ("/etc/zfs/zed.d/zed.rc", 'ZED_EMAIL_ADDR="root"', ["root"]),
        ("/etc/dnf/automatic.conf", "email_to = root, kim", ["root", "kim"]),
        ("/etc/apcupsd/apccontrol", "export SYSADMIN=root", ["root"]),
        ("/etc/periodic.conf", 'daily_output="/var/log/daily.log"', []),
    ],
)
def test_settings_of_programs(path: str, line: str, recipients: list[str]) -> None:
    found = _gather({path: f"x\n{line}\n"})
    assert [job.recipient for job in found.jobs] == recipients
    assert {job.place for job in found.jobs} <= {f"{path}:2"}


def test_what_overrides_counts() -> None:
    found = _gather(
        {
            "/etc/logwatch/conf/logwatch.conf": "MailTo = ops@example.org\n",
            "/usr/share/logwatch/default.conf/logwatch.conf": "MailTo = root\n",
            "/etc/apt/apt.conf.d/50unattended-upgrades": 'Unattended-Upgrade::Mail "root";\n',
            "/etc/apt/apt.conf.d/52local": 'Unattended-Upgrade::Mail "kim";\n',
        }
    )
    assert [job.recipient for job in found.jobs] == ["ops@example.org", "kim"]


# --- where it goes ----------------------------------------------------------------------------


def test_the_msp_is_asked_and_then_the_mta() -> None:
    (route,) = _gather({"/etc/crontab": "@daily root x\n@weekly root y\n"}).routes
    assert route.submitted is not None
    assert route.submitted.destinations[0].user == "root@relay1.example.net"
    assert route.resolved.address == "root@relay1.example.net"
    assert route.resolved.destinations[0].host == "hub.example.org"


def test_without_a_msp_the_mta_is_asked_at_once() -> None:
    (route,) = jobs.gather(Host({"/etc/crontab": text("@daily root x\n")}), DEBIAN).routes
    assert (route.submitted, route.resolved.address) == (None, "root")


def test_a_recipient_that_the_msp_refuses() -> None:
    (route,) = _gather({"/etc/crontab": "@daily gone x\n"}).routes
    assert route.resolved.destinations == ()


@pytest.mark.parametrize("to", ["-bd", "|/bin/x", "$ADMIN", "a b", "%(who)s", "x;y", "a\x07b"])
def test_what_is_no_address_is_not_asked_for(to: str) -> None:
    found = _gather({"/etc/crontab": f'MAILTO="{to}"\n@daily root x\n'})
    assert found.routes == ()
    assert len(found.left_out) == 1
    assert found.left_out[0].startswith("/etc/crontab:2  ")


def test_too_many_recipients_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "RECIPIENTS", 2)
    found = _gather({"/etc/crontab": "MAILTO=a,b,c\n@daily root x\n"})
    assert [route.recipient for route in found.routes] == ["a", "b"]
    assert found.left_out[0].startswith("c ")
    monkeypatch.setattr(job_sources, "JOBS", 2)
    assert (
        "beyond 2 jobs" in _gather({"/etc/crontab": "MAILTO=a,b,c\n@daily root x\n"}).unreadable[0]
    )


def test_without_root_no_answer_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Host, "euid", 1000)
    found = _gather({"/etc/crontab": "@daily root x\n"})
    assert found.routes == ()
    assert "anybody but root" in found.left_out[0]


@given(st.lists(st.text()))
def test_no_crontab_is_too_nasty(lines: list[str]) -> None:
    list(crontabs.system("/etc/crontab", lines))
    list(crontabs.of_user("/x", "kim", lines))
    list(crontabs.anacron("/x", lines))
    list(crontabs.at_job("/x", lines))
