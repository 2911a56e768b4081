"""Recording the baseline: each port is asked as it will be after the switch, but sends nothing."""

from __future__ import annotations

from wizard.errors import StepdownError
from wizard.events import Event
from wizard.facts import cf as cf_fact
from wizard.host.base import HostReader
from wizard.platforms.base import Platform
from wizard.probes.queue.proofs import waiting_entries
from wizard.probes.session.baseline import Baseline, Door
from wizard.probes.session.conversation import NOBODY, Asking, Talk, converse, greeting_within
from wizard.probes.session.endpoints import gather


def record(
    host: HostReader, platform: Platform, address: str, probe_to: str
) -> tuple[Baseline, list[str]]:
    """Look at the relay as it is now. Also returns what could not be looked at, in words."""
    recipient = probe_to or NOBODY
    try:
        cf = cf_fact.gather(host, platform.cf_path)
        endpoints = gather(host, platform.cf_path, address)
        waiting = waiting_entries(host, cf)
    except StepdownError as problem:
        return Baseline(), [f"before the switch: {problem}"]
    within = greeting_within(endpoints)
    asking = Asking(host, _silent, host.identity().host, recipient, greeting=within)
    doors = tuple(door_of(converse(one, asking)) for one in endpoints.served)
    told = [f"before the switch: {one.address}: {one.problem}" for one in doors if one.problem]
    told += [f"before the switch: {line}" for line in endpoints.closed]
    return Baseline(doors, waiting, recipient), told


def door_of(talk: Talk) -> Door:
    """What is kept of a talk."""
    return Door(
        talk.endpoint.address,
        talk.offered or (),
        talk.inside or (),
        talk.handshake,
        {verb: reply.text for verb, reply in talk.replies.items()},
        talk.problem or talk.tls_problem,
    )


def _silent(_event: Event) -> None:
    """The screens show the proofs, not this."""
