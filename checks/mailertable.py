"""Rows of the mailertable that keep mail on this host."""

from __future__ import annotations

from checks.evidence import bare_host, conclude, counted, located, mail_hub, shortened, unseen
from checks.routing import HERE, Answers, answers, said
from wizard.api import Finding, Severity, Subject, Verdict, check, known
from wizard.facts.cf_model import Cf
from wizard.facts.mail_model import Table
from wizard.facts.route.interesting import sample

_ID = "relay.mailertable"
_MAP = "mailertable"
_SPECIAL = ("error", "relay", "discard")
"Words that MailerToTriple knows besides the mailers of the cf."
_BROKEN = (
    "Sendmail answers mail for such a domain with a configuration error (5.3.5): it is neither "
    "delivered nor relayed, today and after the change."
)


@check(
    _ID,
    "Does the mailertable keep mail here?",
    rank=30,
    needs=("tables", "resolutions", "cf"),
    severities=(Severity.BLOCKER, Severity.WARNING),
    why="`local:`, `prog:` or an LMTP mailer in the mailertable delivers a whole domain here.",
    remedy="`example.com  esmtp:[hub]`, then rebuild the database with makemap or make.",
)
def mailertable(subject: Subject) -> Verdict:
    """Reads every row of the mailertable as the database has it, sorted by the mailer it names.

    Rows with a mailer that delivers on this host are found with their line. For `local:` and for a
    sample of all others Sendmail is asked (`-bv`): with MAIL_HUB even a `local:` row leads to the
    hub, and then it is fine.
    """
    tables, cf = known(subject.facts.tables), known(subject.facts.cf)
    table = tables.table(_MAP)
    unread = unseen(_ID, "The mailertable", [r for n, r in tables.unreadable.items() if n == _MAP])
    if table is None:
        return conclude(unread, "No mailertable is in use", unknown=bool(unread))
    found = answers(subject, _MAP)
    undefined = _undefined(cf, table)
    broken = {row.key for row in table.rows if row.kind in undefined}
    trouble = [one for one in found.troubled if not _is_about(one.address, broken)]
    reasons = [f"sendmail -bv {one.address}  {one.trouble}" for one in trouble]
    unknown = unseen(_ID, "Where some mail goes", [*reasons, *found.unasked])
    findings = [
        *_programs(subject, cf, table),
        *(_local(subject, found, table) or _accounts(subject, table)),
        *_no_mailer(table, undefined),
    ]
    mailers = ", ".join(sorted(table.kinds)) or "none"
    summary = f"{counted(table.entries, 'entry')}, {table.path}; mailers: {mailers}"
    title = "No row of the mailertable keeps mail here"
    return conclude([*findings, *unknown], title, summary, unknown=bool(unknown))


def _is_about(address: str, keys: set[str]) -> bool:
    domain = address.rpartition("@")[2]
    return domain in keys or f".{domain.partition('.')[2]}" in keys


def _undefined(cf: Cf, table: Table) -> set[str]:
    """Mailers that rows name and the cf does not have."""
    names = {mailer.name.lower() for mailer in cf.mailers}
    return {k for k in table.kinds if k not in names | {*_SPECIAL, *cf.local_mailers}}


def _remedy(subject: Subject, key: str) -> str:
    hub = bare_host(mail_hub(subject))
    return (
        f"In the mailertable: `{key}\tesmtp:[{hub}]`, then make -C /etc/mail, or makemap hash "
        "mailertable < mailertable; or delete the row, where the domain has no mail."
    )


def _programs(subject: Subject, cf: Cf, table: Table) -> list[Finding]:
    """Rows with a mailer that delivers here whatever MAIL_HUB says: all but `local`."""
    here = {name.lower() for name in cf.local_mailers} - {"local"}
    kinds = [kind for kind in table.kinds if kind in here]
    rows = [row for row in table.rows if row.kind in kinds]
    if not rows:
        return []
    number = sum(table.kinds[kind] for kind in kinds)
    title = f"{counted(number, 'row')} of the mailertable hand mail to {', '.join(kinds)}"
    if number == 1:
        title = f"A row of the mailertable hands mail to {kinds[0]}"
    evidence = [_row(table, row.line, row.key, row.value) for row in rows]
    return [
        Finding(
            *(_ID, Severity.BLOCKER, title, shortened(evidence), HERE),
            _remedy(subject, rows[0].key),
        )
    ]


def _local(subject: Subject, found: Answers, table: Table) -> list[Finding]:
    """Rows whose sample is delivered here by Sendmail's own word."""
    rows = {sample(table, row): row for row in table.rows}
    programs = {name.lower() for name in found.cf.local_mailers} - {"local"}
    local = [
        one
        for one in found.here
        if one.address not in rows or rows[one.address].kind not in programs
    ]
    if not local:
        return []
    evidence = []
    for one in local:
        if row := rows.get(one.address):
            evidence.append(_row(table, row.line, row.key, row.value))
        evidence.append(said(found.cf, one))
    first = rows.get(local[0].address)
    key = first.key if first else local[0].address.rpartition("@")[2]
    title = f"Mail for {key} is delivered here by a row of the mailertable"
    remedy = _remedy(subject, key)
    return [Finding(_ID, Severity.BLOCKER, title, shortened(evidence), HERE, remedy)]


def _accounts(subject: Subject, table: Table) -> list[Finding]:
    """`local:` without a user: a domain of this host's accounts, of which some get mail here."""
    rows = [row for row in table.rows if row.kind == "local" and row.value.strip()[-1:] == ":"]
    there = answers(subject, "accounts")
    if not rows or not there.here or there.hub:
        return []
    first = rows[0]
    evidence = shortened(
        [*(_row(table, r.line, r.key, r.value) for r in rows), said(there.cf, there.here[0])]
    )
    title = f"{first.key} is a domain of this host's accounts by a row of the mailertable"
    return [Finding(_ID, Severity.BLOCKER, title, evidence, HERE, _remedy(subject, first.key))]


def _no_mailer(table: Table, undefined: set[str]) -> list[Finding]:
    rows = [row for row in table.rows if row.kind in undefined]
    if not rows:
        return []
    title = f"The mailertable names a mailer that there is none: {rows[0].kind}"
    evidence = shortened([_row(table, row.line, row.key, row.value) for row in rows])
    remedy = f"Name one of the cf's mailers for {rows[0].key}, such as esmtp, or delete the row."
    return [Finding(_ID, Severity.WARNING, title, evidence, _BROKEN, remedy)]


def _row(table: Table, line: int, key: str, value: str) -> str:
    return located(table.path, line, f"{key} {value}") if line else f"{table.path}  {key} {value}"
