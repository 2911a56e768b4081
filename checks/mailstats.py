"""What Sendmail counted itself: messages handed to local mailers since the counting began."""

from __future__ import annotations

from checks.evidence import SHOW_STOPPER, conclude, counted
from checks.history import WEEK, leads_now, silent_for_a_week
from wizard.api import Finding, Severity, Subject, Verdict, check, known

_ID = "relay.mailstats"


@check(
    _ID,
    "Did Sendmail count local deliveries?",
    rank=14,
    needs=("mailstats", "cf"),
    uses=("logs", "log_recipients"),
    severities=(Severity.BLOCKER, Severity.OVERRIDABLE),
    why="mailstats reaches back further than most logs, to the day when its file was made.",
    remedy="Lead local mail to the hub. Old counts stay in the file: once the logs are clean for a "
    "week, accept them with a reason.",
)
def mailstats(subject: Subject) -> Verdict:
    """Reads the StatusFile of the cf with mailstats -P, which leaves it as it is.

    It counts messages for each mailer since the file was made, and tells no times. A count for a
    local mailer blocks; where the logs show no local delivery for a week, or that its recipients
    lead elsewhere by now, it may be accepted. Without a file Sendmail counts nothing.
    """
    stats = known(subject.facts.mailstats)
    here = known(subject.facts.cf).local_mailers
    if not stats.exists:
        path = stats.path or "no StatusFile in the cf"
        return Verdict("Sendmail keeps no statistics", f"{path}: not there" if stats.path else path)
    total = sum(stats.delivered.values())
    since = f" since {stats.since}" if stats.since else ""
    summary = f"{counted(total, 'message')} by {counted(len(stats.delivered), 'mailer')}{since}"
    local = {name: number for name, number in stats.delivered.items() if name in here and number}
    if not local:
        return Verdict("Sendmail counted no local delivery", summary)
    severity, why = _weight(subject, stats.days)
    finding = Finding(
        _ID,
        severity,
        f"Sendmail counted {counted(sum(local.values()), 'message')} delivered locally",
        tuple(f"{stats.path}  {name}: {number:,}{since}" for name, number in local.items()),
        why,
        "See the mail logs for their recipients and lead them to the mail hub, then re-check: "
        "what was counted before can be accepted then."
        if severity is Severity.BLOCKER
        else "Accept this, and say when their mail was led elsewhere.",
    )
    return conclude([finding], "", where=summary)


def _weight(subject: Subject, days: float | None) -> tuple[Severity, str]:
    """How much a count weighs, and why."""
    lately = days is not None and days < WEEK
    if silent_for_a_week(subject.facts.logs) and not lately:
        return Severity.OVERRIDABLE, (
            "The logs show no local delivery in the last week, so that these are older; Sendmail "
            "does not tell when it was."
        )
    if leads := leads_now(subject):
        return Severity.OVERRIDABLE, (
            f"The recipients that the logs tell lead to {leads} by now. Sendmail does not tell "
            "when the others got their mail."
        )
    return Severity.BLOCKER, f"Sendmail itself delivered mail here. {SHOW_STOPPER}"
