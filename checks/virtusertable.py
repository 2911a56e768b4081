"""Rows of the virtusertable that lead to an account of this host."""

from __future__ import annotations

from checks.evidence import conclude, counted, located, mail_hub, shortened, unseen
from checks.routing import HERE, Answers, answers, said
from wizard.api import Finding, Severity, Subject, Verdict, check, known
from wizard.facts.mail_model import Table
from wizard.facts.route.interesting import sample

_ID = "relay.virtusertable"
_MAP = "virtuser"


@check(
    _ID,
    "Does the virtusertable lead to accounts here?",
    rank=31,
    needs=("tables", "resolutions", "cf"),
    severities=(Severity.BLOCKER,),
    why="A virtual user with a bare name on the right is an account, or an alias, of this host.",
    remedy="`sales@example.com  sales@hub.example.com`, then rebuild the database.",
)
def virtusertable(subject: Subject) -> Verdict:
    """Reads every row of the virtusertable as the database has it.

    Rows to another domain are fine: where it leads is the mailertable's matter. For each row to a
    name without a domain, to a domain of class w, or with %1, Sendmail is asked (`-bv`): an alias
    or MAIL_HUB may still send it off-host.
    """
    tables = known(subject.facts.tables)
    found = answers(subject, _MAP)
    table = tables.table(_MAP)
    unread = unseen(
        _ID, "The virtusertable", [r for n, r in tables.unreadable.items() if n == _MAP]
    )
    if table is None:
        return conclude(unread, "No virtusertable is in use", unknown=bool(unread))
    unknown = found.unseen(_ID)
    findings = [_delivered(subject, table, found)] if found.here else []
    return conclude(
        [*findings, *unknown],
        "No virtual user is delivered here",
        _summary(table),
        unknown=bool(unknown),
    )


def _summary(table: Table) -> str:
    words = {"name": "to a name", "here": "to a domain of class w", "elsewhere": "to other domains"}
    parts = [f"{number:,} {words.get(kind, kind)}" for kind, number in table.kinds.items()]
    listed = f": {', '.join(parts)}" if parts else ""
    return f"{counted(table.entries, 'entry')}, {table.path}{listed}"


def _delivered(subject: Subject, table: Table, found: Answers) -> Finding:
    rows = {sample(table, row): row for row in table.rows}
    evidence = []
    for one in found.here:
        if row := rows.get(one.address):
            text = f"{row.key} {row.value}"
            place = located(table.path, row.line, text) if row.line else f"{table.path}  {text}"
            evidence.append(place)
        evidence.append(said(found.cf, one))
    first = found.here[0]
    key = rows[first.address].key if first.address in rows else first.address
    title = f"Mail for {key} is delivered here"
    if len(found.here) > 1:
        title = f"Mail for {len(found.here):,} virtual users is delivered here"
    user = first.address.partition("@")[0] if not key.startswith("@") else "%1"
    remedy = (
        f"In the virtusertable: `{key}\t{user}@{mail_hub(subject)}`, then make -C /etc/mail, or "
        "makemap hash virtusertable < virtusertable."
    )
    return Finding(_ID, Severity.BLOCKER, title, shortened(evidence), HERE, remedy)
