from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.checks.cases import Case, finds, judge, passes, unknown
from tests.checks.healthy import changed, facts, healthy
from wizard.api import Subject
from wizard.facts.model import Instance, Unknown
from wizard.model import Severity

CHECK = "needs.queue-runner"
TITLE = "sendmail: MTA: Queue runner@00:15:00 for /var/spool/mqueue"
CLIENT = "/var/spool/mqueue-client"
RUNNER = Instance(651, 0, TITLE, "queue runner", queue="/var/spool/mqueue")
DAEMON = Instance(412, 0, "sendmail: MTA: accepting connections", "daemon")
MSP = Instance(
    597, 102, f"sendmail: MSP: Queue runner@00:20:00 for {CLIENT}", "queue runner", queue=CLIENT
)
PERSISTENT = Instance(714, 0, "sendmail: MTA: Queue control", "queue runner")


def _running(*instances: Instance) -> Subject:
    return changed("daemons", instances=(DAEMON, *instances))


CASES = (
    passes("the daemon alone", _running()),
    passes("the MSP's", _running(MSP)),
    finds("the MTA's", _running(MSP, RUNNER), Severity.OVERRIDABLE, "pid 651", TITLE, "QUEUE_MODE"),
    finds("a persistent one", _running(PERSISTENT), Severity.OVERRIDABLE, "pid 714"),
    finds("one that has stepped down", _running(replace(RUNNER, uid=433)), Severity.OVERRIDABLE),
    finds(
        "queues not known",
        healthy(daemons=replace(facts().daemons, instances=(RUNNER,)), queues=Unknown("dark")),
        Severity.OVERRIDABLE,
    ),
    unknown("hidden processes", changed("daemons", unseen="hidepid"), "hidepid"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_needs_queue_runner(case: Case) -> None:
    judge(CHECK, case)
