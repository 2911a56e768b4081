"""Reload or restart: which one fits this host, why, and how long port 25 would not answer."""

from __future__ import annotations

import shlex

from msgspec import Struct

from wizard.facts.model import Daemons, Facts, Instance, Queues, Unknown
from wizard.waits.sessions import busy

PREDICTED = {"reload": 0.05, "restart": 2.3}
"""Seconds, by switch: Debian's init script sleeps 2 s in each start, a SIGHUP takes about 20 ms
(`make bench` measures both beside ours)."""
SHORT = "It takes milliseconds, and the port is given up only by the daemon itself."


class SwitchAdvice(Struct, frozen=True):
    """What is recommended; the admin decides."""

    switch: str
    "`reload` or `restart`."
    why: str
    "One or two sentences, in the admin's words."
    seconds: dict[str, float] = {}
    "Predicted seconds without an answer, by switch; a switch that cannot be is not in it."
    beside: str = ""
    "What may add to that, such as sessions that are waited for."


def advise(facts: Facts | None, no_restart: str = "", drain: float = 60.0) -> SwitchAdvice:
    """Recommend a switch from what is known of the daemon.

    no_restart: why the platform's own stop and start would leave no daemon; empty where it would.
    drain: seconds that open sessions are given.
    """
    daemons = facts.daemons if facts else Unknown("nothing was looked at yet")
    beside = _beside(daemons, drain)
    seconds = dict(PREDICTED)
    if no_restart:
        del seconds["restart"]
        return SwitchAdvice("reload", f"{no_restart}: only a reload can be.", seconds, beside)
    if refused := why_no_reload(facts):
        del seconds["reload"]
        return SwitchAdvice("restart", f"A reload cannot be: {refused}.", seconds, beside)
    if doubt := _doubt(daemons):
        why = f"{doubt}, so it is not known whether it would survive a reload."
        return SwitchAdvice("restart", why, seconds, beside)
    why = f"One daemon serves and runs the queue, and can start itself anew. {SHORT}"
    return SwitchAdvice("reload", why, seconds, beside)


def why_no_reload(facts: Facts | None) -> str:
    """Why a SIGHUP would end a daemon or a queue runner; empty where nothing says so (fact 2)."""
    if facts is None or isinstance(facts.daemons, Unknown):
        return ""
    for one in facts.daemons.instances:
        if one.kind == "daemon" and (program := _program(one)) and not program.startswith("/"):
            return (
                f"the daemon was started as `{program}`, without its path, and cannot start "
                "itself anew when it gets a SIGHUP"
            )
        if one.kind == "queue runner" and _runs_the_queue(one, facts.queues):
            return (
                f"the queue has a runner of its own (pid {one.pid}), which drops root for good "
                "with RunAsUser and ends at a SIGHUP"
            )
    return ""


def _doubt(daemons: Daemons | Unknown) -> str:
    """What is not known of the daemon; empty where all is."""
    if isinstance(daemons, Unknown):
        return f"Which daemon runs is not known ({daemons.reason})"
    if daemons.unseen:
        return f"Not every process can be seen ({daemons.unseen})"
    found = [one for one in daemons.instances if one.kind == "daemon"]
    if not found:
        return "No daemon was seen"
    if any(not _program(one) for one in found):
        return "How the daemon was started is not known (no pid file tells it)"
    return "" if len(found) == 1 else f"{len(found)} daemons run here"


def _program(one: Instance) -> str:
    try:
        words = shlex.split(one.command)
    except ValueError:
        words = one.command.split()
    return words[0] if words else ""


def _runs_the_queue(runner: Instance, queues: Queues | Unknown) -> bool:
    """Whether it is the MTA's runner, by its queue; by root's uid where its queue is not told."""
    if isinstance(queues, Unknown) or not runner.queue:
        return runner.uid == 0
    places = {one.pattern for one in queues.directories} | set(queues.roots)
    return any(
        runner.queue == place or runner.queue.startswith(f"{place}/")
        for place in (one.rstrip("*") for one in places)
    )


def _beside(daemons: Daemons | Unknown, drain: float) -> str:
    if isinstance(daemons, Unknown):
        return ""
    count = sum(busy(one.title) for one in daemons.processes if one.uids[1] == 0)
    if not count:
        return ""
    sessions = "1 session or delivery is" if count == 1 else f"{count} sessions or deliveries are"
    if not drain:
        return f"{sessions} under way now; none is waited for."
    return f"{sessions} under way now: let finish first, {drain:g} s at most, the port being open."
