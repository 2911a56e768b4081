"""What keeps the platform's own tools from undoing the migration (fact 8)."""

from __future__ import annotations

from wizard.errors import StepdownError
from wizard.model import Kind
from wizard.plans import Command, Expected, Op, RunCommand, WriteFile
from wizard.platforms.base import MARK, GuardFile
from wizard.steps.base import Planned, Planning, StepDefinition
from wizard.steps.differs import repairing
from wizard.steps.kept import kept
from wizard.steps.service import NOTHING

OURS = 400
"Bytes at the start of a file in which it says that stepdown wrote it."


def _guard(p: Planning) -> Planned | None:
    if not p.platform.guard_script:
        return None
    ops = _written(p, p.platform.guard_files(p.host, kept(p)))
    return Planned((*_forgotten(p), *ops)) if ops else None


def _watch(p: Planning) -> Planned | None:
    if not p.platform.guard_script:
        return None
    written = _written(p, p.platform.guard_late_files())
    if repairing(p) and not written and not p.platform.guard_trouble(p.host, p.account.user):
        return None
    ops = (*_lulled(p), *p.platform.guard_commands(), *written)
    return Planned(ops) if ops else None


def _lulled(p: Planning) -> tuple[Op, ...]:
    """A repair's own new guard sleeps while the repair is undone.

    The cf says RunAsUser before and after, so that the guard, called by the service's start, would
    give the account at once what the undo has just given back.
    """
    script = p.platform.guard_script
    there = p.host.probe(Command(("/usr/bin/test", "-e", script), ok_codes=(0, 1))).code == 0
    if there or not repairing(p):
        return ()
    lull = Command(("/bin/chmod", "a-x", script), ok_codes=(0, 1))
    return (RunCommand(NOTHING, lull, only_undo=True),)


def _forgotten(p: Planning) -> tuple[Op, ...]:
    """Comes first, so that it is undone last: once the files are gone."""
    forget = p.platform.guard_forget()
    return (RunCommand(NOTHING, forget, only_undo=True),) if forget else ()


def _written(p: Planning, files: tuple[GuardFile, ...]) -> tuple[Op, ...]:
    found = (_file(p, one) for one in files)
    return tuple(op for op in found if op is not None)


def _file(p: Planning, one: GuardFile) -> WriteFile | None:
    now = p.host.state(one.path, content=True)
    if now.exists and (now.kind is not Kind.FILE or MARK not in (now.content or b"")[:OURS]):
        if one.spare:
            return None
        raise StepdownError(
            f"{one.path} exists already and is not ours; stepdown needs its place for the guard",
            f"Look at {one.path} and move it away, or fold what it does into what is there for it.",
        )
    gid = p.account.gid if one.path.startswith(f"{p.platform.mail_dir}/") else 0
    if now.content == one.content and (now.uid, now.gid, now.mode) == (0, gid, one.mode):
        return None
    expect = Expected.of(now)
    return WriteFile(
        one.path, one.content, 0, gid, one.mode, expect, now.content or b"", note=one.note
    )


GUARD = StepDefinition(
    id="guard",
    title="a guard, so that it stays",
    why="This platform's own make gives rebuilt maps to a group that the children are not in, and "
    "its sendmailconfig and package scripts the queue too: the relay would queue or refuse every "
    "message. The guard gives them back, and tells the log.",
    recipe="",
    stage="before",
    plan=_guard,
    after=("mail-directory", "etc-aliases", "runtime-files"),
)

WATCH = StepDefinition(
    id="guard-watch",
    title="the guard watches",
    why="What does not pass by make or dpkg would be seen by nobody: it is looked for at each "
    "change of the files, and each minute. Only now: while root's daemon ran the queue was root's.",
    recipe="",
    stage="after",
    plan=_watch,
    after=("service-start", "queue-again"),
)
