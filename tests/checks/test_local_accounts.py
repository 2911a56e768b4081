from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from tests.checks.cases import Case, finds, judge, passes, unknown
from tests.checks.healthy import facts, healthy, leads_to, log_file
from tests.checks.routes import answered, cf, here, refused, unsure
from wizard.facts.mail_model import Logs, Mailbox, Mailboxes
from wizard.facts.model import Account, Accounts, Unknown
from wizard.model import Severity

CHECK = "relay.local-accounts"
_KNOWN = facts().accounts
assert isinstance(_KNOWN, Accounts)
BOB = replace(_KNOWN, users=(*_KNOWN.users, Account("bob", 1000, 1000, "/home/bob", "/bin/bash")))
LOGS = facts().logs
assert isinstance(LOGS, Logs)
MORE = ("accounts: 940 of 1,000 were not asked",)
OVERRIDE = Severity.OVERRIDABLE
USED: dict[str, dict[str, Any]] = {
    "one has mail": {"mailboxes": Mailboxes(("/var/mail",), (Mailbox("/var/mail/bin", 2, 9, 80),))},
    "local mail in the logs": {"logs": replace(LOGS, files=(log_file("to=x, mailer=local,"),))},
    "no log": {"logs": replace(LOGS, days=None, files=())},
    "an archive unread": {"logs": replace(LOGS, unreadable=("/var/log/mail.log.2.lz4",))},
    "deliveries not logged": {"logs": replace(LOGS, log_level=4)},
    "logs unknown": {"logs": Unknown("dark")},
}
CASES = (
    passes("all leave", healthy(), "3 accounts asked for", "to hub.example.org"),
    passes("refused", answered(refused("bob", "accounts")), "No account's mail"),
    passes(
        "a spread, and MAIL_HUB for the rest",
        answered(
            leads_to("bob", "accounts"), left=MORE, cf=cf(macros={"H": "esmtp:[hub.example.org]"})
        ),
    ),
    finds(
        "a person",
        answered(here("daemon", "accounts"), here("bob", "accounts"), accounts=BOB),
        Severity.BLOCKER,
        "2 accounts is delivered here, bob first",
        "sendmail -bv bob  bob... deliverable: mailer local, user bob",
        "define(`MAIL_HUB', `esmtp:[",
        "bob: bob@",
    ),
    finds("one person", answered(here("bob@relay1", "accounts"), accounts=BOB), Severity.BLOCKER),
    finds(
        "system accounts",
        answered(here("daemon", "accounts"), here("bin", "accounts")),
        Severity.WARNING,
        "2 system accounts",
    ),
    finds(
        "system accounts of a host that was built yesterday",
        answered(here("daemon", "accounts"), logs=replace(LOGS, days=1.0)),
        Severity.WARNING,
    ),
    *(
        finds(
            f"system accounts, {name}", answered(here("daemon", "accounts"), **facts_of), OVERRIDE
        )
        for name, facts_of in USED.items()
    ),
    unknown("a spread without MAIL_HUB", answered(leads_to("bob", "accounts"), left=MORE), "940"),
    unknown(
        "MAIL_HUB is this host",
        answered(leads_to("bob", "accounts"), left=MORE, cf=cf(macros={"H": "local:"})),
    ),
    unknown(
        "MAIL_HUB without its rule",
        answered(
            leads_to("bob", "accounts"),
            refused("nobody-here", "unknown user"),
            left=MORE,
            cf=cf(macros={"H": "esmtp:[hub.example.org]"}),
        ),
        "940",
    ),
    unknown("a map is missing", answered(unsure("bob", "accounts")), "missing map file"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_local_accounts(case: Case) -> None:
    judge(CHECK, case)
