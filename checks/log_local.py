"""Local deliveries in the mail logs: what the host really did, whatever its files say."""

from __future__ import annotations

from checks.evidence import SHOW_STOPPER, conclude, counted, located, shortened, unseen
from checks.history import LOGGED_FROM, WEEK, leads_now
from wizard.api import Finding, Severity, Subject, Verdict, check, known
from wizard.facts.mail_model import LocalRecipient, Logs

_ID = "relay.log-local"
_SHOWN = 3
_PEOPLE = 8
"Recipients shown."
_HUB = (
    "See where the mail comes from (`to=` and `ctladdr=` in the line) and send it to the mail "
    "hub: an alias for root and postmaster, MAIL_HUB for all local names."
)


@check(
    _ID,
    "Was mail delivered locally?",
    rank=10,
    needs=("logs",),
    uses=("log_recipients", "cf"),
    severities=(Severity.BLOCKER, Severity.OVERRIDABLE, Severity.WARNING, Severity.INFO),
    why="A log says what the host really does. Local delivery takes root, and forgotten cron "
    "mail or an old alias shows nowhere else.",
    remedy="Send the recipients that the finding names to the mail hub. Where logs are missing "
    "or too short, log for a week, or accept with a reason.",
)
def log_local(subject: Subject) -> Verdict:
    """Looks for deliveries by local mailers in all mail logs, rotated ones and the journal too.

    A log says what really happens: cron mail to root, bounces to postmaster, a forgotten alias.
    Silence proves something only where deliveries are logged (LogLevel 8 or higher), the logs
    reach back far enough to hold what happens once a week, and they go on until today.
    """
    logs = known(subject.facts.logs)
    findings = [*_local(subject, logs), *unseen(_ID, "Some mail logs", logs.unreadable)]
    if not findings:
        findings = [*_silent(logs), *_ended(logs), *_short(logs)]
    findings += _elsewhere(logs)
    title = "No mail was delivered locally"
    if logs.days is not None:
        title += f" in {counted(max(1, round(logs.days)), 'day')} of logs"
    where = _found(logs) if logs.local else ""
    return conclude(findings, title, _summary(logs), where=where, unknown=bool(logs.unreadable))


def _summary(logs: Logs) -> str:
    """How much was looked at: `1,200 deliveries (esmtp 1,190, relay 10), 3 files, LogLevel 9`."""
    mailers: dict[str, int] = {}
    for file in logs.files:
        for name, number in file.mailers.items():
            mailers[name] = mailers.get(name, 0) + number
    most = sorted(mailers, key=lambda name: -mailers[name])[:_SHOWN]
    by = f" by {', '.join(most)}" if most else ""
    files = counted(len(logs.files), "file")
    return f"{counted(logs.deliveries, 'delivery')}{by}, {files}, LogLevel {logs.log_level}"


def _found(logs: Logs) -> str:
    last = f", last {logs.last_local}" if logs.last_local else ""
    return f"{_deliveries(logs.local)}{last}"


def _deliveries(number: int) -> str:
    return "1 local delivery" if number == 1 else f"{number:,} local deliveries"


def _local(subject: Subject, logs: Logs) -> list[Finding]:
    """The finding for local deliveries: to be accepted where they stopped, or would by now."""
    if not logs.local:
        return []
    past = logs.days_since_local is not None and logs.days_since_local >= WEEK
    leads = leads_now(subject)
    title, remedy = "Mail was delivered locally", _HUB
    if past:
        remedy += " It stopped a week ago or longer: if you put it right, accept this and say how."
    elif leads:
        title = f"Mail was delivered locally, and would go to {leads} now"
        remedy = (
            "Its recipients lead off this host by now. Watch the log for a week, or accept this "
            "and say what was changed."
        )
    evidence = [
        *shortened([_person(one, logs) for one in logs.recipients], _PEOPLE),
        *shortened(_newest(logs), 4 * _SHOWN),
    ]
    finding = Finding(
        _ID,
        Severity.OVERRIDABLE if past or leads else Severity.BLOCKER,
        title,
        tuple(evidence),
        f"This host does deliver locally, and that takes root. {SHOW_STOPPER}",
        remedy,
    )
    return [finding]


def _person(one: LocalRecipient, logs: Logs) -> str:
    """How often somebody had mail here: `file:line  root: 42 by mailer local, 2.0 a day`."""
    rate = ""
    if logs.days is not None and one.count > 1:
        rate = f", {one.count / max(logs.days, 1.0):.1f} a day"
    last = f", last {one.last}" if one.last else ""
    return f"{one.place}  {one.address}: {one.count:,} by mailer {one.mailer}{rate}{last}"


def _newest(logs: Logs) -> list[str]:
    """The newest lines of each log, the last first; what two logs tell is shown once."""
    lines: list[str] = []
    shown: set[str] = set()
    for file in logs.files:
        for match in file.local.kept[-_SHOWN:][::-1]:
            told = match.text.partition("]: ")[2] or match.text
            if told not in shown:
                lines.append(located(file.path, match.line, match.text))
            shown.add(told)
    return lines


def _silent(logs: Logs) -> list[Finding]:
    """The finding for logs whose silence proves nothing."""
    why = (
        "That no local delivery is seen means something only where deliveries are logged, and "
        "were logged then: at what LogLevel Sendmail ran before cannot be known."
    )
    if logs.log_level < LOGGED_FROM:
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


def _ended(logs: Logs) -> list[Finding]:
    """The finding for logs in which nothing was written for a week."""
    if logs.days_ago is None or logs.days_ago < WEEK:
        return []
    ago = counted(int(logs.days_ago), "day")
    finding = Finding(
        _ID,
        Severity.OVERRIDABLE,
        f"The mail logs ended {ago} ago",
        tuple(file.path for file in logs.files[:_SHOWN]) or (ago,),
        "What was delivered since is logged somewhere else, or nowhere.",
        "See that syslog writes mail to a log again, wait a week and re-check; or accept with a "
        "reason, such as that no mail came.",
    )
    return [finding]


def _short(logs: Logs) -> list[Finding]:
    """The finding for logs that do not reach back a week."""
    if logs.days is None or logs.days >= WEEK:
        return []
    reach = "less than a day" if logs.days < 1 else f"only {counted(int(logs.days), 'day')}"
    finding = Finding(
        _ID,
        Severity.WARNING,
        f"The mail logs reach back {reach}",
        (f"{logs.files[0].path}  first line of {logs.first}" if logs.files else logs.first,),
        "That proves little: weekly jobs and rare bounces may deliver locally without having left "
        "a trace yet.",
        "Re-check when a week of logs is there, if you can wait.",
    )
    return [finding]


def _elsewhere(logs: Logs) -> list[Finding]:
    """The finding for lines that syslog sends where we cannot look."""
    if not logs.elsewhere:
        return []
    finding = Finding(
        _ID,
        Severity.INFO,
        "Mail is logged beyond this host too",
        shortened(logs.elsewhere),
        "What lies there may reach back further than what was searched here.",
        "Search there as well, for this host: grep -E ', mailer=(local|prog|\\*file\\*),'.",
    )
    return [finding]
