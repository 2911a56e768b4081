"""The whole job by keys alone, in both sizes."""

from __future__ import annotations

import pytest

from tests.screens import canned, canned_plan, canned_run
from tests.screens.rehearsal import HOST, Rehearsal
from tests.screens.scenes import held, held_at
from tests.screens.stage import NARROW, WIDE, stage
from wizard.model import Mode, Phase

TYPED = f"{HOST} "


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_from_the_host_to_kept(size: tuple[int, int]) -> None:
    session = held()
    async with stage(session, size) as on:
        assert on.step == "Host"
        assert "41,207 entries" in on.text
        await on.press("n")
        assert on.step == "Checks"
        assert "9 passed" not in on.text and "passed" in on.text
        await on.press("n", "n")
        assert on.step == "Preview"
        assert "9 steps" in on.text
        await on.press("a", TYPED, "enter")
        assert on.step == "Verify"
        assert "undoes itself in" in on.text and "9:12" in on.text
        await on.press("k", "y")
        assert on.app.run_view.phase is Phase.DONE
        assert "✔ done" in on.text
        await on.press("q")
    assert on.app.return_value == 0
    assert session.calls[-1] == "confirm"


async def test_arrows_walk_as_well() -> None:
    async with stage(Rehearsal()) as on:
        await on.press("right", "right")
        assert on.step == "Choices"
        await on.press("left")
        assert on.step == "Checks"


async def test_the_host_screen_looks_again() -> None:
    session = Rehearsal()
    async with stage(session) as on:
        await on.press("r")
    assert session.calls.count("examine") == 2


async def test_every_tab_of_the_preview_by_key() -> None:
    async with stage(Rehearsal(), WIDE) as on:
        await on.press("n", "n", "n", *["down"] * 6)
        assert "define(`confRUN_AS_USER'" in on.text
        await on.press("4")
        assert "m4-style macro configuration" in on.text
        await on.press("tab")
        assert "put back /etc/mail/sendmail.mc" in on.text
        await on.press("1", "down")
        assert "Owner and mode 3" in on.text
        await on.press("up", "d")
        assert "@@" in on.text
        await on.press("end")
        assert "sh /var/lib/stepdown/runs/RUN/undo.sh" in on.text and "Commands" not in on.text
        await on.press("up")
        assert "Commands" in on.text


async def test_a_plan_is_saved() -> None:
    session = Rehearsal()
    async with stage(session) as on:
        await on.press("n", "n", "n", "s", "enter")
        assert "save ./relay1.plan.json" in session.calls
        await on.press("s", *["backspace"] * 30, "/nowhere/plan ", "enter")
        assert "no such directory" in on.said


async def test_the_packet_is_written_from_the_preview_and_from_the_proof() -> None:
    session = held_at(canned_run.good())
    async with stage(session) as on:
        await on.press("n", "n", "n", "p", "enter")
        assert "packet ./relay1.packet.html" in session.calls
        await on.press("p", *["backspace"] * 30, "./packet.txt ", "enter")
        assert "the ending must be one of" in on.said
        await on.press("a", TYPED, "enter", "p", "enter")
        assert session.calls.count("packet ./relay1.packet.html") == 2


async def test_the_evidence_the_help_and_the_log_open_and_close() -> None:
    async with stage(held_at(canned_run.proven())) as on:
        await on.press("question_mark")
        assert "What is known of this host" in on.text
        await on.press("escape", "n", "e")
        assert "sendmail -bv" in on.text or "nothing to show" in on.text or "deliveries" in on.text
        await on.press("escape", "n", "n", "a", TYPED, "enter", "l")
        assert "pass: The log stays clean" in on.text
        await on.press("escape")
        assert on.step == "Verify"


async def test_the_practice_host_asks_yes_or_no() -> None:
    session = Rehearsal(Mode.PRACTICE)
    async with stage(session) as on:
        assert "PRACTICE" in on.text
        await on.press("n", "n", "n", "a")
        assert "practice relay" in on.text
        await on.press("n")
        assert "apply" not in session.calls
        await on.press("a", "y")
        assert "apply" in session.calls


async def test_review_walks_everything_and_applies_nothing() -> None:
    session = Rehearsal(Mode.REVIEW, results=canned.acceptable())
    async with stage(session) as on:
        assert "REVIEW" in on.text and "recorded host" in on.text
        await on.press("n", "n", "n")
        assert on.step == "Preview"
        assert "There is no plan" in on.text
        await on.press("a")
        assert "recorded host" in on.said
    assert "apply" not in session.calls


async def test_a_plan_under_review_is_shown_without_a_host() -> None:
    session = Rehearsal(Mode.REVIEW)
    session.plan = canned_plan.plan()
    async with stage(session) as on:
        await on.press("n", "n")
        assert on.step == "Choices"
        await on.press("n")
        assert on.step == "Preview" and "9 steps" in on.text
    assert session.calls == []
