"""Proving a host as it is now: what to prove from its own facts, and the proofs as they come."""

from __future__ import annotations

from collections.abc import Iterator
from queue import Queue
from threading import Thread

from wizard.errors import StepdownError
from wizard.events import Event
from wizard.facts import accounts as accounts_fact
from wizard.facts import cf, daemons
from wizard.host.base import HostReader
from wizard.last_switch import Switched
from wizard.plans import Choices, Plan, WriteFile
from wizard.platforms.base import Platform
from wizard.probes.proof import Target
from wizard.probes.verify import Verifier
from wizard.steps.service import listening_address


def target_of(
    host: HostReader, platform: Platform, probe_to: str, switched: Switched | None = None
) -> Target:
    """What a healthy migrated host would be, by its cf as it is this moment.

    Never by facts gathered earlier: a migration may lie between. Raises StepdownError.
    """
    known = switched or Switched()
    choices = known.plan.choices if known.plan else Choices()
    accounts = accounts_fact.gather(host)
    listening = daemons.gather(host)
    run_as = cf.gather(host, platform.cf_path).option("RunAsUser")
    user, _colon, group = run_as.replace(".", ":", 1).partition(":")
    account = accounts.user(user)
    of_group = accounts.group(group) if group else None
    return Target(
        address=listening_address(listening),
        uid=account.uid if account else 0,
        gid=of_group.gid if of_group else (account.gid if account else 0),
        user=user or "an unprivileged account",
        probe_to=probe_to,
        since=known.since,
        baseline=known.baseline,
        unrecorded=known.unrecorded,
        run=known.run,
        group=group or user,
        purpose=choices.purpose,
        edit=choices.edit,
        later=True,
        accepted=known.plan.accepted if known.plan else {},
        guard=_guard(known.plan) if known.plan else {},
    )


def _guard(plan: Plan) -> dict[str, bytes]:
    """What the steps of the guard wrote."""
    ops = [op for step in plan.steps if step.id.startswith("guard") for op in step.ops]
    return {op.path: op.content for op in ops if isinstance(op, WriteFile) and op.content}


def prove(host: HostReader, platform: Platform, target: Target) -> Iterator[Event]:
    """The proofs' events, live. Raises StepdownError where the verification itself fails."""
    told: Queue[Event | Exception | None] = Queue()

    def work() -> None:
        try:
            Verifier(host, platform, target, told.put).run()
        except Exception as problem:  # handed to the reader, who must not wait for ever
            told.put(problem)
        told.put(None)

    Thread(target=work, daemon=True).start()
    while (event := told.get()) is not None:
        if isinstance(event, Exception):
            raise StepdownError(f"the verification itself failed: {event}") from event
        yield event
