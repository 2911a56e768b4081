"""What a run can come to: kept, stopped, undone, stuck, left unfinished, killed."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace

from screens.text import beside, say
from tests.screens import canned_run
from tests.screens.rehearsal import HOST, Rehearsal
from tests.screens.scenes import (
    OTHER,
    RESUMABLE,
    UNFINISHED,
    WAITING,
    attached,
    held,
    held_at,
    held_by_another,
    recovering,
)
from tests.screens.stage import NARROW, WIDE, stage
from wizard.events import Armed
from wizard.model import Phase
from wizard.run_status import RunStatus

APPLY = ("n", "n", "n", "a", f"{HOST} ", "enter")


async def test_apply_shows_steps_a_walk_and_its_rate() -> None:
    async with stage(held(until="queue.first-pass")) as on:
        await on.press(*APPLY)
        assert on.step == "Apply"
        assert "3 of 9 steps" in on.text
        assert "of 41,207 entries" in on.text and "/s" in on.text


def test_times_stand_under_each_other_beside_a_title_that_is_too_long() -> None:
    titles = ("a group of its own", "a key that Sendmail opens before it steps down, " * 2)
    lines = [beside(say(one), say("24 ms"), 60, 40, aligned=True).plain for one in titles]
    assert [line.index("24 ms") for line in lines] == [42, 42]
    assert {len(line) for line in lines} == {60}


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


async def test_a_drain_lists_who_is_open_and_counts_down() -> None:
    session = attached(canned_run.draining())
    async with stage(session) as on:
        assert "3 sessions still open" in on.text and " 0:42 " in on.text
        assert "relay7.example.net [2001:db8:53::c:25]" in on.text
        assert "DATA" in on.text and "29.9 s" in on.text
        await on.press("g")
        assert "gets 421" in on.text and "Nothing is lost" in on.text
        await on.press("n")
        assert "end_drain" not in session.calls
        await on.press("g", "y")
        assert "end_drain" in session.calls
        assert "still open" not in on.text and "Go on" not in on.text


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_what_a_run_costs_and_what_stands_behind_it(size: tuple[int, int]) -> None:
    async with stage(attached(canned_run.applying("queue.first-pass")), size) as on:
        assert "not for about 2.1 s" in on.text
        assert "undoes itself at 07:40:01 unless kept" in on.text
        assert f"sh /var/lib/stepdown/runs/{UNFINISHED.run}/undo.sh" in on.text


async def test_the_countdown_is_a_timers_that_outlives_the_wizard() -> None:
    async with stage(attached(canned_run.good())) as on:
        assert " 9:12 " in on.text
        assert "At 07:40:21 a timer outside the wizard undoes it" in on.text
        assert "a reboot" in on.text
    without = [event for event in canned_run.good() if not isinstance(event, Armed)]
    async with stage(attached(without)) as on:
        assert "the engine undoes it unless you keep it" in on.text
        assert "a reboot" not in on.text


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
        assert f"sh /var/lib/stepdown/runs/{UNFINISHED.run}/undo.sh" in on.text
        await on.press("q")
    assert on.app.return_value == 6


async def test_an_unfinished_run_opens_recovery() -> None:
    session = Rehearsal(events=canned_run.applying("maps.group"), earlier=(UNFINISHED,))
    async with stage(session, NARROW) as on:
        assert on.step == "Rollback"
        assert "left unfinished" in on.text and "interrupted" in on.text
        assert "Resume" not in on.text and "Keep" not in on.text
        await on.press("u", "y")
        assert "Rolled back" in on.text
    assert f"rollback {UNFINISHED.run}" in session.calls


async def test_recovery_says_what_is_half_done_and_goes_on() -> None:
    session = recovering(RESUMABLE)
    async with stage(session) as on:
        said = " ".join(on.text.split())
        assert "while it was applying" in said
        assert "operation 1 of 3" in said and "rolls it back by itself at 07:40:01" in said
        assert "goes on with 3 steps and the proof" in said
        await on.press("r", "n")
        assert not any(call.startswith("resume") for call in session.calls)
        await on.press("r", "y")
        assert on.step == "Verify" and "waiting" not in on.said
    assert f"resume {RESUMABLE.run}" in session.calls


async def test_what_was_proven_is_kept_from_recovery() -> None:
    session = Rehearsal(events=canned_run.good(), earlier=(WAITING,))
    async with stage(session) as on:
        assert on.step == "Rollback" and "k keeps it" in on.text
        await on.press("k", "y")
    assert session.calls[-1] == "confirm"


async def test_a_run_held_by_another_engine_can_be_attached() -> None:
    session = held_by_another()
    session.hold.set()
    async with stage(session) as on:
        await on.press(*APPLY)
        assert "Another engine is at work" in on.text
        assert "pid 4711 since 2026-11-22 07:29:00" in on.text and "Attach" in on.text
        await on.press("n")
        assert on.step == "Preview" and f"follow {OTHER.run}" not in session.calls
        await on.press("a", f"{HOST} ", "enter", "a")
        assert on.step == "Verify"
    assert f"follow {OTHER.run}" in session.calls


async def test_the_certificate_names_every_exception() -> None:
    async with stage(attached(canned_run.undone(canned_run.LEFT))) as on:
        assert "with exceptions" in on.text
        await on.press("c")
        assert "1,412 paths" in on.text and "they differ" in on.text
        assert "/etc/mail/access.db: edited after the switch" in on.text
        assert "has two links and was left alone" in on.text
        assert "certificate.txt" in on.text


async def test_a_whole_rollback_says_so() -> None:
    async with stage(attached(canned_run.undone()), WIDE) as on:
        assert "The host is as it was." in on.text and "identical" in on.text
        assert on.text.count(canned_run.MANIFEST) == 2
        assert "No exception" in on.text


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
