from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.checks.cases import Case, finds, judge, passes
from tests.checks.healthy import changed, facts, healthy
from wizard.api import Subject
from wizard.facts.model import Unknown
from wizard.model import Severity

CHECK = "needs.user-database"


def _spec(value: str) -> Subject:
    return changed("cf", options={"UserDatabaseSpec": (value,)})


CASES = (
    passes("not set", changed("cf", options={})),
    finds(
        "in the mail directory", _spec("/etc/mail/userdb"), Severity.WARNING, "=/etc/mail/userdb"
    ),
    finds("elsewhere", _spec("/etc/userdb"), Severity.OVERRIDABLE, "may be unable to read"),
    finds("one of two", _spec("/etc/mail/u, /srv/u"), Severity.OVERRIDABLE),
    finds("on a server", _spec("@db.example.org"), Severity.OVERRIDABLE),
    finds("led away", _spec("/etc/mail/../userdb"), Severity.OVERRIDABLE),
    finds(
        "directory not known",
        healthy(
            cf=replace(facts().cf, options={"UserDatabaseSpec": ("/etc/mail/userdb",)}),
            map_files=Unknown("dark"),
        ),
        Severity.OVERRIDABLE,
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_needs_user_database(case: Case) -> None:
    judge(CHECK, case)
