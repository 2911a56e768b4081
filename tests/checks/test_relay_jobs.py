from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.checks.cases import Case, finds, judge, passes, unknown
from tests.checks.healthy import healthy, leads_to
from wizard.api import Subject
from wizard.facts.mail_model import Destination, Job, Jobs, Resolution, Route
from wizard.facts.model import Unknown
from wizard.model import Severity

CHECK = "relay.jobs"
CRON = Job("/etc/cron.d/backup:3", "25 6 * * * root backup …", "root")
DAILY = Job("/etc/crontab:19", "25 6 * * * root test …", "root")
SUBMITTED = leads_to("root", "job", "relay", "[127.0.0.1]")
HUB = Route("root", SUBMITTED, leads_to("root@relay1.example.net", "job"))
HERE = Resolution(
    "root@relay1.example.net",
    "job",
    "",
    (Destination("local", "", "root"),),
    ("root... deliverable: mailer local, user root",),
)
REFUSED = Resolution("nobody9", "job", "", (), ("nobody9... User unknown",))
TO_HUB = leads_to("root", "job", "relay", "hub.example.org")
TO_SELF = leads_to("root", "job", "relay", "relay1.example.net.")
DEAF = Resolution("root", "job", "", (), (), "451 access: unsafe map file")


def _jobs(*routes: Route, jobs: tuple[Job, ...] = (DAILY, CRON), **more: object) -> Subject:
    changes = {"jobs": Jobs(jobs, routes=routes, left_out=())}
    return healthy(**{**changes, **more})


CASES = (
    passes("no jobs", _jobs(jobs=()), "No job mails anybody"),
    passes("root goes to the hub", _jobs(HUB), "2 jobs: root → hub.example.org"),
    passes("no MSP", _jobs(replace(HUB, submitted=None)), "hub.example.org"),
    passes(
        "the MSP sends it to the hub itself", _jobs(Route("root", TO_HUB, HERE)), "hub.example.org"
    ),
    finds(
        "root's mail stays",
        _jobs(Route("root", SUBMITTED, HERE)),
        Severity.BLOCKER,
        "2 jobs would have mail for root delivered on this host",
        "/etc/cron.d/backup:3  25 6",
        "-bv root@relay1.example.net  root... deliverable: mailer local",
        "root: root@",
    ),
    finds(
        "the MSP sends it to this very host", _jobs(Route("root", TO_SELF, HERE)), Severity.BLOCKER
    ),
    finds(
        "whose names are not known",
        _jobs(Route("root", TO_HUB, HERE), classes=Unknown("dark")),
        Severity.BLOCKER,
    ),
    finds(
        "nor its mailers", _jobs(Route("root", None, HERE), cf=Unknown("dark")), Severity.BLOCKER
    ),
    finds("refused", _jobs(Route("root", REFUSED, REFUSED)), Severity.WARNING, "User unknown"),
    finds(
        "many",
        _jobs(Route("root", None, HERE), jobs=(CRON,) * 9),
        Severity.BLOCKER,
        "9 jobs",
        "4 more jobs that mail root",
    ),
    unknown(
        "a crontab out of reach",
        healthy(jobs=Jobs((), ("/var/spool/cron/crontabs: Permission denied",))),
        "crontabs",
        "as root",
    ),
    unknown(
        "a recipient not asked for",
        healthy(jobs=Jobs((), left_out=("'$ADMIN'  is not",))),
        "$ADMIN",
    ),
    unknown("no answer", _jobs(Route("root", SUBMITTED, DEAF)), "unsafe map file"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_relay_jobs(case: Case) -> None:
    judge(CHECK, case)
