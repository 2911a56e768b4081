from __future__ import annotations

import pytest

from tests.checks.cases import Case, finds, judge, passes, unknown
from tests.checks.healthy import MASTER, changed, healthy
from wizard.facts.model import Daemons, Listener, Sendmail
from wizard.model import Severity

CHECK = "host.sendmail"


def _on(port: int, address: str = "::") -> Listener:
    return Listener(address, port, MASTER.pid, MASTER.title, MASTER.exe)


POSTFIX = Listener("0.0.0.0", 25, 99, "master", "/usr/lib/postfix/sbin/master")
HOP = Listener("127.0.0.2", 25, 77, "hop", "/usr/bin/python3")
UNSEEN = Listener("0.0.0.0", 25, 0, "", "")
LOOKALIKE = Sendmail("/usr/lib/postfix/sbin/sendmail", False, says="sendmail: fatal: -d0.1")
CASES = (
    passes("sendmail on 25", healthy(), "8.17.1.9 on 0.0.0.0:25"),
    finds("a lookalike", healthy(sendmail=LOOKALIKE), Severity.BLOCKER, "not Sendmail", "fatal"),
    finds("nobody", changed("daemons", listeners=()), Severity.BLOCKER, "Nobody listens"),
    finds("not running", healthy(daemons=Daemons((), ())), Severity.BLOCKER, "no Sendmail process"),
    finds("587 only", changed("daemons", listeners=(_on(587),)), Severity.BLOCKER, "Nobody"),
    finds("postfix on 25", changed("daemons", listeners=(POSTFIX,)), Severity.BLOCKER, "Another"),
    finds("both", changed("daemons", listeners=(_on(25), POSTFIX)), Severity.WARNING, "postfix"),
    passes("beside a next hop", changed("daemons", listeners=(_on(25), HOP)), "on [::]:25"),
    finds("hidden", changed("daemons", listeners=(_on(25, "::1"), POSTFIX)), Severity.BLOCKER),
    finds("a hop alone", changed("daemons", listeners=(HOP,)), Severity.BLOCKER, "127.0.0.2"),
    unknown("owner unseen", changed("daemons", listeners=(UNSEEN,)), "as root"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_host_sendmail(case: Case) -> None:
    judge(CHECK, case)
