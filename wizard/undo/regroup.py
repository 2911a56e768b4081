"""What was made since in directories that were the group's, once the group is gone."""

from __future__ import annotations

from wizard.errors import StepdownError
from wizard.host.base import HostWriter
from wizard.model import Kind
from wizard.plans import Plan, SetMeta
from wizard.undo.telling import Telling

MAIL_DIRECTORY = "mail-directory"
"The step under which it is told."


def regroup(host: HostWriter, plan: Plan, telling: Telling) -> None:
    """Give it to its directory's group again: left with the number, it would be the next group's.

    What fails is told, and keeps nothing else from being done.
    """
    for op in (op for step in plan.steps for op in step.ops):
        if isinstance(op, SetMeta) and op.expect.kind is Kind.DIRECTORY:
            try:
                _below(host, plan.gid, op, telling)
            except (StepdownError, OSError) as problem:
                telling.failures.append(str(problem))


def _below(host: HostWriter, gid: int, op: SetMeta, telling: Telling) -> None:
    for name in host.listdir(op.path):
        path = f"{op.path}/{name}"
        now = host.state(path)
        if now.gid == gid and now.kind in (Kind.FILE, Kind.DIRECTORY):
            host.set_meta(path, uid=now.uid, gid=op.expect.gid, mode=now.mode)
            told = f"{path} was made since; its group is as before"
            telling.note(MAIL_DIRECTORY, told)
