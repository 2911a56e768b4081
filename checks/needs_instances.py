"""Are there several Sendmail daemons on this host?"""

from __future__ import annotations

from collections.abc import Sequence

from checks.evidence import conclude, counted, shortened, unseen
from wizard.api import Finding, Severity, Subject, Unknown, Verdict, check, known
from wizard.facts.instances import own_settings
from wizard.facts.model import Instance

_ID = "needs.instances"
_WHY = (
    "Each daemon has its own cf and its own queue. This program migrates the one that reads the "
    "cf named here; the children of the others stay root."
)
_SHARED = (
    "The daemon that stays root would put its own files into the queue that becomes the account's: "
    "the unprivileged children cannot run those, and nothing is logged."
)


_ROUTING = (
    *("aliasfile", "forwardpath", "doublebounceaddress", "postmastercopy", "userdatabasespec"),
    *("serviceswitchfile", "queuedirectory", "runasuser", "loglevel", "dontblamesendmail"),
)
"Options on which the other checks rest; PidFile, DaemonPortOptions and the like change nothing."


@check(
    _ID,
    "Is there more than one Sendmail daemon?",
    rank=80,
    needs=("daemons",),
    uses=("cf", "queues", "ground"),
    severities=(Severity.BLOCKER, Severity.OVERRIDABLE, Severity.WARNING),
    why=f"{_WHY} {_SHARED}",
    remedy=(
        "Give each daemon its own queue. Stop a daemon that is not needed, or accept that it stays "
        "as it is."
    ),
)
def needs_instances(subject: Subject) -> Verdict:
    """Several daemons can run side by side, each started with its own cf (-C), queue and pid file.

    Daemons are found among the processes; how each was started stands in the pid file that it
    holds open. What it sets there in place of the cf (-O AliasFile=FILE) counts too. Units, init
    scripts and crontabs that start Sendmail with another cf are told too. The MSP and its queue
    runner are no daemon of this kind.
    """
    daemons = known(subject.facts.daemons)
    running = [one for one in daemons.instances if one.kind == "daemon"]
    with_other = [one for one in daemons.instances if _is_other(subject, one)]
    findings = []
    if running and all(_is_other(subject, one) for one in running):
        findings.append(_another_cf(running))
    elif len(running) > 1 or with_other:
        everyone = [*running, *(one for one in with_other if one not in running)]
        findings.append(_several(subject, everyone))
    if set_apart := [(one, s) for one in daemons.instances if (s := _set_apart(one))]:
        findings.append(_own_options(set_apart))
    reasons = [daemons.unseen] if daemons.unseen else []
    ground = subject.facts.ground
    if not isinstance(ground, Unknown):
        if ground.other_cf and not with_other:
            findings.append(_started_elsewhere(ground.other_cf))
        reasons += [ground.unknown["other_cf"].reason] if "other_cf" in ground.unknown else []
    findings += unseen(_ID, "Other daemons", reasons)
    where = f"pid {running[0].pid}" if running else ""
    return conclude(findings, "There is one Sendmail daemon", where, unknown=bool(reasons))


def _is_other(subject: Subject, one: Instance) -> bool:
    """Whether it reads another cf than the one that is to be changed."""
    cf = subject.facts.cf
    return bool(one.cf) and not isinstance(cf, Unknown) and one.cf != cf.path


def _shown(one: Instance) -> str:
    parts = [f"pid {one.pid}", one.command or one.title]
    parts += [f"queue {one.queue}"] if one.queue else []
    return "  ".join([*parts, one.pid_file] if one.pid_file else parts)


def _several(subject: Subject, instances: Sequence[Instance]) -> Finding:
    sharing = [one for one in instances if _is_other(subject, one) and _shares(subject, one)]
    unclear = [one for one in instances if not _is_other(subject, one)]
    shared = bool(sharing) or len(unclear) > 1
    title = f"{counted(len(instances), 'Sendmail process')} have a cf and a queue of their own"
    if shared:
        title = f"{counted(len(instances), 'Sendmail process')} share a queue, or may"
    return Finding(
        _ID,
        Severity.BLOCKER if shared else Severity.OVERRIDABLE,
        title,
        shortened([_shown(one) for one in instances]),
        _SHARED if shared else _WHY,
        "Give each daemon its own QueueDirectory and PidFile, or stop the one that is not needed."
        if shared
        else "Stop the daemon that is not needed, or accept that only this one is migrated.",
    )


def _set_apart(one: Instance) -> list[str]:
    """What its command line sets in place of the cf, as far as other checks rest on it."""
    settings = () if "-Ac" in one.command.split() else own_settings(one.command)
    return [s for s in settings if s[0] == "$" or s.partition("=")[0].lower() in _ROUTING]


def _own_options(found: Sequence[tuple[Instance, list[str]]]) -> Finding:
    names = ", ".join(dict.fromkeys(name for _one, names in found for name in names))
    return Finding(
        _ID,
        Severity.BLOCKER,
        "The daemon was started with options that the cf does not have",
        shortened([f"{_shown(one)}: {', '.join(names)}" for one, names in found]),
        "What is judged here is the cf: the daemon delivers by other aliases, another queue or "
        "another path than those that were looked at.",
        f"Put them into the .mc ({names}), start the daemon without them, then re-check.",
    )


def _shares(subject: Subject, one: Instance) -> bool:
    queues = subject.facts.queues
    if isinstance(queues, Unknown) or not one.queue:
        return True
    named = {
        *queues.roots,
        *(d.path for d in queues.directories),
        *(d.pattern for d in queues.directories),
    }
    return one.queue in named


def _another_cf(running: Sequence[Instance]) -> Finding:
    return Finding(
        _ID,
        Severity.BLOCKER,
        "The daemon that runs reads another cf",
        shortened([_shown(one) for one in running]),
        "What this program would change is a cf that no running daemon reads: nothing would come "
        "of it.",
        "Start the daemon with the cf of this host, without -C, then re-check.",
    )


def _started_elsewhere(lines: Sequence[str]) -> Finding:
    return Finding(
        _ID,
        Severity.WARNING,
        "Something starts Sendmail with another cf",
        shortened(lines),
        _WHY,
        "See whether it is still needed; a daemon that it starts is not migrated.",
    )
