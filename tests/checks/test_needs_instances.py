from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.checks.cases import Case, finds, judge, passes, unknown
from tests.checks.healthy import changed, facts, healthy
from wizard.api import Subject
from wizard.facts.model import Instance, Unknown
from wizard.model import Severity

CHECK = "needs.instances"
TITLE = "sendmail: MTA: accepting connections"
MAIN = Instance(
    412,
    0,
    TITLE,
    "daemon",
    "/run/sendmail/mta/sendmail.pid",
    "/usr/sbin/sendmail-mta -Am -L sm-mta -bd -q10m",
)
OUT = Instance(
    708,
    0,
    TITLE,
    "daemon",
    "/run/sendmail/out.pid",
    "/usr/sbin/sendmail -C /etc/mail/out.cf -bd",
    "/etc/mail/out.cf",
    "/var/spool/mqout",
)
CLIENT = Instance(
    597,
    102,
    "sendmail: Queue runner@00:20:00 for /var/spool/mqueue-client",
    "queue runner",
    queue="/var/spool/mqueue-client",
)
UNIT = "/etc/systemd/system/out.service:6  ExecStart=/usr/sbin/sendmail -C /etc/mail/out.cf -bd"


def _running(*instances: Instance) -> Subject:
    return changed("daemons", instances=instances)


CASES = (
    passes("one", _running(MAIN, CLIENT), "pid 412"),
    passes("one by its full cf", _running(replace(MAIN, cf="/etc/mail/sendmail.cf"))),
    finds(
        "two",
        _running(MAIN, OUT, CLIENT),
        Severity.OVERRIDABLE,
        "2 Sendmail processes have a cf and a queue of their own",
        "-C /etc/mail/out.cf",
        "pid 708",
    ),
    finds(
        "two on one queue",
        _running(MAIN, replace(OUT, queue="/var/spool/mqueue")),
        Severity.BLOCKER,
        "share a queue",
    ),
    finds("two of one cf", _running(MAIN, replace(MAIN, pid=500, command="")), Severity.BLOCKER),
    finds("its queue is not known", _running(MAIN, replace(OUT, queue="")), Severity.BLOCKER),
    finds(
        "a runner with another cf",
        _running(MAIN, replace(OUT, kind="queue runner")),
        Severity.OVERRIDABLE,
        "mqout",
    ),
    finds("only another cf runs", _running(OUT), Severity.BLOCKER, "reads another cf"),
    passes(
        "harmless options",
        _running(
            replace(MAIN, command=f"{MAIN.command} -OPidFile=/x -O DaemonPortOptions=Port=25")
        ),
    ),
    passes("the MSP's own", _running(MAIN, replace(CLIENT, command="/x -Ac -q -OLogLevel=1"))),
    finds(
        "options of its own",
        _running(replace(MAIN, command=f"{MAIN.command} -OAlias=/etc/al2 -oJ/x -MHrelay:h")),
        Severity.BLOCKER,
        "options that the cf does not have",
        "AliasFile=/etc/al2, ForwardPath=/x, $Hrelay:h",
    ),
    finds("a unit", changed("ground", other_cf=(UNIT,)), Severity.WARNING, UNIT),
    unknown("hidden processes", changed("daemons", unseen="hidepid"), "hidepid"),
    unknown(
        "units not read",
        changed("ground", unknown={"other_cf": Unknown("/etc/x: denied")}),
        "/etc/x: denied",
    ),
    unknown("daemons not known", healthy(daemons=Unknown("dark"), ground=facts().ground), "dark"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_needs_instances(case: Case) -> None:
    judge(CHECK, case)
