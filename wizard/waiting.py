"""Waiting for the host, bounded: one way in for every condition that a plan may wait for."""

from __future__ import annotations

from collections.abc import Callable

from wizard.host.base import HostWriter
from wizard.plans import Await, Condition
from wizard.waits.base import Stopped, Talk, until
from wizard.waits.drain import (
    account_idle,
    children_gone,
    messages_taken,
    old_children_ended,
    sessions_drained,
)
from wizard.waits.smtp import daemon_anew, port_closed, smtp_answers

_WAITS: dict[Condition, Callable[[Await, HostWriter, Talk], bool]] = {
    Condition.SMTP_ANSWERS: lambda op, _host, talk: until(
        op.timeout, lambda: smtp_answers(op.subject), talk
    ),
    Condition.DAEMON_ANEW: lambda op, host, talk: daemon_anew(op.subject, op.timeout, host, talk),
    Condition.PORT_CLOSED: lambda op, host, talk: port_closed(op.subject, op.timeout, host, talk),
    Condition.NO_SENDMAIL_CHILDREN: children_gone,
    Condition.SESSIONS_DRAINED: sessions_drained,
    Condition.MESSAGES_TAKEN: messages_taken,
    Condition.OLD_CHILDREN_ENDED: old_children_ended,
    Condition.ACCOUNT_IDLE: account_idle,
}


def wait_for(op: Await, host: HostWriter, talk: Talk) -> bool:
    """Wait as the operation says; False where time ran out or the admin goes on. Raises Stopped."""
    return _WAITS[op.condition](op, host, talk)


__all__ = ["Stopped", "Talk", "smtp_answers", "wait_for"]
