from __future__ import annotations

import pytest

from tests.checks.cases import Case, finds, judge, passes, unknown
from tests.checks.healthy import healthy, leads_to
from tests.checks.routes import cf, here, unsure
from wizard.api import Subject
from wizard.facts.mail_model import Destination, Resolution, Resolutions
from wizard.facts.model import Unknown
from wizard.model import Severity

CHECK = "relay.queue-local"
PLACE = "/var/spool/mqueue/qf6AMBlU0S000310:12"
TO = '"|/usr/local/bin/ticket"'
PROGRAM = Resolution(TO, "queue", PLACE, (Destination("prog", "", TO),), (TO,))


def waits(*answers: Resolution, left: tuple[str, ...] = ()) -> Subject:
    return healthy(queued=Resolutions(answers, left), cf=cf())


CASES = (
    passes("an empty queue", waits(), "nothing waits"),
    passes("to the hub", waits(leads_to("bob", "queue")), "1 recipient asked for"),
    finds("a program", waits(PROGRAM), Severity.BLOCKER, f"{PLACE}  R {TO}: mailer prog"),
    finds(
        "two accounts",
        waits(here("bob", "queue", place=PLACE), here("\\eve", "queue"), left=("queue: x",)),
        Severity.BLOCKER,
        "2 recipients of this host",
        f"{PLACE}  R bob: bob... deliverable: mailer local",
    ),
    unknown("no answer", waits(unsure("bob", "queue")), "missing map file"),
    unknown("too many", waits(left=("queue: 3 recipients were not asked for",)), "3 recipients"),
    unknown("not known", healthy(queued=Unknown("grep: denied")), "denied"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_queue_local(case: Case) -> None:
    judge(CHECK, case)
