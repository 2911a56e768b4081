"""What else the account could act by: each kind is found, and what is another's is not."""

from __future__ import annotations

import pytest

from tests.facts.paper_host import DIRECTORY, text
from tests.facts.test_undoers import Grepping
from wizard.facts.way_model import Passage, Trusted
from wizard.model import FileState, Kind, Process
from wizard.plans import Completed
from wizard.probes.proof import Target
from wizard.probes.staying import footholds

USERS = "root:x:0:0::/root:/bin/bash\nsendmail:x:997:996::/var/spool/mqueue:/usr/sbin/nologin\n"
GROUPS = "root:x:0:\nsendmail:x:996:\nsudo:x:27:hal\n"
CHILD = Process(7, 1, "sendmail", (997, 997, 997), "sendmail: server", exe="/usr/sbin/sendmail-mta")
STRANGER = Process(9, 1, "sendmail", (997, 997, 997), "nc -l 4444", exe="/bin/nc")
TARGET = Target("127.0.0.1:25", 997, 996, "sendmail", "", 0.0, None)


def found(
    files: dict[str, FileState] | None = None,
    *,
    passwd: str = USERS,
    group: str = GROUPS,
    status: Completed | None = None,
    processes: tuple[Process, ...] = (CHILD,),
    trusted: tuple[Passage, ...] = (),
) -> tuple[list[str], list[str]]:
    """On a host with these files, by path."""
    laid = dict.fromkeys(("/etc", "/etc/sudoers.d", "/etc/cron.d"), DIRECTORY) | (files or {})
    answers = {
        "/usr/bin/getent passwd": Completed(0, passwd.encode()),
        "/usr/bin/getent group": Completed(0, group.encode()),
        "/usr/bin/passwd -S sendmail": status or Completed(0, b"sendmail L 2026-11-22 0 99999\n"),
    }
    host = Grepping(laid, answers, processes)
    account = footholds.Account(host, TARGET, Trusted(trusted), ("/var/spool/mqueue",))
    return footholds.found(account)


def test_a_plain_account_has_none() -> None:
    sudoers = "Defaults env_reset\nroot ALL=(ALL:ALL) ALL\n%sudo ALL=(ALL:ALL) ALL\n"
    cron = "*/20 * * * * smmsp test -x /x && mail sendmail \n"
    files = {"/etc/sudoers": text(sudoers), "/etc/cron.d/sendmail": text(cron)}
    assert found(files) == ([], [])


@pytest.mark.parametrize(
    ("path", "content", "says"),
    [
        ("/etc/sudoers", "sendmail ALL=(ALL) NOUSERS: ALL\n", "/etc/sudoers:1  sendmail ALL"),
        ("/etc/sudoers.d/x", "hal, sendmail ALL = /bin/x\n", "may act as another"),
        ("/etc/sudoers", "%sendmail ALL=(ALL) ALL\n", "%sendmail"),
        ("/etc/sudoers", "#997 ALL=(ALL) ALL\n", "#997"),
        ("/etc/sudoers", "ALL ALL=(root) /bin/mount\n", "ALL ALL"),
        ("/etc/sudoers", "User_Alias OPS = hal,sendmail\n", "User_Alias"),
        ("/etc/doas.conf", "permit nopass sendmail as root\n", "permit"),
        ("/etc/cron.d/x", "@daily sendmail /bin/true\n", "cron runs it as sendmail"),
        ("/etc/crontab", "1 2 * * * sendmail /bin/true\n", "/etc/crontab:1"),
        ("/var/spool/cron/crontabs/sendmail", "", "crontabs/sendmail: cron runs it"),
        ("/var/spool/mqueue/.ssh/authorized_keys", "", "may log in as sendmail"),
        ("/etc/cron.d/x", "@daily root sh /var/spool/mqueue/x\n", "root runs what lies there"),
    ],
)
def test_each_file_that_is_a_foothold(path: str, content: str, says: str) -> None:
    (line,), unseen = found({path: text(content)})
    assert says in line
    assert unseen == []


def test_a_job_of_at_is_known_by_its_owner() -> None:
    job = FileState(Kind.FILE, 0o700, 997, 996, content=b"")
    assert "at runs it" in found({"/var/spool/cron/atjobs/a0001": job})[0][0]


def test_a_process_that_is_not_sendmails() -> None:
    assert found(processes=(CHILD, STRANGER))[0] == [
        "pid 9  nc -l 4444: runs as sendmail and is not Sendmail's"
    ]


def test_a_shell_a_password_and_others_in_its_group() -> None:
    passwd = USERS.replace("/usr/sbin/nologin", "/bin/sh") + "eve:x:1001:996::/:/bin/sh\n"
    passwd += "twin:x:997:1002::/:/bin/false\n"
    group = GROUPS.replace("sendmail:x:996:", "sendmail:x:996:mallory") + "adm:x:4:sendmail\n"
    lines, _unseen = found(passwd=passwd, group=group, status=Completed(0, b"sendmail P x\n"))
    told = "\n".join(lines)
    for says in ("shell /bin/sh", "not locked", "eve  gid 996", "twin  uid 997", "mallory", "adm"):
        assert says in told
    assert len(lines) == 6


def test_a_password_that_cannot_be_asked_for_is_unseen() -> None:
    lines, unseen = found(status=Completed(1, b"", b"passwd: no such user\n"))
    assert (lines, len(unseen)) == ([], 1)


def test_a_program_that_makes_anybody_the_account() -> None:
    program = FileState(Kind.FILE, 0o4755, 997, 0)
    way = Passage("/usr/bin/x", "program", (("/usr/bin/x", program),))
    assert "anybody who runs it becomes sendmail" in found(trusted=(way,))[0][0]
