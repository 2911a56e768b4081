from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.checks.cases import Case, finds, judge, passes, unknown
from tests.checks.healthy import STOCK, changed, facts, healthy
from wizard.api import Subject
from wizard.facts.cf_model import Cf
from wizard.facts.mail_model import AliasEnd, Aliases, Destination
from wizard.model import Severity

CHECK = "relay.alias-local"


def _end(mailer: str, *chain: str) -> AliasEnd:
    says = f"{chain[-1]}... deliverable: mailer {mailer}, user {chain[-1]}"
    return AliasEnd("/etc/aliases:4", chain, (Destination(mailer, "", chain[-1]),), says)


def _ends(*ends: AliasEnd) -> Subject:
    return changed("aliases", ends=ends)


def _too_many(hub: str) -> Subject:
    cf = facts().cf
    assert isinstance(cf, Cf)
    aliases = Aliases((replace(STOCK, left_out=990_000),), ())
    return healthy(aliases=aliases, cf=replace(cf, macros={"H": hub}))


NOBODY = AliasEnd("/etc/aliases:9", ("noc", "gone"), (), "gone... User unknown")
LOOP = AliasEnd("/etc/aliases:9", ("a", "b", "a"), (), "aliasing/forwarding loop broken")
CASES = (
    passes("nothing ends here", healthy()),
    passes("the hub takes root", _ends(_end("esmtp", "postmaster", "root")), "mailer esmtp"),
    passes("a broken loop is told elsewhere", _ends(LOOP)),
    passes("a million names for the hub", _too_many("esmtp:[192.0.2.1]")),
    finds(
        "root's mailbox",
        _ends(_end("local", "postmaster", "root")),
        Severity.BLOCKER,
        "/etc/aliases:4  postmaster -> root: root... deliverable: mailer local",
        "An alias ends in root on this host",
        "\nroot: root@your.mail.hub\n",
    ),
    finds("two", _ends(*[_end("local", "a", "\\root")] * 2), Severity.BLOCKER, "2 aliases end"),
    finds("through a .forward", _ends(_end("prog", "a", "al")), Severity.BLOCKER, "mailer prog"),
    finds("to nobody", _ends(NOBODY), Severity.WARNING, "leads to nobody", "User unknown"),
    unknown("not asked", changed("aliases", unasked=("/etc/aliases:4  a -> b: no",)), "a -> b: no"),
    unknown("a million names", _too_many(""), "990,000 aliases more"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_alias_local(case: Case) -> None:
    judge(CHECK, case)
