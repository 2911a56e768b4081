from __future__ import annotations

import pytest

from tests.checks.cases import Case, finds, judge, passes, result_of, unknown, words
from tests.checks.healthy import changed, healthy
from wizard.api import Subject
from wizard.facts.model import Unknown
from wizard.facts.way_model import Undoer
from wizard.model import Severity

CHECK = "host.undoers"
MAKE = Undoer(
    "Debian's Makefile", "the group of each map", ("/etc/mail/Makefile:106  chown",), True
)
SCRIPT = Undoer(
    "/etc/cron.daily/perms", "sets owner", ("/etc/cron.daily/perms:3  chown -R",), False
)
PUPPET = Undoer(
    "Puppet",
    "writes the .mc or the cf, at its next run",
    ("/etc/mail/sendmail.mc:2  dnl managed by Puppet",),
    False,
    rewrites=True,
)


def here(*found: Undoer, unreadable: tuple[str, ...] = ()) -> Subject:
    return changed("undoers", found=found, unreadable=unreadable)


CASES = (
    passes("nothing", healthy(), "Nothing on this host undoes the migration"),
    finds(
        "what the guard puts right",
        here(MAKE),
        Severity.INFO,
        "The guard stands against Debian's Makefile",
        "1 thing that the guard puts right",
        "/etc/mail/Makefile:106  chown",
    ),
    finds("a script", here(SCRIPT, MAKE), Severity.WARNING, "/etc/cron.daily/perms may undo this"),
    finds(
        "Puppet writes the .mc",
        here(SCRIPT, PUPPET),
        Severity.OVERRIDABLE,
        "Put the change into Puppet too",
        "confRUN_AS_USER",
    ),
    unknown("a directory that cannot be read", here(unreadable=("/etc/cron.d: denied",)), "denied"),
    unknown("not known at all", healthy(undoers=Unknown("dark", "root")), "root"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_host_undoers(case: Case) -> None:
    judge(CHECK, case)


def test_what_was_found_is_told_though_something_else_could_not_be_read() -> None:
    told = words(result_of(CHECK, here(PUPPET, unreadable=("/etc/cron.d: denied",))))
    assert "managed by Puppet" in told
    assert "denied" in told
