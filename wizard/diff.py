"""A plan told to a person: commands, file differences, owner and mode changes, and the undo.

Made from the plan alone, so a plan can be reviewed on any machine, and so that what is shown can
only be what will run. Uses difflib; colours belong to the screens.
"""

from __future__ import annotations

from difflib import unified_diff

from msgspec import Struct

from wizard.deadman.default import minutes_for
from wizard.deadman.layout import LEGEND, TIMER_STEP, TITLE, WHY, planned
from wizard.engine.address import smtp_address
from wizard.model import Kind, Mode
from wizard.plans import (
    Await,
    Condition,
    Expected,
    Gate,
    Names,
    Op,
    Plan,
    RunCommand,
    SetMeta,
    SetMetaTree,
    Step,
    WriteFile,
)


class FileChange(Struct, frozen=True):
    """One file's content before and after."""

    path: str
    before: str
    after: str
    created: bool
    unified: tuple[str, ...]
    "Unified diff lines without the file header."
    summary: str
    "`+1 -0`, or `new, 14 lines`."
    note: str


class MetaChange(Struct, frozen=True):
    """One path's owner and mode before and after."""

    path: str
    before: str
    "`root:smmsp 2750`"
    after: str
    tree: bool
    "True where all below it changes owner too."
    note: str
    scope: str = ""
    "Of a pass over a tree: which of what lies below it; empty where that is all of it."

    @property
    def extent(self) -> str:
        """What is meant besides the path itself, as words that follow it; empty for no tree."""
        if not self.tree:
            return ""
        return f": {self.scope}" if self.scope else " and all below it"


class CommandLine(Struct, frozen=True):
    """One command as it will run."""

    text: str
    meaning: str
    changes: bool
    "False for gates and waits, which change nothing."


class StepPreview(Struct, frozen=True):
    """One step as the preview shows it."""

    step: Step
    commands: tuple[CommandLine, ...]
    files: tuple[FileChange, ...]
    metadata: tuple[MetaChange, ...]
    undo: tuple[str, ...]
    "What rollback will do for this very step, in order."


class PlanTotals(Struct, frozen=True):
    """The preview's one-line sum."""

    steps: int
    commands: int
    files: int
    metadata: int
    points_of_no_return: int


def preview(plan: Plan, minutes: float | None = None) -> tuple[StepPreview, ...]:
    """Every step of the plan, told in full, after the timer that undoes it unless it is kept.

    minutes: until then, 0: never, where they are known; else as the plan has them on a live host.
    """
    names = _names(plan)
    given = plan.choices.confirm_within if minutes is None else minutes
    resolved = minutes_for(given, Mode.LIVE)
    timer = (_timer(plan, resolved),) if resolved else ()
    before = _before(plan)
    return (*timer, *(_preview(step, names, before) for step in plan.steps))


def totals(previews: tuple[StepPreview, ...]) -> PlanTotals:
    """Counts over all steps; gates and waits are not counted as commands."""
    return PlanTotals(
        steps=len(previews),
        commands=sum(c.changes for p in previews for c in p.commands),
        files=sum(len(p.files) for p in previews),
        metadata=sum(len(p.metadata) for p in previews),
        points_of_no_return=sum(not p.step.undoable for p in previews),
    )


def _before(plan: Plan) -> dict[str, Expected]:
    """What each tree is before the first pass over it."""
    trees = [op for step in plan.steps for op in step.ops if isinstance(op, SetMetaTree)]
    return {op.path: op.expect for op in reversed(trees)}


def _preview(step: Step, names: Names, before: dict[str, Expected]) -> StepPreview:
    return StepPreview(
        step,
        tuple(line for op in step.ops for line in _commands(op)),
        tuple(_file_change(op) for op in step.ops if isinstance(op, WriteFile)),
        tuple(_meta_change(op, names) for op in step.ops if isinstance(op, SetMeta | SetMetaTree)),
        tuple(line for op in reversed(step.ops) for line in _undo(op, names, before)),
    )


def _commands(op: Op) -> list[CommandLine]:
    if isinstance(op, RunCommand) and op.only_undo:
        return []
    if isinstance(op, RunCommand):
        return [CommandLine(str(op.command), op.note, True)]
    if isinstance(op, Gate):
        return [CommandLine(str(op.command), op.meaning, False)]
    if isinstance(op, Await) and not op.on_undo:
        return [CommandLine(f"wait: {_waiting(op)}", "", False)]
    return []


def _waiting(op: Await) -> str:
    what = {
        Condition.SMTP_ANSWERS: f"until {op.subject} answers with 220",
        Condition.NO_SENDMAIL_CHILDREN: "until the old daemon's sessions have ended",
        Condition.SESSIONS_DRAINED: "until the sessions that are open then have ended",
        Condition.MESSAGES_TAKEN: "until messages on their way in have been answered",
        Condition.DAEMON_ANEW: "until the daemon has started itself anew",
        Condition.OLD_CHILDREN_ENDED: "until root's last children have ended; then end them",
        Condition.PORT_CLOSED: f"until the old daemon has left {op.subject}",
        Condition.ACCOUNT_IDLE: f"until no process of uid {op.subject} is left",
    }[op.condition]
    return f"{what}, at most {op.timeout:g} s"


def _timer(plan: Plan, minutes: float) -> StepPreview:
    """As wizard.deadman sets it: no operation of the plan, as nobody knows the time yet."""
    timer = planned(int(smtp_address(plan).rpartition(":")[2]), systemd=plan.manager == "systemd")
    step = Step(
        *(TIMER_STEP, TITLE, WHY, "", "before", ()),
        notes=(f"It undoes itself {minutes:g} minutes after the proof.", LEGEND),
    )
    deeds = (*timer.setting(), *timer.late())
    return StepPreview(
        step,
        tuple(CommandLine(str(one.command), one.meaning, True) for one in deeds),
        tuple(_change(one.path, b"", one.content, True, one.note) for one in timer.shown_files()),
        (),
        timer.shown_undo(),
    )


def _file_change(op: WriteFile) -> FileChange:
    return _change(op.path, op.before, op.content, op.expect.kind is Kind.ABSENT, op.note)


def _change(path: str, old: bytes, new: bytes, created: bool, note: str) -> FileChange:
    before, after = old.decode("utf-8", "replace"), new.decode("utf-8", "replace")
    lines = list(unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=3))[2:]
    added = sum(line.startswith("+") for line in lines)
    removed = sum(line.startswith("-") for line in lines)
    summary = f"new, {len(after.splitlines())} lines" if created else f"+{added} -{removed}"
    return FileChange(path, before, after, created, tuple(lines), summary, note)


def _meta(names: Names, uid: int, gid: int, mode: int) -> str:
    return f"{names.owner(uid, gid)} {mode:04o}"


def _meta_change(op: SetMeta | SetMetaTree, names: Names) -> MetaChange:
    before = _expected(op.expect, names)
    tree = isinstance(op, SetMetaTree)
    mode = op.dir_mode if isinstance(op, SetMetaTree) else op.mode
    scope = _scope(op) if isinstance(op, SetMetaTree) else ""
    return MetaChange(op.path, before, _meta(names, op.uid, op.gid, mode), tree, op.note, scope)


def _scope(op: SetMetaTree) -> str:
    """Which pass over the tree this is."""
    if op.ahead:
        return (
            "the bulk of what lies below it, while the relay still answers: entries in use are"
            " left for a later pass, and until then its directories are root's alone, 0700"
        )
    if op.again:
        return "what arrived or was in use during the pass before, and is not the account's yet"
    return ""


def _expected(expect: Expected, names: Names) -> str:
    if expect.kind is Kind.ABSENT:
        return "absent"
    return _meta(names, expect.uid, expect.gid, expect.mode)


def _undo(op: Op, names: Names, before: dict[str, Expected]) -> list[str]:
    if isinstance(op, WriteFile):
        if op.expect.kind is Kind.ABSENT:
            return [f"remove {op.path}"]
        return [f"put back {op.path} with content, owner, mode, xattrs and mtime"]
    if isinstance(op, SetMeta):
        return [f"give {op.path} back to {_expected(op.expect, names)}"]
    if isinstance(op, SetMetaTree):
        return _undo_tree(op, _expected(before.get(op.path, op.expect), names))
    if isinstance(op, RunCommand):
        if op.undo is None:
            return ["cannot be undone: point of no return"]
        kept = [f"make {path} what it was, mtime too" for path in op.touches]
        return [f"run {op.undo}", *kept]
    if isinstance(op, Await) and op.on_undo:
        return [f"wait {_waiting(op)}"]
    return []


def _undo_tree(op: SetMetaTree, was: str) -> list[str]:
    if op.again:
        return [f"read the control files in {op.path}: what no relay has written is found"]
    if op.ahead:
        return [
            f"while the relay runs as before: give each entry below {op.path} that still exists "
            "its owner back; contents stay"
        ]
    return [
        f"set aside what no relay has written, before root's daemon may run it; give {op.path} "
        f"back to {was}",
    ]


def _names(plan: Plan) -> Names:
    """The plan's own account, and what is well known everywhere; no look-ups on other hosts."""
    return Names(
        {**plan.names.users, str(plan.uid): plan.choices.user},
        {**plan.names.groups, str(plan.gid): plan.choices.group},
    )
