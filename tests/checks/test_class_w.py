from __future__ import annotations

import pytest

from tests.checks.cases import Case, finds, judge, passes, unknown
from tests.checks.healthy import changed, healthy, leads_to
from tests.checks.routes import answered, here, refused, unsure
from wizard.facts.model import Classes
from wizard.model import Severity

CHECK = "relay.class-w"
LIST = "/etc/mail/local-host-names:2"
BOTH = (
    here("root@example.com", "class w", place=LIST),
    refused("nobody-here@example.com", "class w"),
)
NAMED = Classes(("example.com",), ())
CASES = (
    passes("all leaves", healthy(), "5 names", "to hub.example.org"),
    passes(
        "refused",
        answered(refused("root@example.com", "class w"), classes=NAMED),
        "or is refused",
    ),
    finds(
        "a mail domain",
        answered(*BOTH, classes=NAMED),
        Severity.BLOCKER,
        f"{LIST}  example.com",
        "sendmail -bv root@example.com  root@example.com... deliverable: mailer local, user root",
        "out of /etc/mail/local-host-names",
        "`example.com  esmtp:[",
    ),
    finds(
        "names of this host itself",
        answered(
            here("root@localhost", "class w", place="sendmail.cf:9"),
            classes=Classes(("localhost",), ()),
        ),
        Severity.BLOCKER,
        "sendmail.cf:9  localhost",
        "Names of this host itself belong there.",
    ),
    finds(
        "made local by domaintable",
        answered(here("root@old.example", "domaintable", place="/etc/mail/domaintable:1")),
        Severity.BLOCKER,
        "/etc/mail/domaintable:1  old.example",
    ),
    finds(
        "two names",
        answered(*BOTH, here("root@example.net", "class w"), classes=NAMED),
        Severity.BLOCKER,
        "Mail for 2 names",
    ),
    unknown(
        "a map is missing",
        answered(unsure("root@example.com", "class w"), classes=NAMED),
        "missing map file",
    ),
    unknown("not asked for", changed("classes", w=("example.com",)), "$=w  example.com"),
    unknown(
        "too many",
        answered(
            leads_to("root@a.example", "class w"), left=("class w: 40 of 190 were not asked",)
        ),
        "40 of 190",
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_class_w(case: Case) -> None:
    judge(CHECK, case)
