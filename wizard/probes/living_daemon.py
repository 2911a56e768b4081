"""The daemon that runs: with this cf as it is now, and no other one beside it."""

from __future__ import annotations

import time

from wizard.errors import StepdownError
from wizard.events import Proof
from wizard.facts import daemons as daemons_fact
from wizard.facts.model import Daemons, Instance
from wizard.host.base import Unreadable
from wizard.model import Outcome
from wizard.probes.proof import UNDO, Proving, proof_of

CLOCK = 1.5
"Seconds by which /proc's start of a process may be off: it counts from a boot in whole seconds."
ACCEPTED = "needs.instances"
"The check whose finding an admin may accept: other daemons stay as they are."


def current(p: Proving, proof_id: str, title: str) -> Proof:
    """Every daemon of this cf was started, or read it again, after it was last changed.

    After SIGHUP a daemon starts itself anew, under another pid as a rule; in the foreground
    (-bD) it keeps pid and start. It writes its pid file each time, so the later of both counts.
    Raises Unreadable.
    """
    path = p.host.resolve(p.platform.cf_path)
    changed = p.host.state(path).mtime_ns / 1e9
    found = daemons_fact.gather(p.host)
    ours = [one for one in found.instances if _reads(p, one) and not _msp(one)]
    daemons = [one for one in ours if one.kind == "daemon"]
    if not daemons:
        told = tuple(_shown(one) for one in found.instances) or ("no daemon runs",)
        return proof_of(
            proof_id,
            Outcome.FOUND,
            title,
            (f"no daemon reads {p.platform.cf_path}", *told),
            f"What is in this cf is in effect nowhere. Start Sendmail. {UNDO}",
        )
    old: list[str] = []
    told_well: list[str] = []
    for one in ours:
        since, how = _started(p, one, found)
        line = f"{_shown(one)}  {how} {_clock(since)}; cf changed {_clock(changed)}"
        stale = since + (0 if one.pid_file else CLOCK) < changed
        (old if stale or _root_runner(one) else told_well).append(line)
    if not old and not all(one.command for one in daemons):
        raise Unreadable("no pid file tells with which cf the daemon was started", "Run as root.")
    return proof_of(
        proof_id,
        Outcome.FOUND if old else Outcome.PASS,
        title,
        tuple(old or told_well),
        f"It runs by the cf as it was before. Restart Sendmail, then verify again. {UNDO}",
    )


def alone(p: Proving, proof_id: str, title: str) -> Proof:
    """No daemon with another cf, and no listener for SMTP that is a Sendmail of another one.

    Listeners that are no Sendmail are named: they are nothing that RunAsUser reaches. Raises
    Unreadable.
    """
    found = daemons_fact.gather(p.host)
    if found.unseen:
        raise Unreadable(found.unseen, "Run as root.")
    daemons = [one for one in found.instances if one.kind == "daemon"]
    ours = [one for one in daemons if _reads(p, one)]
    others = [one for one in daemons if one not in ours]
    told = [f"another daemon: {_shown(one)}{_ports(found, one)}" for one in others]
    told += [f"one more daemon: {_shown(one)}{_ports(found, one)}" for one in ours[1:]]
    told += _strays(found, daemons)
    if told and ACCEPTED in p.target.accepted:
        reason = f"accepted: {p.target.accepted[ACCEPTED]}"
        return proof_of(proof_id, Outcome.SKIPPED, f"Unproven: {title}", (reason, *told))
    well = [f"{_shown(one)}{_ports(found, one)}" for one in ours] + _not_sendmail(found)
    return proof_of(
        proof_id,
        Outcome.FOUND if told else Outcome.PASS,
        title,
        tuple(told or well),
        "Its children are what its own cf makes them: root, where that names no account. Stop "
        "the one that is not needed, or migrate it too.",
    )


def _reads(p: Proving, one: Instance) -> bool:
    """Whether it was started with this very cf; where no pid file tells, it is not excluded."""
    if not one.cf:
        return True
    return p.host.resolve(one.cf) == p.host.resolve(p.platform.cf_path)


def _msp(one: Instance) -> bool:
    """The MSP's queue runner: it reads submit.cf, by its own account or by -Ac."""
    return one.kind != "daemon" and (one.uid != 0 or "-Ac" in one.command.split())


def _root_runner(one: Instance) -> bool:
    """A queue runner of its own steps down when it starts; one that is root has not read it."""
    return one.kind != "daemon" and one.uid == 0


def _started(p: Proving, one: Instance, found: Daemons) -> tuple[float, str]:
    """When it read its cf, seconds since the epoch, and how that is known."""
    begun = next((x.started for x in found.processes if x.pid == one.pid), 0.0)
    if not one.pid_file:
        return begun, "started"
    try:
        written = p.host.state(one.pid_file).mtime_ns / 1e9
    except StepdownError:
        return begun, "started"
    return (written, "read it") if written + CLOCK >= begun else (begun, "started")


def _strays(found: Daemons, daemons: list[Instance]) -> list[str]:
    """Sendmail processes that listen for SMTP and are none of the daemons."""
    known = {one.pid for one in daemons}
    own = {one.pid: one for one in found.processes}
    return [
        f"listens without being a daemon we know: {one.address}:{one.port}  pid {one.pid} "
        f"{one.title}"
        for one in found.listeners
        if one.pid in own and one.pid not in known and own[one.pid].ppid not in known
    ]


def _not_sendmail(found: Daemons) -> list[str]:
    own = {one.pid for one in found.processes}
    return [
        f"no Sendmail: {one.address}:{one.port}  pid {one.pid} {one.title}"
        for one in found.listeners
        if one.pid and one.pid not in own
    ]


def _ports(found: Daemons, one: Instance) -> str:
    ports = [f"{x.address}:{x.port}" for x in found.listeners if x.pid == one.pid]
    return f"  on {', '.join(ports)}" if ports else ""


def _shown(one: Instance) -> str:
    started = one.command or one.title
    return f"pid {one.pid} uid {one.uid}  {started}"


def _clock(moment: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(moment))
