"""Does a queue runner of its own serve the MTA's queue?"""

from __future__ import annotations

from checks.evidence import conclude, shortened, unseen
from wizard.api import Finding, Severity, Subject, Unknown, Verdict, check, known
from wizard.facts.model import Instance

_ID = "needs.queue-runner"
_WHY = (
    "A queue runner that was started by itself (`sendmail -q15m`) gives root up for good when it "
    "starts. At the next SIGHUP, which every reload sends, it cannot become root again and ends: "
    "`could not drop privileges`. Deferred mail is then never retried. Until it is restarted it "
    "stays root, and what it defers becomes root's file, which the children cannot open."
)


@check(
    _ID,
    "Does a separate process run the queue?",
    rank=70,
    needs=("daemons",),
    uses=("queues",),
    severities=(Severity.OVERRIDABLE,),
    why=_WHY,
    remedy=(
        "Let the daemon run its own queue (`sendmail -bd -q10m`; on Debian DAEMON_MODE and "
        'QUEUE_MODE "daemon" in /etc/mail/sendmail.conf), or restart the runner at each reload.'
    ),
)
def needs_queue_runner(subject: Subject) -> Verdict:
    """Looked for among the processes: `Queue runner@00:15:00 for DIRECTORY`, or `Queue control` for
    persistent ones, that is no child of a daemon.

    A daemon that runs its own queue stays root and survives a reload. The runner of the client
    queue (`sendmail -Ac -q`) belongs to the MSP and its own account, and is not concerned.
    """
    daemons = known(subject.facts.daemons)
    runners = [
        one
        for one in daemons.instances
        if one.kind == "queue runner" and (one.uid == 0 or one.queue in _queues(subject))
    ]
    findings = [_finding(runners)] if runners else []
    hidden = [daemons.unseen] if daemons.unseen else []
    findings += unseen(_ID, "Queue runners", hidden)
    return conclude(findings, "No separate process runs the MTA's queue", unknown=bool(hidden))


def _queues(subject: Subject) -> set[str]:
    queues = subject.facts.queues
    if isinstance(queues, Unknown):
        return set()
    return {*queues.roots, *(directory.path for directory in queues.directories)}


def _finding(runners: list[Instance]) -> Finding:
    return Finding(
        _ID,
        Severity.OVERRIDABLE,
        "A separate process runs the MTA's queue",
        shortened([_shown(one) for one in runners]),
        _WHY,
        "Let the daemon run the queue itself and end the runner: start it with -bd -q10m; on "
        'Debian set both of these in /etc/mail/sendmail.conf and restart:\nDAEMON_MODE="daemon"\n'
        'QUEUE_MODE="daemon"',
    )


def _shown(one: Instance) -> str:
    return f"pid {one.pid}  {one.title}" + (f"  ({one.command})" if one.command else "")
