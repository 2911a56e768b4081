"""What a planned step would do, as text for each of the preview's tabs."""

from __future__ import annotations

from collections.abc import Callable

from textual.content import Content

from screens.text import lines, paragraph, say
from screens.way_back import script_told
from screens.widgets.diff import difference
from screens.words import FINAL, UNDOABLE, Tone
from wizard.diff import MetaChange, StepPreview

TABS = ("Commands", "Files", "Owner and mode", "Why", "Undo")


def counts(preview: StepPreview) -> tuple[tuple[str, int], ...]:
    """The tabs with how much is in each."""
    numbers = (
        len(preview.commands),
        len(preview.files),
        len(preview.metadata),
        -1,
        -1,
    )
    return tuple(zip(TABS, numbers, strict=True))


def first_tab(preview: StepPreview) -> int:
    """The tab that tells most: files before owners before commands."""
    for index, part in ((1, preview.files), (2, preview.metadata), (0, preview.commands)):
        if part:
            return index
    return 3


def tab_content(preview: StepPreview, tab: int, width: int, beside: bool) -> Content:
    """One tab's text."""
    show: tuple[Callable[[], list[Content]], ...] = (
        lambda: _commands(preview, width),
        lambda: _files(preview, width, beside),
        lambda: _metadata(preview, width),
        lambda: _why(preview, width),
        lambda: _undo(preview),
    )
    return lines(show[tab]())


def _commands(preview: StepPreview, width: int) -> list[Content]:
    if not preview.commands:
        return [say(("This step runs no command.", Tone.QUIET))]
    out: list[Content] = []
    for command in preview.commands:
        prompt = ("# ", Tone.LEAD.bold) if command.changes else ("? ", Tone.SHOWN.bold)
        body = say((command.text, "bold")).wrap(max(20, width - 2))
        out += [say(prompt if i == 0 else ("  ", ""), part) for i, part in enumerate(body)]
        about = command.meaning or ("" if command.changes else "changes nothing")
        if about and not command.changes and command.meaning:
            about = f"stops the plan where it says no: {about}"
        out += [say("  ", part) for part in say((about, Tone.QUIET)).wrap(max(20, width - 2))]
        out.append(say(""))
    out.append(say(("# changes this host    ? asks or waits, changes nothing", Tone.QUIET)))
    return out


def _files(preview: StepPreview, width: int, beside: bool) -> list[Content]:
    if not preview.files:
        return [say(("This step writes no file.", Tone.QUIET))]
    out: list[Content] = []
    for change in preview.files:
        about = "   ".join(part for part in (change.summary, change.note) if part)
        out.append(say((change.path, Tone.SHOWN.bold), "   ", (about, Tone.QUIET)))
        out += difference(change, width, beside)
        out.append(say(""))
    return out


def _metadata(preview: StepPreview, width: int) -> list[Content]:
    if not preview.metadata:
        return [say(("This step changes no owner or mode.", Tone.QUIET))]
    column = min(max(len(one.path) for one in preview.metadata), max(20, width - 50)) + 2
    return [line for one in preview.metadata for line in _meta(one, column, width)]


def _meta(one: MetaChange, column: int, width: int) -> list[Content]:
    path = say((one.path, Tone.SHOWN.bold))
    change = say(one.before, ("  →  ", Tone.QUIET), (one.after, Tone.GOOD))
    if path.cell_length + 2 > column:
        out = [path, say("    ", change)]
    else:
        out = [say(path.pad_right(column - path.cell_length), change)]
    if one.tree:
        told = one.scope or "and everything below it changes owner"
        out += [say("    ", part) for part in say((told, Tone.QUIET)).wrap(max(20, width - 4))]
    out += [say("    ", part) for part in say((one.note, Tone.WARN)).wrap(width - 4) if part]
    return out


def _why(preview: StepPreview, width: int) -> list[Content]:
    step = preview.step
    out = [paragraph("Why", step.why, width), say("")]
    if step.recipe:
        out += [paragraph("The article", f"“{step.recipe}”", width), say("")]
    else:
        out += [paragraph("The article", "does not have this step.", width, "$text-muted"), say("")]
    out += [paragraph("Note", note, width) for note in step.notes]
    return out


def _undo(preview: StepPreview) -> list[Content]:
    sign = UNDOABLE if preview.step.undoable else FINAL
    head = say((f"{sign.symbol} {sign.word}", sign.tone.bold))
    if not preview.undo:
        return [head, say(""), say("Nothing is changed, so nothing needs to be undone.")]
    told = [say(f"  {n}. {line}") for n, line in enumerate(preview.undo, 1)]
    return [head, say(("Rollback will do this for this very step:", Tone.QUIET)), say(""), *told]


def way_back_content() -> Content:
    """The script that every run has, where it will lie and how it is run."""
    what, how, run, when = script_told()
    return lines(
        [
            say(("The way back without stepdown", Tone.SHOWN.bold)),
            say(""),
            say(what),
            say(""),
            say(("# ", Tone.LEAD.bold), (how, "bold")),
            say(""),
            say((run, Tone.QUIET)),
            say((when, Tone.QUIET)),
        ]
    )
