"""Local deliveries in the mail logs: what the host really did, whatever its files say."""

from __future__ import annotations

from checks.evidence import SHOW_STOPPER, conclude, counted, located, shortened, unseen
from wizard.api import Finding, Severity, Subject, Verdict, check, known
from wizard.facts.mail_model import LogFile, Logs

_ID = "relay.log-local"
_LOGGED_FROM = 8
"LogLevel at which Sendmail logs deliveries (op guide, 2.1.1)."
_WEEK = 7.0
"Days of log without local mail that speak for a host that was put right."
_SHOWN = 3


@check(
    _ID,
    "Was mail delivered locally?",
    rank=10,
    needs=("logs",),
    severities=(Severity.BLOCKER, Severity.OVERRIDABLE, Severity.WARNING),
)
def log_local(subject: Subject) -> Verdict:
    """Looks for deliveries by the mailers local, prog and *file* in all mail logs, rotated too.

    A log says what really happens: cron mail to root, bounces to postmaster, a forgotten alias.
    Silence proves something only where deliveries are logged (LogLevel 8 or higher) and the logs
    reach back far enough to hold what happens once a week.
    """
    logs = known(subject.facts.logs)
    findings = [*_local(logs), *unseen(_ID, "Some mail logs", logs.unreadable)]
    if not findings:
        findings = [*_silent(logs), *_short(logs)]
    title = "No mail was delivered locally"
    if logs.days is not None:
        title += f" in {counted(max(1, round(logs.days)), 'day')} of logs"
    deliveries = sum(file.deliveries for file in logs.files)
    summary = (
        f"{counted(deliveries, 'delivery')}, {counted(len(logs.files), 'file')}, "
        f"LogLevel {logs.log_level}"
    )
    where = _found(logs) if any(file.local.total for file in logs.files) else ""
    return conclude(findings, title, summary, where=where, unknown=bool(logs.unreadable))


def _found(logs: Logs) -> str:
    total = sum(file.local.total for file in logs.files)
    last = f", last {logs.last_local}" if logs.last_local else ""
    return f"{counted(total, 'local delivery')}{last}"


def _local(logs: Logs) -> list[Finding]:
    """The finding for local deliveries: to be accepted only where a week passed since."""
    if not any(file.local.total for file in logs.files):
        return []
    past = logs.days_since_local is not None and logs.days_since_local >= _WEEK
    remedy = (
        "See where the mail comes from (`to=` and `ctladdr=` in the line) and send it to the mail "
        "hub: an alias for root and postmaster, MAIL_HUB for all local names."
    )
    if past:
        remedy += " It stopped a week ago or longer: if you put it right, accept this and say how."
    finding = Finding(
        _ID,
        Severity.OVERRIDABLE if past else Severity.BLOCKER,
        "Mail was delivered locally",
        shortened([line for file in logs.files for line in _lines(file)], 4 * _SHOWN),
        f"This host does deliver locally, and that takes root. {SHOW_STOPPER}",
        remedy,
    )
    return [finding]


def _lines(file: LogFile) -> list[str]:
    """The newest of a file's lines, the last first."""
    newest = file.local.kept[-_SHOWN:][::-1]
    return [located(file.path, match.line, match.text) for match in newest]


def _silent(logs: Logs) -> list[Finding]:
    """The finding for logs whose silence proves nothing."""
    why = "That no local delivery is seen means something only where deliveries are logged."
    if logs.log_level < _LOGGED_FROM:
        title = f"LogLevel {logs.log_level} does not log deliveries"
        remedy = "Set define(`confLOG_LEVEL', `9'), wait a week, re-check; or accept with a reason."
        evidence = f"sendmail.cf  O LogLevel={logs.log_level}"
    elif logs.days is None:
        title = "There is no mail log to judge by"
        remedy = "Log mail to a file or the journal for a week; or accept this with your reason."
        evidence = f"{counted(len(logs.files), 'mail log')}  no line with a time stamp in it"
    else:
        return []
    return [Finding(_ID, Severity.OVERRIDABLE, title, (evidence,), why, remedy)]


def _short(logs: Logs) -> list[Finding]:
    """The finding for logs that do not reach back a week."""
    if logs.days is None or logs.days >= _WEEK:
        return []
    reach = "less than a day" if logs.days < 1 else f"only {counted(int(logs.days), 'day')}"
    finding = Finding(
        _ID,
        Severity.WARNING,
        f"The mail logs reach back {reach}",
        (f"{logs.files[0].path}  first line of {logs.first}" if logs.files else logs.first,),
        "Weekly jobs and rare bounces may deliver locally without having left a trace yet.",
        "Re-check when a week of logs is there, if you can wait.",
    )
    return [finding]
