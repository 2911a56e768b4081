from __future__ import annotations

from struct import pack
from typing import Any

import pytest
from msgspec.structs import replace

from tests.checks.cases import Case, finds, judge, passes, result_of, skips, unknown, words
from tests.checks.healthy import facts, healthy
from wizard.api import Subject
from wizard.facts.acl import XATTR
from wizard.facts.model import Account, Accounts, Group, Unknown
from wizard.facts.way_model import Passage, Trusted
from wizard.model import FileState, Kind, Severity
from wizard.plans import Choices

CHECK = "account.escape"
ROOTS = FileState(Kind.DIRECTORY, 0o755)
FILE = FileState(Kind.FILE, 0o644)
SMMTA = 101
CF = "/etc/mail/sendmail.cf"


def way(path: str, role: str = "sendmail.cf", **states: FileState) -> Passage:
    """Root's all the way but for these: a name on the way, and its state."""
    names = path.split("/")[1:]
    paths = ["/", *("/" + "/".join(names[: n + 1]) for n in range(len(names)))]
    parts = [(one, FILE if one == path else ROOTS) for one in paths]
    laid = [(p, states.get(p.rpartition("/")[2].replace(".", "_"), s)) for p, s in parts]
    return Passage(path, role, tuple(laid))


def on(*ways: Passage, **choices: Any) -> Subject:
    """A host with these ways to what root trusts."""
    return healthy(trusted=Trusted(ways), choices=Choices(**choices))


def directory(mode: int, uid: int = 0, gid: int = 0) -> FileState:
    return FileState(Kind.DIRECTORY, mode, uid, gid)


def _with_account(subject: Subject, *more: Group) -> Subject:
    before = facts().accounts
    assert isinstance(before, Accounts)
    users = (*before.users, Account("sendmail", 990, 991, "/", "/bin/false"))
    accounts = Accounts(users, (*before.groups, Group("sendmail", 991, ()), *more), (100, 999))
    return replace(subject, facts=replace(subject.facts, accounts=accounts))


STOCK = way(CF, mail=directory(0o2755, SMMTA, 104))
"As Debian has it: smmta owns /etc/mail."
MAKEFILE = way("/etc/mail/Makefile", "Makefile", mail=directory(0o2755, SMMTA, 104))
ANYBODY = way("/usr/share/sendmail/sendmail", "Debian's script", share=directory(0o777))
GROUP_ACL = {XATTR: pack("<I", 2) + pack("<HHI", 2, 7, 990) + pack("<HHI", 16, 7, 0xFFFFFFFF)}
BY_ACL = replace(directory(0o775), xattrs=GROUP_ACL)
CASES = (
    passes("Debian's, which the plan mends", on(STOCK, MAKEFILE), "2 files, 3 directories"),
    finds(
        "smmta",
        on(STOCK, MAKEFILE, user="smmta"),
        Severity.BLOCKER,
        "/etc/mail  smmta:smmsp 2755, its owner: sendmail.cf, /etc/mail/sendmail.cf and 1 more",
        "could take RunAsUser out: root children after the next SIGHUP",
        "update_sys",
        "--user sendmail",
    ),
    passes("smmsp holds nothing", on(STOCK, user="smmsp")),
    finds(
        "a directory on the way that is open to all",
        on(ANYBODY),
        Severity.BLOCKER,
        "/usr/share  root:root 0777, anybody may write: Debian's script",
        "chmod o-w /usr/share",
    ),
    passes("a sticky one with root's file", on(way("/tmp/x.m4", tmp=directory(0o1777)))),
    finds(
        "a sticky one without it",
        on(way("/tmp/x.m4", "m4 macros", tmp=directory(0o1777), x_m4=FileState(Kind.ABSENT))),
        Severity.BLOCKER,
        "/tmp  root:root 1777, anybody may write: m4 macros, /tmp/x.m4; m4, run by root",
    ),
    finds(
        "left behind by an account of the same id",
        on(way("/opt/tls/relay.key", "TLS key", tls=directory(0o755, 988)), uid=988),
        Severity.BLOCKER,
        "/opt/tls  988:root 0755, its owner: TLS key",
        "chown root /opt/tls",
    ),
    finds(
        "its group, which exists",
        _with_account(on(way("/opt/tls/k", "TLS key", tls=directory(0o775, 0, 991)))),
        Severity.BLOCKER,
        "its group may write",
        "chmod g-w /opt/tls",
    ),
    finds(
        "an ACL",
        _with_account(on(way("/opt/tls/k", "TLS key", tls=BY_ACL))),
        Severity.BLOCKER,
        "an ACL lets it write",
        "setfacl -b /opt/tls",
    ),
    finds(
        "a file in /etc/mail with several links is not mended",
        on(way(CF, sendmail_cf=FileState(Kind.FILE, 0o666, nlink=2))),
        Severity.BLOCKER,
        "chmod o-w /etc/mail/sendmail.cf",
    ),
    passes("a file in /etc/mail that is", on(way(CF, sendmail_cf=FileState(Kind.FILE, 0o666)))),
    passes(
        "repair mends too",
        _with_account(on(way(CF, mail=directory(0o755, 990)), purpose="repair")),
    ),
    passes(
        "a file that repair gives back",
        _with_account(on(way(CF, sendmail_cf=FileState(Kind.FILE, 0o644, 990)), purpose="repair")),
    ),
    finds(
        "another group",
        _with_account(on(way(CF), purpose="repair"), Group("smmsp2", 992, ("sendmail",))),
        Severity.BLOCKER,
        "gpasswd -d sendmail",
    ),
    finds(
        "what repair does not mend",
        _with_account(
            on(way("/opt/a.m4", "m4 macros", opt=directory(0o755, 990)), purpose="repair")
        ),
        Severity.BLOCKER,
        "chown root /opt",
    ),
    skips("restore", on(ANYBODY, purpose="restore"), "root's again"),
    unknown("dark", healthy(trusted=Unknown("it is dark", "root")), "it is dark"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_account_escape(case: Case) -> None:
    judge(CHECK, case)


def test_a_place_is_told_once_with_the_weightiest_that_it_leads_to() -> None:
    subject = on(
        way("/etc/mail/x", "configuration", etc=directory(0o777)), way(CF, etc=directory(0o777))
    )
    told = words(result_of(CHECK, subject))
    assert told.count("/etc  root:root 0777") == 1
    assert "/etc  root:root 0777, anybody may write: sendmail.cf" in told
