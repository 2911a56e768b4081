"""What must not be possible, and what is said instead."""

from __future__ import annotations

import re

import pytest

from screens.app import build_app
from screens.gallery import settle
from screens.leaving import leaving_told
from screens.run_view import RunView
from tests.screens import canned, canned_run
from tests.screens.rehearsal import HOST, Rehearsal
from tests.screens.scenes import held, held_at
from tests.screens.stage import NARROW, stage
from wizard.events import Armed
from wizard.model import Phase

TYPED = f"{HOST} "


async def test_a_blocker_keeps_us_on_the_checks() -> None:
    async with stage(Rehearsal(results=canned.blocked())) as on:
        await on.press("n", "n")
        assert on.step == "Checks"
        assert "An alias runs a program" in on.said


async def test_a_blocker_cannot_be_overridden() -> None:
    async with stage(Rehearsal(results=canned.blocked())) as on:
        await on.press("n", "o")
        assert on.app.screen is on.app.step_screen


async def test_an_override_needs_a_reason() -> None:
    session = Rehearsal(results=canned.acceptable())
    async with stage(session) as on:
        await on.press("n", "o", "enter")
        assert "somebody will read it later" in on.text
        await on.press("wesetownersbyansible ", "enter")
        assert session.verdict() == "ready"
        assert "accepted" in on.text
        await on.press("n")
        assert on.step == "Choices"


async def test_the_remedy_is_copied() -> None:
    async with stage(Rehearsal(results=canned.blocked())) as on:
        await on.press("n", "c")
        assert "ticket@hub.example.net" in on.app.clipboard


async def test_a_wrong_name_does_not_start_anything() -> None:
    session = Rehearsal()
    async with stage(session) as on:
        await on.press("n", "n", "n", "a", "relay2 ", "enter")
        assert "not this host's name" in on.text
        await on.press("escape")
        assert on.step == "Preview"
    assert "apply" not in session.calls


@pytest.mark.parametrize(
    ("downs", "typed", "said"),
    [
        (1, "bad-name ", "not a name for an account"),
        (3, "x ", "is not a number"),
        (3, "0 ", "0 is root's"),
        (7, "long ", "is not a number"),
        (9, "soon ", "is not a number"),
    ],
)
async def test_a_problem_is_shown_at_its_field(downs: int, typed: str, said: str) -> None:
    async with stage(Rehearsal()) as on:
        await on.press("n", "n", *["down"] * downs, *["backspace"] * 9, typed, "escape", "n")
        assert on.step == "Choices"
        assert said in on.text


async def test_choices_reach_the_session() -> None:
    session = Rehearsal()
    async with stage(session) as on:
        await on.press(
            "n", "n", *["down"] * 3, "700 ", *["enter"] * 3, "space", "enter", "30 ", "enter"
        )
        await on.press("probe@example.net ", "enter", "15 ", "enter")
        assert on.step == "Preview"
    assert session.choices.uid == 700
    assert session.choices.switch == "reload"
    assert session.choices.probe_to == "probe@example.net"
    assert session.choices.drain == 30
    assert session.choices.confirm_within == 15


async def test_quitting_while_the_engine_runs_says_that_it_goes_on() -> None:
    async with stage(held()) as on:
        await on.press("n", "n", "n", "a", TYPED, "enter", "ctrl+q")
        assert "stepdown attach" in on.text
        assert "undoes itself at 07:40:21" in " ".join(on.text.replace("│", " ").split())
        await on.press("n")
        assert on.app.is_running and on.step == "Verify"
        await on.app.action_quit()
        await on.press("y")
        assert on.app.return_value == 0


async def test_what_quit_says_is_true_in_every_phase() -> None:
    view = RunView()
    view.phase = Phase.APPLYING
    assert leaving_told(view, canned_run.NOW)[-1] == (
        "If a step or a proof fails, all is rolled back."
    )
    view.take(Armed(1, canned_run.START, canned_run.DEADLINE, "cron"))
    assert "If all is proven, it undoes itself at 07:40:21" in leaving_told(view, canned_run.NOW)[1]
    view.phase = Phase.AWAITING_CONFIRMATION
    assert "unless somebody keeps it" in leaving_told(view, canned_run.NOW)[1]
    view.take(Armed(2, canned_run.NOW, 0.0))
    assert "without a timer" in leaving_told(view, canned_run.NOW)[1]
    view.phase = Phase.ROLLING_BACK
    assert "rollback goes on" in leaving_told(view, canned_run.NOW)[1]


async def test_the_palettes_quit_is_guarded_too() -> None:
    async with stage(held()) as on:
        await on.press("n", "n", "n", "a", TYPED, "enter")
        commands = {c.title: c.callback for c in on.app.get_system_commands(on.app.screen)}
        await commands["Quit"]()
        await on.pilot.pause()
        assert "stepdown attach" in on.text


async def test_quitting_before_anything_runs_just_leaves() -> None:
    async with stage(Rehearsal()) as on:
        await on.press("q")
    assert on.app.return_value == 0


async def test_an_interrupt_has_its_own_code() -> None:
    async with stage(Rehearsal()) as on:
        await on.press("ctrl+c")
    assert on.app.return_value == 130


async def test_a_small_terminal_is_told_so_until_it_is_enlarged() -> None:
    async with stage(Rehearsal(), NARROW) as on:
        await on.press("n")
        await on.pilot.resize_terminal(79, 24)
        await on.press()
        assert "have 79x24, needs 80x24" in on.text
        assert "stepdown --plain" in on.text
        await on.press("n")
        assert on.step == "Checks"
        await on.pilot.resize_terminal(80, 24)
        await on.press()
        assert "too small" not in on.text
        await on.press("n")
        assert on.step == "Choices"


async def test_a_terminal_that_starts_small() -> None:
    async with stage(Rehearsal(), (60, 10)) as on:
        assert "have 60x10" in on.text
        await on.pilot.resize_terminal(100, 30)
        await on.press()
        assert "Sendmail" in on.text


async def test_a_run_goes_on_behind_a_dialog() -> None:
    """The phase changes while the help is open; the screen follows when it is closed."""
    session = held_at(canned_run.applying("queue.first-pass"))
    async with stage(session) as on:
        await on.press("n", "n", "n", "a", TYPED, "enter", "question_mark")
        session.stop()
        await on.press()
        assert "Help" in on.text and on.step == "Rollback"
        await on.press("escape")
        assert "Rolled back" in on.text


async def test_no_color_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with stage(Rehearsal(results=canned.blocked())) as on:
        await on.press("n")
        assert "✖ An alias runs a program" in on.text
        svg = on.app.export_screenshot()
        colours = set(re.findall(r'(?:fill: |fill=")#([0-9a-f]{6})', svg))
        grey = {one for one in colours if one[:2] == one[2:4] == one[4:]}
        frame = {"c5c8c6", "ff5f57", "febc2e", "28c840"}
        assert colours - grey <= frame, "the picture's own frame has colours"


async def test_eight_colours_use_the_terminals_own() -> None:
    app = build_app(Rehearsal(results=canned.blocked()), lambda: canned_run.NOW, eight=True)
    async with app.run_test(size=NARROW) as pilot:
        await settle(pilot)
        assert app.native_ansi_color
        assert app.theme == "stepdown-8"
