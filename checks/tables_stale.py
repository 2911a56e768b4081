"""Routing tables whose text and database disagree, and those that cannot be read."""

from __future__ import annotations

from checks.evidence import conclude, counted, place, shortened, unseen
from wizard.api import Finding, Severity, Subject, Verdict, check, known

_ID = "relay.tables-stale"
_WHY = (
    "Sendmail asks the database, people read the text. The next make or restart builds the "
    "database from the text: then the rows below take effect, which nobody has judged."
)


@check(
    _ID,
    "Do the routing tables say what is in force?",
    rank=32,
    needs=("tables",),
    severities=(Severity.OVERRIDABLE,),
    why=_WHY,
    remedy="make -C /etc/mail, or makemap hash FILE < FILE; then re-check.",
)
def tables_stale(subject: Subject) -> Verdict:
    """Compares the text of every table that routes with its database, row by row.

    A table that lies in LDAP or NIS, or is answered by a program, cannot be listed: it is unknown
    where it leads. So is one whose database is missing or cannot be read.
    """
    tables = known(subject.facts.tables)
    findings = []
    for table in tables.tables:
        if not table.unlike:
            continue
        path = place(table.unlike[0]).rpartition(":")[0] or table.path
        findings.append(
            Finding(
                _ID,
                Severity.OVERRIDABLE,
                f"The database of {table.map} is not what its text says",
                shortened(table.unlike),
                _WHY,
                f"make -C /etc/mail, or makemap hash {path} < {path}; then re-check. Accept this "
                "only if the text is not what the database is made from.",
            )
        )
    unread = unseen(_ID, "Some routing tables", list(tables.unreadable.values()))
    number = sum(table.entries for table in tables.tables)
    summary = f"{counted(len(tables.tables), 'table')}, {counted(number, 'entry')}"
    title = "Text and database of each routing table agree"
    return conclude([*findings, *unread], title, summary, unknown=bool(unread))
