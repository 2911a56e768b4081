"""What the checks of history share: how much the logs are worth, and where that mail would go."""

from __future__ import annotations

from wizard.api import Subject, Unknown
from wizard.facts.mail_model import Logs

LOGGED_FROM = 8
"LogLevel at which Sendmail logs deliveries (op guide, 2.1.1)."
WEEK = 7.0
"Days without local mail that speak for a host that was put right."


def silent_for_a_week(logs: Logs | Unknown) -> bool:
    """Whether the logs hold a week up to now in which nothing was delivered locally."""
    if isinstance(logs, Unknown) or logs.unreadable or logs.log_level < LOGGED_FROM:
        return False
    if logs.days is None or logs.days < WEEK:
        return False
    if logs.days_ago is not None and logs.days_ago >= WEEK:
        return False
    if not logs.local:
        return True
    return logs.days_since_local is not None and logs.days_since_local >= WEEK


def leads_now(subject: Subject) -> str:
    """Where mail for every recipient of a logged local delivery would go now.

    Empty where one of them would stay here, and where that is not known of all.
    """
    logs, answers, cf = subject.facts.logs, subject.facts.log_recipients, subject.facts.cf
    if isinstance(logs, Unknown) or isinstance(answers, Unknown) or isinstance(cf, Unknown):
        return ""
    if not logs.recipients or logs.more_recipients or answers.left_out:
        return ""
    leads = {answer.address: answer.destinations for answer in answers.answers}
    hosts: dict[str, None] = {}
    for one in logs.recipients:
        destinations = leads.get(one.address.strip("<>"), ())
        if not destinations or any(d.mailer in cf.local_mailers for d in destinations):
            return ""
        hosts.update((d.host or d.mailer, None) for d in destinations)
    named = list(hosts)
    return named[0] if len(named) == 1 else f"{named[0]} and {len(named) - 1} more"
