"""What a rollback has come to, or what recovery is about, in words."""

from __future__ import annotations

from textual.content import Content

from screens.recovering import happened, ways
from screens.run_view import RunView
from screens.text import say
from screens.way_back import undo_script
from screens.widgets.certificate import certificate_lines, exception_lines
from screens.words import UNDONE, Tone, count
from wizard.model import Outcome
from wizard.run_status import RunStatus


def recovery_lines(status: RunStatus, view: RunView, now: float, width: int) -> list[Content]:
    """What happened, then each way out with what it will do."""
    out = [*_table(happened(status, view, now), width), say("")]
    for way in ways(status, view, now):
        told = say(f"{way.called.ljust(_CALLED)}{way.told}").stylize("bold", 0, _CALLED)
        for number, part in enumerate(_hanging(told, width - 4)):
            key = f" {way.key}  " if number == 0 else "    "
            out.append(say((key, Tone.LEAD.bold), part))
    return out


_CALLED = 11
"Columns for what a way is called."


def _hanging(told: Content, width: int) -> list[Content]:
    """The text beside what the way is called."""
    name, text = told.divide((_CALLED,))[0], told.divide((_CALLED,))[1]
    wrapped = text.wrap(max(20, width - _CALLED))
    blank = " " * _CALLED
    return [say(name if i == 0 else blank, part) for i, part in enumerate(wrapped)]


def _table(pairs: list[tuple[str, str]], width: int) -> list[Content]:
    label = 11
    out = []
    for name, text in pairs:
        tone = Tone.WARN.style if name in ("half done", "timer") else ""
        for number, part in enumerate(say((text, tone)).wrap(max(20, width - label))):
            head = name.ljust(label) if number == 0 else " " * label
            out.append(say((head, Tone.QUIET), part))
    return out


def rolled_back_lines(view: RunView, width: int) -> list[Content]:
    """The host is as it was, with the certificate for it."""
    found = view.certificate
    same = found is None or (found.before == found.after and not found.exceptions)
    word = "The host is as it was." if same else "The host is as it was, with exceptions."
    message = view.message
    if found is not None:
        message = message.partition(". ")[0] if "each named" in message else message
    out = [
        say((f"{UNDONE.symbol} {word}", Tone.WARN.bold), _compared(view)),
        say("The migration has not happened: children run as root again."),
        *([say((message, Tone.WARN))] if message else []),
        say(""),
        *cause_lines(view),
    ]
    if found is not None:
        out += certificate_lines(found, width)
    elif view.exceptions:
        out += exception_lines(tuple(view.exceptions), width)
    repair = "Nothing needs to be repaired." if same else "Look at the exceptions."
    return [*out, say(""), say((f"{repair} b goes back to the plan.", Tone.QUIET))]


def _compared(view: RunView) -> Content:
    """The certificate in a few words, for the first line."""
    found = view.certificate
    if found is None:
        return say("")
    told = f" {count(found.paths, 'path')} compared: "
    if found.before == found.after:
        return say(told, ("✔ identical", Tone.GOOD.bold))
    return say(told, (f"⚠ {count(len(found.exceptions), 'exception')}", Tone.WARN.bold))


def attention_lines(view: RunView, run: str, width: int) -> list[Content]:
    """What could not be given back, and what a person does about it."""
    out = [
        say(("✖ Something could not be given back.", Tone.BAD.bold)),
        say((view.message, Tone.BAD)),
        say(""),
    ]
    for one in view.steps.values():
        if one.problem:
            out.append(say(("✖ ", Tone.BAD.bold), (one.title, "bold"), f"  {one.problem}"))
    out += [
        say(""),
        say(("What to do", Tone.SHOWN.bold)),
        say("1. Repair what the line above names; l shows the whole log."),
        say("2. Press u to roll back again: what is undone already stays undone."),
        say("3. The last resort, a plain script that needs neither Python nor stepdown:"),
        say("   ", (f"sh {undo_script(run)}", "bold")),
        say(("Nothing that was saved is thrown away: it lies beside that script.", Tone.QUIET)),
    ]
    if view.certificate is not None:
        out += [say(""), *certificate_lines(view.certificate, width)]
    return out


def cause_lines(view: RunView) -> list[Content]:
    """The proofs that failed and the steps that did, which led to the rollback."""
    out: list[Content] = []
    for proof in view.proofs.values():
        if proof.outcome not in (Outcome.PASS, Outcome.SKIPPED):
            out += [say(("✖ ", Tone.BAD.bold), (proof.title, "bold"))]
            out += [say(f"  {line}") for line in proof.evidence]
            out += [say(("  " + proof.meaning, Tone.WARN)), say("")]
    for one in view.steps.values():
        if one.problem:
            shown = say(("✖ ", Tone.BAD.bold), (one.title, "bold"), f"  {one.problem}")
            out += [shown, say("")]
    return out
