"""Host text is never markup and never reaches the terminal raw: paths with brackets, escapes."""

from __future__ import annotations

import pytest

from screens.words import clean
from tests.screens import canned, canned_run
from tests.screens.rehearsal import HOST, Rehearsal
from tests.screens.scenes import UNFINISHED
from tests.screens.stage import NARROW, WIDE, stage
from wizard.events import Event, OpState, Output, PhaseChanged, ProcessTable, Proof, SmtpLine
from wizard.events import JournalRecord as Record
from wizard.model import CheckResult, Finding, Outcome, Phase, Process, Severity
from wizard.remedies.base import RemedyOffer

NASTY = "/etc/[bold red]/[/nowhere]/[@click=app.quit]x[/]\x1b[2J\x07\udcff$text\ttab"
CALM = "/etc/[bold red]/[/nowhere]/[@click=app.quit]x[/]␛[2J␇�$text"
"How it is shown."
APPLY = ("n", "n", "n", "a", f"{HOST} ", "enter")


def nasty_results() -> tuple[CheckResult, ...]:
    finding = Finding("x.y", Severity.OVERRIDABLE, NASTY, (f"{NASTY}  {NASTY}",), NASTY, NASTY)
    return (CheckResult("x.y", Outcome.FOUND, NASTY, NASTY, (finding,), NASTY),)


def nasty_events() -> list[Event]:
    row = Process(7, 1, NASTY, (0, 0, 0), NASTY)
    at = canned_run.START
    return [
        PhaseChanged(1, at, Phase.APPLYING, NASTY),
        Record(2, at, "", NASTY, 0, OpState.FAILED, message=NASTY),
        Output(3, at, NASTY, NASTY),
        PhaseChanged(4, at, Phase.VERIFYING, NASTY),
        SmtpLine(5, at, True, NASTY),
        SmtpLine(6, at, False, f"5{NASTY}"),
        ProcessTable(7, at, (row,), 7, (NASTY,)),
        Proof(8, at, NASTY, Outcome.FOUND, NASTY, (NASTY,), NASTY),
    ]


def test_control_characters_become_pictures() -> None:
    assert clean(NASTY).startswith(CALM)
    assert clean("a\tb") == "a   b"
    assert clean("\x9b2J\x7f") == "�2J␡"
    assert clean("täglich\nzwei") == "täglich\nzwei"


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_findings(size: tuple[int, int]) -> None:
    async with stage(Rehearsal(results=nasty_results()), size) as on:
        await on.press("n")
        assert "/etc/[bold red]/[/nowhere]" in on.text
        assert "\x1b" not in on.text
        await on.press("e", "escape", "n")
        assert "[/nowhere]" in on.said
        await on.press("o")
        assert "/etc/[bold red]/" in on.text


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_a_remedy_and_the_clipboard(size: tuple[int, int]) -> None:
    session = Rehearsal(results=nasty_results())
    offer = RemedyOffer(NASTY, NASTY, NASTY, NASTY, NASTY, ("x.y",))
    session.remedies = lambda: (offer,)  # type: ignore[method-assign]
    async with stage(session, size) as on:
        await on.press("n", "c")
        assert on.app.clipboard.startswith(CALM) and "\x1b" not in on.app.clipboard
        await on.press("e", "c", "escape", "m")
        assert "\x1b" not in on.app.clipboard and "\x07" not in on.app.clipboard
        assert "/etc/[bold red]/[/nowhere]" in on.text and "\x1b" not in on.text


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_a_run(size: tuple[int, int]) -> None:
    session = Rehearsal(events=nasty_events())
    session.hold.set()
    async with stage(session, size) as on:
        await on.press(*APPLY)
        assert on.step == "Verify"
        assert "/etc/[bold red]/[/nowhere]" in on.text
        await on.press("e", "escape", "l", "escape", "tab")
        assert "\x1b" not in on.text


async def test_an_unfinished_run() -> None:
    session = Rehearsal(events=nasty_events()[:3], earlier=(UNFINISHED,))
    async with stage(session) as on:
        assert "[/nowhere]" in on.text


async def test_owners_of_a_path_in_brackets() -> None:
    async with stage(Rehearsal()) as on:
        await on.press("n", "n", "n", *["down"] * 7)
        assert "/etc/mail/tls/[keys]/relay.db" in on.text


async def test_a_problem_with_brackets() -> None:
    session = Rehearsal(results=canned.ready())
    async with stage(session) as on:
        await on.press("n", "n", "n", "s", *["backspace"] * 30, "/nowhere/[/b] ", "enter")
        assert "[/b]" in on.said
