from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.checks.cases import Case, finds, judge, passes, unknown
from tests.checks.healthy import STOCK, healthy
from wizard.api import Subject
from wizard.facts.mail_model import AliasDifference, Aliases
from wizard.model import Severity

CHECK = "relay.alias-db"
GONE = AliasDifference("ticket", 0, "", "|/bin/ticket")
OTHER = AliasDifference("noc", 12, "noc@example.org", "root")
NEW = AliasDifference("new", 13, "new@example.org", "")


def _file(*unlike: AliasDifference, **fields: object) -> Subject:
    changes = {"database": "/etc/aliases.db", "unlike": unlike, "unlike_total": len(unlike)}
    return healthy(aliases=Aliases((replace(STOCK, **{**changes, **fields}),), ()))


CASES = (
    passes("no database", healthy(), "No alias database differs", "read as text"),
    passes("they agree", _file(), "Alias text and database agree"),
    finds("one only in the database", _file(GONE), Severity.WARNING, "aliases.db  ticket: |/bin"),
    finds("another value", _file(OTHER), Severity.WARNING, "aliases:12  noc: noc@", ".db: root"),
    finds("one only in the text", _file(NEW, GONE), Severity.WARNING, "not there", "2 aliases"),
    finds(
        "never built",
        _file(database="", unbuilt=True, place="/etc/mail/sendmail.cf:189"),
        Severity.WARNING,
        "sendmail.cf:189  /etc/aliases was never built",
        "Run newaliases.",
    ),
    finds(
        "a source that is none",
        healthy(aliases=Aliases((STOCK,), (), (), ("/sw:3  aliases come from x too",))),
        Severity.WARNING,
        "/sw:3",
    ),
    unknown("a torn database", healthy(aliases=Aliases((STOCK,), ("/a.db  makemap",))), "makemap"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_alias_db(case: Case) -> None:
    judge(CHECK, case)
