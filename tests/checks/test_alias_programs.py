from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.checks.cases import Case, finds, judge, passes, unknown
from tests.checks.healthy import STOCK, alias_file, healthy
from wizard.api import Subject
from wizard.facts.mail_model import AliasEntry, Aliases
from wizard.model import Severity

CHECK = "relay.alias-programs"


def _aliases(*targets: str) -> Subject:
    lines = [(14 + n, "ticket", target) for n, target in enumerate(targets)]
    return healthy(aliases=Aliases((STOCK, alias_file(*lines)), ()))


PROGRAM = '"|/usr/local/bin/ticket --queue support"'
BROKEN = replace(STOCK, problems=("/etc/aliases:9  is no `name: value`: gibberish",))
STORED = AliasEntry("/etc/aliases.db", 0, "ticket", ("|/bin/x",), "ticket: |/bin/x", "database")
CASES = (
    passes("stock aliases", healthy(), "2 aliases, /etc/aliases"),
    passes("off-host", _aliases("ticket@hub.example.net", "root")),
    passes("no alias file", healthy(aliases=Aliases((), ())), "no alias file is in use"),
    finds("a program", _aliases(PROGRAM), Severity.BLOCKER, "/etc/aliases:14  ticket", "ticket@"),
    finds("unquoted", _aliases("|/bin/x"), Severity.BLOCKER, "An alias runs a program"),
    finds("blank first", _aliases('" | /bin/x"'), Severity.BLOCKER),
    finds("quoted inside", _aliases('|"/bin/x -a"'), Severity.BLOCKER),
    finds(
        "two", _aliases("|/bin/x", "|/bin/y"), Severity.BLOCKER, "2 aliases run", ":14 and 1 more"
    ),
    finds("behind a group", _aliases('Joe <"|/bin/x">'), Severity.BLOCKER),
    finds(
        "in the database only",
        healthy(aliases=Aliases((replace(STOCK, entries=(STORED,)),), ())),
        Severity.BLOCKER,
        "/etc/aliases.db  ticket: |/bin/x  (in force now",
    ),
    finds("garbage", healthy(aliases=Aliases((BROKEN,), ())), Severity.WARNING, "aliases:9"),
    unknown(
        "an alias map out of reach",
        healthy(aliases=Aliases((STOCK,), ("nis:mail.aliases",))),
        "nis:",
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_alias_programs(case: Case) -> None:
    judge(CHECK, case)
