from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.checks.cases import Case, finds, judge, passes, unknown
from tests.checks.healthy import STOCK, alias_file, facts, healthy
from wizard.api import Subject
from wizard.facts.cf_model import CfMailer
from wizard.facts.mail_model import Aliases, AliasFile, Forwards
from wizard.facts.model import Unknown
from wizard.model import Severity

CHECK = "needs.local-software"
MAILMAN = ("mailman", "/usr/lib/mailman")
PROCMAIL = ("procmail", "/usr/bin/procmail")
LIST = alias_file((9, "users", '"|/usr/lib/mailman/mail/mailman post users"'))
HOME = ("alice", "/home/alice/.forward", '"|exec /usr/bin/procmail"')
CYRUS = CfMailer("cyrus", "/usr/sbin/cyrdeliver", "lsDFMnPqA@/:|", "cyrdeliver -e", 1433)


def _with(*software: tuple[str, str], alias: AliasFile = STOCK, **changes: object) -> Subject:
    return healthy(
        ground=replace(facts().ground, software=software), aliases=Aliases((alias,), ()), **changes
    )


CASES = (
    passes("none", healthy()),
    finds(
        "procmail, as on Debian", _with(PROCMAIL), Severity.INFO, "nothing was found that uses it"
    ),
    finds("mailman", _with(MAILMAN), Severity.WARNING, "mailman is installed", "/usr/lib/mailman"),
    finds(
        "a list", _with(MAILMAN, alias=LIST), Severity.BLOCKER, "gets mail", "/etc/aliases:9  users"
    ),
    finds(
        "a .forward",
        _with(PROCMAIL, forwards=Forwards((HOME,), 1, 1, (), "$z/.forward")),
        Severity.BLOCKER,
        "/home/alice/.forward:1",
    ),
    finds(
        "a mailer",
        _with(("cyrus", "/usr/sbin/cyrdeliver"), cf=replace(facts().cf, mailers=(CYRUS,))),
        Severity.WARNING,
        "a mailer of the cf runs it",
        ":1433  Mcyrus",
    ),
    finds(
        "an alias of that name",
        _with(PROCMAIL, alias=alias_file((7, "procmail", "root"))),
        Severity.INFO,
    ),
    finds(
        "nothing else known",
        _with(MAILMAN, forwards=Unknown("x"), cf=Unknown("x")),
        Severity.WARNING,
    ),
    unknown(
        "not looked at",
        healthy(ground=replace(facts().ground, unknown={"software": Unknown("dark")})),
        "dark",
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_needs_local_software(case: Case) -> None:
    judge(CHECK, case)
