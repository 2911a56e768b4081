from __future__ import annotations

import pytest

from tests.checks.cases import Case, finds, judge, passes, unknown
from tests.checks.healthy import STOCK, alias_file, healthy
from wizard.api import Subject
from wizard.facts.mail_model import Aliases
from wizard.model import Severity

CHECK = "relay.alias-files"


def _aliases(*targets: str) -> Subject:
    lines = [(14 + n, "ticket", target) for n, target in enumerate(targets)]
    return healthy(aliases=Aliases((STOCK, alias_file(*lines)), ()))


CASES = (
    passes("stock aliases", healthy()),
    passes("a program is no file", _aliases("|/bin/x")),
    finds("a file", _aliases("/var/mail/archive"), Severity.BLOCKER, "aliases:14  ticket: /var"),
    finds("quoted", _aliases('"/var/mail/my archive"'), Severity.BLOCKER),
    finds("/dev/null", _aliases("/dev/null"), Severity.OVERRIDABLE, "throws mail away"),
    finds("both", _aliases("/dev/null", "/tmp/x"), Severity.BLOCKER, "/tmp/x", "/dev/null"),
    unknown(
        "an alias map out of reach",
        healthy(aliases=Aliases((STOCK,), ("nis:mail.aliases",))),
        "nis:",
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_alias_files(case: Case) -> None:
    judge(CHECK, case)
