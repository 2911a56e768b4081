"""Do the jobs of this host mail somebody whose mailbox is here?"""

from __future__ import annotations

import re
from collections.abc import Sequence

from checks.evidence import SHOW_STOPPER, conclude, counted, mail_hub, shortened, unseen
from wizard.api import Finding, Severity, Subject, Unknown, Verdict, check, known
from wizard.facts.mail_model import Jobs, Resolution, Route

_ID = "relay.jobs"
_SHOWN = 5
"Jobs shown for each recipient."
_ALWAYS_LOCAL = ("local", "prog", "*file*", "*include*")
_LOOPBACK = re.compile(r"\[?(?:127\.[0-9.]+|(?:IPv6:)?::1|localhost)\]?\.?", re.IGNORECASE)
_WHY = (
    "cron and programs like logwatch mail root or whom their settings name, and nobody thinks of "
    f"them as users of this host. After the switch that mail could not be delivered. {SHOW_STOPPER}"
)
_REFUSED = (
    "Sendmail refuses that recipient, so what the job says is returned to its sender and lost "
    "sooner or later. The migration changes nothing about it; a person should know."
)


@check(
    _ID,
    "Do jobs on this host mail somebody here?",
    rank=75,
    needs=("jobs",),
    uses=("cf", "classes"),
    severities=(Severity.BLOCKER, Severity.WARNING),
    why=_WHY,
    remedy=(
        "Send the recipient's mail to the hub with an alias, or set MAILTO and its like to an "
        "address on another host."
    ),
)
def relay_jobs(subject: Subject) -> Verdict:
    """Crontabs of the system and of users, anacron, at, and settings of logwatch, smartd, mdadm and
    other well-known programs name whom they mail. For each of them Sendmail is asked twice: what
    the MSP makes of it (submit.cf), and where the MTA would deliver that (-bv).

    Mail that a script addresses by itself is not seen here; the logs show it. The MSP runs as its
    own account and is not changed.
    """
    jobs = known(subject.facts.jobs)
    kept = [one for one in jobs.routes if _is_kept(subject, one)]
    refused = [one for one in jobs.routes if _is_refused(one)]
    findings = [_kept(subject, jobs, kept)] if kept else []
    if refused:
        findings.append(_refused(jobs, refused))
    unclear = [*jobs.unreadable, *jobs.left_out, *_troubles(subject, jobs)]
    findings += unseen(_ID, "Some jobs, or where they mail,", unclear)
    title = "Jobs mail nobody on this host" if jobs.routes else "No job mails anybody"
    return conclude(findings, title, _summary(subject, jobs), unknown=bool(unclear))


def _leaves_at_once(subject: Subject, route: Route) -> bool:
    """Whether the MSP hands it to another host than this one, past this MTA."""
    if route.submitted is None or not route.submitted.destinations:
        return False
    classes = subject.facts.classes
    if isinstance(classes, Unknown):
        return False
    own = {name.lower() for name in classes.w}
    hosts = [d.host.lower().rstrip(".") for d in route.submitted.destinations]
    return all(
        host and not _LOOPBACK.fullmatch(host) and host not in own and host.strip("[]") not in own
        for host in hosts
    )


def _is_kept(subject: Subject, route: Route) -> bool:
    cf = subject.facts.cf
    local = _ALWAYS_LOCAL if isinstance(cf, Unknown) else cf.local_mailers
    reached = (one.mailer for one in route.resolved.destinations)
    return any(name in local for name in reached) and not _leaves_at_once(subject, route)


def _is_refused(route: Route) -> bool:
    answers = [one for one in (route.submitted, route.resolved) if one is not None]
    return any(not one.destinations and not one.trouble for one in answers)


def _troubles(subject: Subject, jobs: Jobs) -> list[str]:
    return [
        f"{route.recipient}  {answer.trouble}"
        for route in jobs.routes
        for answer in (route.submitted, route.resolved)
        if answer is not None and answer.trouble and not _leaves_at_once(subject, route)
    ]


def _evidence(jobs: Jobs, routes: Sequence[Route]) -> tuple[str, ...]:
    lines: list[str] = []
    for route in routes:
        mailing = jobs.to(route.recipient)
        lines += [f"{job.place}  {job.text}" for job in mailing[:_SHOWN]]
        if len(mailing) > _SHOWN:
            lines.append(f"… and {len(mailing) - _SHOWN:,} more jobs that mail {route.recipient}")
        lines += [f"-bv {route.resolved.address}  {line}" for line in route.resolved.says[:3]]
    return shortened(lines)


def _named(routes: Sequence[Route]) -> str:
    more = f" and {len(routes) - 1:,} more" if len(routes) > 1 else ""
    return f"{routes[0].recipient}{more}"


def _kept(subject: Subject, jobs: Jobs, routes: Sequence[Route]) -> Finding:
    number = sum(len(jobs.to(route.recipient)) for route in routes)
    name = routes[0].recipient.partition("@")[0]
    return Finding(
        _ID,
        Severity.BLOCKER,
        f"{counted(number, 'job')} would have mail for {_named(routes)} delivered on this host",
        _evidence(jobs, routes),
        _WHY,
        f"Send it to the hub with an alias, then run newaliases; or change MAILTO:\n"
        f"{name}: {name}@{mail_hub(subject)}",
    )


def _refused(jobs: Jobs, routes: Sequence[Route]) -> Finding:
    return Finding(
        _ID,
        Severity.WARNING,
        f"Job mail for {_named(routes)} is refused",
        _evidence(jobs, routes),
        _REFUSED,
        "Set MAILTO, or the program's own setting, to an address that exists.",
    )


def _summary(subject: Subject, jobs: Jobs) -> str:
    """`7 jobs mail root, which goes to hub.example.org`."""
    parts = []
    for route in jobs.routes[:2]:
        straight = _leaves_at_once(subject, route)
        answer = route.submitted if straight and route.submitted else route.resolved
        parts.append(f"{counted(len(jobs.to(route.recipient)), 'job')}: {_goes(route, answer)}")
    more = len(jobs.routes) - len(parts)
    return ", ".join(parts) + (f", and {more:,} more recipients" if more > 0 else "")


def _goes(route: Route, answer: Resolution) -> str:
    where = next((one.host or one.mailer for one in answer.destinations), "")
    return f"{route.recipient} → {where}" if where else route.recipient
