from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.checks.cases import Case, finds, judge, passes, unknown
from tests.checks.healthy import changed, facts, healthy, leads_to
from wizard.api import Subject
from wizard.facts.cf_model import CfMailer
from wizard.facts.mail_model import Resolutions
from wizard.facts.model import Unknown
from wizard.model import Severity

CHECK = "needs.mailer-flags"
SMTP = CfMailer("esmtp", "[IPC]", "mDFMuXa", "TCP $h", 1510)
LOCAL = CfMailer("local", "/usr/sbin/sensible-mda", "lsDFMAw5:/|@qPn9S", "sensible-mda $u", 1400)
PROCMAIL = CfMailer("procmail", "/usr/bin/procmail", "DFMSPhnu9", "procmail -Y -m $h", 1450)
FAX = CfMailer("fax", "/usr/bin/faxmail", "DFMhuS", "faxmail -d $u@$h", 1460)
LMTP = CfMailer("cyrusv2", "[IPC]", "lsDFMnqXzS", "FILE /var/imap/socket/lmtp", 1470)


def _with(*mailers: CfMailer, reached: str = "") -> Subject:
    cf = replace(facts().cf, mailers=(SMTP, *mailers))
    answers = (leads_to("a@example.org", "mailertable", reached),) if reached else ()
    return healthy(cf=cf, resolutions=Resolutions(answers))


CASES = (
    passes("Debian's own", _with(LOCAL), "2 mailers"),
    passes("the package's procmail", _with(PROCMAIL)),
    passes("S without effect", _with(replace(SMTP, name="relay", flags="mDFMuXa8S"))),
    passes("R on a program", _with(replace(LOCAL, flags="lsDFMR"))),
    finds(
        "R on esmtp",
        changed("cf", mailers=(replace(SMTP, flags="mDFMuXaR"),)),
        Severity.BLOCKER,
        "1 mailer must send from a port below 1024",
        "sendmail.cf:1510  Mesmtp",
        "`ESMTP', `-R'",
    ),
    finds("S on a program", _with(FAX), Severity.WARNING, ":1460  Mfax", "no mail was seen"),
    finds("S on a program in use", _with(FAX, reached="fax"), Severity.BLOCKER, "mail reaches it"),
    finds("S on LMTP", _with(LMTP), Severity.WARNING, "cyrusv2"),
    finds(
        "S, nothing known of routes",
        healthy(cf=replace(facts().cf, mailers=(FAX,)), resolutions=Unknown("dark")),
        Severity.WARNING,
    ),
    unknown("no cf", healthy(cf=Unknown("no cf")), "no cf"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_needs_mailer_flags(case: Case) -> None:
    judge(CHECK, case)
