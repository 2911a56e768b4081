"""Accounts of this host whose mail would be delivered here."""

from __future__ import annotations

from checks.evidence import bare_host, conclude, counted, mail_hub, shortened
from checks.history import LOGGED_FROM
from checks.routing import HERE, Answers, answers, goes_to, proof
from wizard.api import Finding, Severity, Subject, Unknown, Verdict, check, known
from wizard.facts.model import Accounts
from wizard.facts.route.interesting import is_person

_ID = "relay.local-accounts"
_SHOWN = 3
_NOTE = (
    "Every account can get mail, whoever it is for: from cron, from a program that reports to its "
    "owner, or by SMTP from anybody who may send to this host."
)


@check(
    _ID,
    "Is mail for this host's accounts delivered here?",
    rank=16,
    needs=("accounts", "resolutions", "cf"),
    uses=("logs", "mailboxes"),
    severities=(Severity.BLOCKER, Severity.OVERRIDABLE, Severity.WARNING),
    why=f"{_NOTE} {HERE}",
    remedy="define(`MAIL_HUB', `esmtp:[hub]')dnl, or an alias for every account.",
)
def local_accounts(subject: Subject) -> Verdict:
    """Asks `sendmail -bv` where mail for the accounts in passwd goes: with and without @host.

    All of them where they are few; a spread of people and of system accounts where there are
    thousands, and then MAIL_HUB must be there to answer for the rest. A person's mailbox blocks;
    the system's own accounts are a warning where no log and no mailbox shows that any gets mail.
    """
    accounts, found = known(subject.facts.accounts), answers(subject, "accounts")
    unknown = found.unseen(_ID)
    findings = [_delivered(subject, accounts, found)] if found.here else []
    asked = {_account(one.address) for one in found.all}
    summary = f"{counted(len(asked), 'account')} asked for: mail goes {goes_to(found.all)}"
    title = "No account's mail is delivered here"
    where = _names(found) if found.here else ""
    return conclude([*findings, *unknown], title, summary, where=where, unknown=bool(unknown))


def _account(address: str) -> str:
    return address.partition("@")[0]


def _names(found: Answers) -> str:
    """The first few of those whose mail stays."""
    names = list(dict.fromkeys(_account(one.address) for one in found.here))
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _delivered(subject: Subject, accounts: Accounts, found: Answers) -> Finding:
    people = {user.name for user in accounts.users if is_person(user, accounts)}
    local = sorted(found.here, key=lambda one: _account(one.address) not in people)
    each = {_account(one.address): one for one in reversed(local)}  # without @host comes first
    names = list(reversed(each))
    persons = [name for name in names if name in people]
    hub = mail_hub(subject)
    title = f"Mail for {names[0]} is delivered here"
    if persons and len(persons) < len(names):
        title = f"Mail for {counted(len(names), 'account')} is delivered here, {persons[0]} first"
    elif not persons:
        title = f"Mail for {counted(len(names), 'system account')} is delivered here"
    elif len(names) > 1:
        title = f"Mail for {counted(len(names), 'account')} is delivered here"
    unused = Severity.WARNING if _never_used(subject) else Severity.OVERRIDABLE
    return Finding(
        _ID,
        Severity.BLOCKER if persons else unused,
        title,
        shortened(proof(found.cf, [each[name] for name in names])),
        f"{_NOTE} {HERE}",
        f"In sendmail.mc:\ndefine(`MAIL_HUB', `esmtp:[{bare_host(hub)}]')dnl\n"
        f"Or an alias for each, then newaliases, such as {names[0]}: {names[0]}@{hub}.",
    )


def _never_used(subject: Subject) -> bool:
    """Whether logs and spool are known, and neither shows local mail.

    Every host has such accounts: by itself that they could get mail makes no relay impure. How
    little a short log proves is said by relay.log-local.
    """
    logs, boxes = subject.facts.logs, subject.facts.mailboxes
    if isinstance(logs, Unknown) or isinstance(boxes, Unknown):
        return False
    if logs.unreadable or logs.days is None or logs.log_level < LOGGED_FROM:
        return False
    return not logs.local and not any(box.size for box in boxes.boxes)
