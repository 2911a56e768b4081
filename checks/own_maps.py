"""Maps of the admin's own that have a say in where mail goes."""

from __future__ import annotations

from checks.evidence import conclude, counted, located, shortened, unseen
from wizard.api import Finding, Severity, Subject, Verdict, check, known
from wizard.facts.cf_model import Cf
from wizard.facts.mail_model import Table
from wizard.facts.tables import SORTING

_ID = "relay.own-maps"
_WHY = (
    "A rule of the cf asks this map when it chooses where mail goes. Its rows are known, but what "
    "the rule makes of them is not: a row may well name this host or one of its mailers."
)


@check(
    _ID,
    "Do maps of your own route mail?",
    rank=34,
    needs=("tables", "cf"),
    severities=(Severity.BLOCKER, Severity.OVERRIDABLE),
    why=_WHY,
    remedy="Read its rows; accept it with a reason if they all lead off-host.",
)
def own_maps(subject: Subject) -> Verdict:
    """Looks for maps that routing rules ask and that Sendmail's own features do not define.

    Routing rules are those of rulesets 0, 3 and 5 and of all that they call; maps that only
    check_rcpt and the like ask cannot deliver anything. mailertable, virtusertable and
    domaintable have checks of their own; genericstable rewrites senders and routes nothing.
    """
    tables, cf = known(subject.facts.tables), known(subject.facts.cf)
    own = [table for table in tables.tables if table.map not in SORTING]
    findings = [_found(cf, table) for table in own]
    unread = [why for name, why in tables.unreadable.items() if name not in SORTING]
    unknown = unseen(_ID, "A map of your own", unread)
    names = ", ".join([*(table.map for table in tables.tables), *tables.unreadable]) or "none"
    title = "No map of your own routes mail"
    return conclude([*findings, *unknown], title, f"routing tables: {names}", unknown=bool(unread))


def _found(cf: Cf, table: Table) -> Finding:
    rules = [located(cf.path, rule.line, rule.text) for rule in cf.rules if table.map in rule.maps]
    here = {name.lower() for name in cf.local_mailers}
    local = [row for row in table.rows if row.kind in here]
    shown = local or table.rows
    rows = [f"{table.place(row)}  {row.key} {row.value}" for row in shown]
    title = f"The map {table.map} has a say in where mail goes"
    if local:
        title = f"The map {table.map} names the mailer {local[0].kind}"
    return Finding(
        _ID,
        Severity.BLOCKER if local else Severity.OVERRIDABLE,
        title,
        shortened([*rules, *rows]),
        _WHY,
        f"See that none of its {counted(table.entries, 'entry')} leads to this host "
        f"(makemap -u hash {table.path}), then accept this and say so; or take the rule out.",
    )
