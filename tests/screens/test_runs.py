"""What a run can come to: kept, stopped, undone, stuck, left unfinished, killed."""

from __future__ import annotations

import asyncio

from msgspec.structs import replace

from tests.screens import canned_run
from tests.screens.rehearsal import HOST, Rehearsal
from tests.screens.scenes import UNFINISHED, held, held_at
from tests.screens.stage import NARROW, WIDE, stage
from wizard.model import Phase
from wizard.run_status import RunStatus

APPLY = ("n", "n", "n", "a", f"{HOST} ", "enter")


async def test_apply_shows_steps_a_walk_and_its_rate() -> None:
    async with stage(held(until="queue.first-pass")) as on:
        await on.press(*APPLY)
        assert on.step == "Apply"
        assert "3 of 9 steps" in on.text
        assert "of 41,207 entries" in on.text and "/s" in on.text


async def test_stop_asks_and_rolls_back() -> None:
    session = held(until="queue.first-pass")
    async with stage(session, NARROW) as on:
        await on.press(*APPLY, "x", "n")
        assert "stop" not in session.calls
        await on.press("b")
        assert on.step == "Apply"
        await on.press("x", "y")
        assert on.step == "Rollback"
        assert "Rolled back" in on.text


async def test_the_proof_marks_the_child_that_serves_it() -> None:
    async with stage(held(), WIDE) as on:
        await on.press(*APPLY)
        assert "◂ you" in on.text
        assert "31878 serves this very connection" in on.text
        assert "cannot become root" in on.text
        assert "250 2.0.0 6AM6gMHq031878 Message accepted" in on.text


async def test_a_failed_proof_says_what_it_means() -> None:
    async with stage(held_at(canned_run.proven(failed=True))) as on:
        await on.press(*APPLY)
        assert "✖ 1  ✔ 12" in on.text
        assert "Mail is accepted and then queued for ever" in on.text
        await on.press("e")
        assert "hash map [mailertable]: unsafe" in on.text


async def test_the_proofs_are_told_by_what_they_are_about() -> None:
    async with stage(held_at(canned_run.proven(failed=True)), WIDE) as on:
        await on.press(*APPLY)
        for heading in ("What the account can reach  ✖ 1  ✔ 1", "The queue  ✔ 2"):
            assert heading in on.text
        assert "12 proven · ✖ 1 failed" in on.text


async def test_ps_goes_on_while_the_change_waits_to_be_kept() -> None:
    session = held()
    async with stage(session, WIDE) as on:
        await on.press(*APPLY)
        assert "32001" not in on.text
        late = replace(canned_run.ROWS[3], pid=32001)
        session.running = (canned_run.ROWS[0], late)
        for _second in range(40):
            await on.press()
            if "32001" in on.text:
                break
            await asyncio.sleep(0.1)
        assert "32001" in on.text
        assert "31878 served this very connection" in on.text


async def test_undo_now() -> None:
    session = held()
    async with stage(session) as on:
        await on.press(*APPLY, "u", "n", "u", "y")
        assert on.step == "Rollback"
        assert "The host is as it was" in on.text
        assert "9 steps undone" in on.text
        await on.press("b")
        assert on.step == "Preview"
    assert session.calls.count("rollback 20261122T073001Z-7f3a9c1e") == 1


async def test_verify_again() -> None:
    session = held()
    async with stage(session) as on:
        await on.press(*APPLY, "v")
        assert "verify" in session.calls
        assert "A whole message reached the next hop" in on.text


async def test_rolled_back_is_not_success() -> None:
    async with stage(Rehearsal(events=canned_run.undone())) as on:
        await on.press(*APPLY)
        assert "↶ rolled back" in on.text and "✔ done" not in on.text
        assert "The account cannot read a map" in on.text
        await on.press("q")
    assert on.app.return_value == 5


async def test_needs_attention_says_what_to_do() -> None:
    async with stage(Rehearsal(events=canned_run.stuck())) as on:
        await on.press(*APPLY)
        assert "This host needs you" in on.text
        assert "I/O error [sda1]" in on.text and "What to do" in on.text
        await on.press("q")
    assert on.app.return_value == 6


async def test_an_unfinished_run_opens_recovery() -> None:
    session = Rehearsal(events=canned_run.applying("maps.group"), earlier=(UNFINISHED,))
    async with stage(session, NARROW) as on:
        assert on.step == "Rollback"
        assert "left unfinished" in on.text and "interrupted" in on.text
        await on.press("u", "y")
        assert "Rolled back" in on.text
    assert f"rollback {UNFINISHED.run}" in session.calls


async def test_recovery_can_be_put_off() -> None:
    session = Rehearsal(events=canned_run.applying("maps.group"), earlier=(UNFINISHED,))
    async with stage(session) as on:
        await on.press("b")
        assert on.step == "Host"
        assert "41,207 entries" in on.text


async def test_a_run_that_is_alive_is_followed() -> None:
    alive = RunStatus("20261122T073001Z-7f3a9c1e", Phase.VERIFYING, True, False, 0.0, "")
    session = Rehearsal(earlier=(alive,))
    session.hold.set()
    async with stage(session) as on:
        assert on.step == "Verify"
        assert f"follow {alive.run}" in session.calls


async def test_after_a_run_that_was_followed_the_host_is_looked_at_first() -> None:
    alive = RunStatus("20261122T073001Z-7f3a9c1e", Phase.APPLYING, True, False, 0.0, "")
    session = Rehearsal(events=canned_run.undone(), earlier=(alive,))
    async with stage(session) as on:
        assert on.step == "Rollback"
        await on.press("b")
        assert on.step == "Host"
        assert "examine" in session.calls


async def test_an_engine_that_is_killed_opens_recovery() -> None:
    session = held(until="maps.group")
    async with stage(session) as on:
        await on.press(*APPLY)
        session.earlier = (UNFINISHED,)
        session.hold.clear()
        for _ in range(100):
            await on.pilot.pause(0.01)
            if on.step == "Rollback":
                break
        await on.press()
        assert "left unfinished" in on.text


async def test_a_kept_run_is_undone_from_the_first_screen() -> None:
    kept = RunStatus("20261122T073001Z-7f3a9c1e", Phase.DONE, False, False, 0.0, "7f3a9c1e")
    session = Rehearsal(earlier=(kept,))
    async with stage(session) as on:
        assert "Undo the run" in on.text
        await on.press("u", "y")
        assert on.step == "Rollback"
    assert f"rollback {kept.run}" in session.calls


async def test_without_a_kept_run_there_is_nothing_to_undo() -> None:
    async with stage(Rehearsal()) as on:
        assert "Undo the run" not in on.text
