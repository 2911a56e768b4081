"""What keeps the platform's own rebuild from undoing the migration (fact 8)."""

from __future__ import annotations

from wizard.errors import StepdownError
from wizard.plans import Expected, WriteFile
from wizard.steps.base import Planned, Planning, StepDefinition


def _guard(p: Planning) -> Planned | None:
    path = p.platform.guard_path
    if not path or not p.host.state(p.platform.guarded_path).exists:
        return None
    now = p.host.state(path, content=True)
    content = p.platform.guard(p.account.group)
    if now.exists and now.content != content:
        raise StepdownError(
            f"{path} exists already and is not ours; stepdown needs its place for the guard",
            f"Look at {path}, fold what it does into /etc/mail/Makefile.local or remove it.",
        )
    if now.exists:
        return None
    note = "make prefers it to Makefile; it gives group read back to every map that is rebuilt"
    op = WriteFile(path, content, 0, p.account.gid, 0o644, Expected.of(now), note=note)
    return Planned((op,))


GUARD = StepDefinition(
    id="guard",
    title="a guard, so that it stays",
    why="This platform's own make, run at every start and reload, gives rebuilt maps back to a "
    "group that the children are not in: one edit of the mailertable and the relay would queue "
    "every message.",
    recipe="",
    stage="before",
    plan=_guard,
    after=("mail-directory",),
)
