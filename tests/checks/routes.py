"""Answers of Sendmail for the routing checks' cases, in its own words."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from tests.checks.healthy import ANSWERS, changed, facts, leads_to
from wizard.api import Subject
from wizard.facts.cf_model import Cf, CfMailer, CfRule
from wizard.facts.mail_model import Resolution, Table, TableRow
from wizard.facts.model import Unknown

MAILERS = (
    CfMailer("local", "/usr/sbin/sensible-mda", "lsDFMAw5:/|@qPn9S", "sensible-mda $g $u", 1832),
    CfMailer("prog", "/bin/sh", "lsDFMoqeu9", "sh -c $u", 1835),
    CfMailer("esmtp", "[IPC]", "mDFMuXa", "TCP $h", 1907),
    CfMailer("cyrusv2", "[IPC]", "lsDFMnqXzA@/:|m", "FILE /var/run/cyrus/socket/lmtp", 1930),
)
RULE = CfRule(904, "Parse1", "R$+ < @ $=w . > $#local $: $1", ("local",), ())


def cf(**fields: Any) -> Cf:
    """The healthy host's cf with these fields, and real mailers."""
    known = facts().cf
    assert not isinstance(known, Unknown)
    return replace(known, **{"mailers": MAILERS, "rules": (RULE,), **fields})


def here(address: str, asked_for: str, user: str = "", place: str = "") -> Resolution:
    """Mail that the local mailer would deliver."""
    user = user or address.partition("@")[0]
    answer = leads_to(address, asked_for, "local", "", place)
    says = f"{address}... deliverable: mailer local, user {user}"
    return replace(answer, says=(says,))


def refused(address: str, asked_for: str) -> Resolution:
    """Mail for nobody."""
    return Resolution(address, asked_for, "", (), (f"{address}... User unknown",))


def unsure(address: str, asked_for: str) -> Resolution:
    """An answer that is not to be trusted."""
    trouble = 'hash map "virtuser": missing map file /etc/mail/virtusertable.db'
    return replace(leads_to(address, asked_for), trouble=trouble)


def answered(*answers: Resolution, left: tuple[str, ...] = (), **more: Any) -> Subject:
    """The healthy subject with these answers in place of those of their kinds."""
    kinds = {one.asked_for for one in answers}
    kept = tuple(one for one in ANSWERS if one.asked_for not in kinds)
    subject = changed("resolutions", answers=(*kept, *answers), left_out=left)
    changes: dict[str, Any] = {"cf": cf(), **more}
    return replace(subject, facts=replace(subject.facts, **changes))


def table(name: str, *rows: TableRow, **fields: Any) -> Table:
    """A routing table of these rows."""
    path = {"virtuser": "/etc/mail/virtusertable"}.get(name, f"/etc/mail/{name}")
    kinds: dict[str, int] = {}
    for row in rows:
        kinds[row.kind] = kinds.get(row.kind, 0) + 1
    return replace(Table(name, path, len(rows), rows, kinds=kinds), **fields)
