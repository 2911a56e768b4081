"""The daemon that runs: with this cf as it is now, and no other one beside it."""

from __future__ import annotations

import time

from wizard.events import Proof
from wizard.facts import daemons as daemons_fact
from wizard.facts import running_cf
from wizard.facts.model import Daemons, Instance
from wizard.host.base import Unreadable
from wizard.model import Outcome
from wizard.probes.proof import UNDO, Proving, proof_of

NO_DAEMON = "no daemon runs"
ACCEPTED = "needs.instances"
"The check whose finding an admin may accept: other daemons stay as they are."


def current(p: Proving, proof_id: str, title: str) -> Proof:
    """Every daemon of this cf was started, or read it again, after it was last changed.

    Raises Unreadable.
    """
    path = p.platform.cf_path
    changed = running_cf.changed(p.host, path)
    found = daemons_fact.gather(p.host)
    ours = [
        one
        for one in found.instances
        if running_cf.reads(p.host, path, one) and not running_cf.is_msp(one)
    ]
    daemons = [one for one in ours if one.kind == "daemon"]
    if not daemons:
        told = tuple(_shown(one) for one in found.instances) or (NO_DAEMON,)
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
        since, how = running_cf.read_at(p.host, one, found)
        line = f"{_shown(one)}  {how} {_clock(since)}; cf changed {_clock(changed)}"
        stale = running_cf.is_stale(p.host, path, one, found)
        (old if stale else told_well).append(line)
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
    ours = [one for one in daemons if running_cf.reads(p.host, p.platform.cf_path, one)]
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
