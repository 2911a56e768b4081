"""Line mode, its questions answered by typing through a pipe."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput
from rich.console import Console

from screens.line_mode import run_line_mode
from tests.screens import canned, canned_plan, canned_run
from tests.screens.rehearsal import HOST, Rehearsal
from tests.screens.scenes import OTHER, RESUMABLE, UNFINISHED, WAITING, recovering
from tests.screens.test_hostile import nasty_events, nasty_results
from wizard.model import Mode

GO = "1\r"
CLEAR = "\x15"
"Ctrl+U: empties the field."
LEAVE = "\x03"
"Ctrl+C: for the question that nobody expected."


@contextmanager
def typed(text: str) -> Iterator[None]:
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        pipe.send_text(text)
        yield


def walk(session: Rehearsal, *answers: str) -> tuple[int, str]:
    """Exit code and all that was printed. `1` is the default answer: it is cleared first."""
    console = Console(file=io.StringIO(), width=100, highlight=False, color_system=None)
    with typed("".join(f"{CLEAR}{answer}\r" for answer in answers) + LEAVE):
        code = run_line_mode(session, console, terminal=True)
    output = console.file
    assert isinstance(output, io.StringIO)
    return code, output.getvalue()


def test_from_the_host_to_kept() -> None:
    session = Rehearsal()
    session.hold.set()
    code, said = walk(session, "1", "1", "1", HOST, "1")
    assert code == 0
    assert session.calls[-3:] == ["apply", "follow 20261122T073001Z-7f3a9c1e", "confirm"]
    assert "✔ passed: No account has a .forward file" in said
    assert "⚠ warning: Double bounces stay on this host" in said
    assert "+define(`confRUN_AS_USER', `sendmail:sendmail')dnl" in said
    assert "every step can be undone" in said
    assert "250 2.0.0 6AM6gMHq031878 Message accepted" in said
    assert "proven: The child at 127.0.0.1:25 is unprivileged" in said
    assert "undoes itself in" in said


def test_undo_instead() -> None:
    session = Rehearsal()
    session.hold.set()
    code, said = walk(session, "1", "1", "1", HOST, "2")
    assert code == 0
    assert "Rolled back" in said


def test_a_failed_verification_has_its_code() -> None:
    code, said = walk(Rehearsal(events=canned_run.undone()), "1", "1", "1", HOST)
    assert code == 5
    assert "FAILED: The account cannot read a map" in said


def test_blocked() -> None:
    code, said = walk(Rehearsal(results=canned.blocked()), "6")
    assert code == 3
    assert "✖ blocks: An alias runs a program" in said
    assert "What to do: Send ticket@ to the hub" in said
    assert "Why it matters: Today the program runs as daemon" in said


def test_look_again_then_accept() -> None:
    session = Rehearsal(results=canned.acceptable())
    code, said = walk(session, "1", "4", "1", "we know", "1", "1", "2", CLEAR + "p.json", "3")
    assert code == 0
    assert session.calls.count("examine") == 2
    assert session.choices.accept == {"host.who-undoes-this": "we know"}
    assert "Saved: p.json" in said


def test_a_choice_that_cannot_be() -> None:
    session = Rehearsal()
    code, said = walk(session, "1", "2", "bad-name", "1", "2", "mta", "1", "3")
    assert code == 0
    assert "User: user: 'bad-name' is not a name for an account" in said
    assert session.choices.user == "mta"


def test_a_wrong_host_name() -> None:
    session = Rehearsal()
    code, said = walk(session, "1", "1", "1", "relay2", "3")
    assert code == 0
    assert "Nothing was started" in said
    assert "apply" not in session.calls


def test_practice_asks_for_a_yes() -> None:
    session = Rehearsal(Mode.PRACTICE, events=[*canned_run.good(), *canned_run.keeping()])
    code, _ = walk(session, "1", "1", "1", "yes", "3")
    assert code == 0 and "apply" in session.calls


def test_review_is_read_only() -> None:
    code, said = walk(Rehearsal(Mode.REVIEW), "1", "1", "2")
    assert code == 0
    assert "recorded host: it cannot be changed" in said
    assert "Apply the plan" not in said


def test_a_plan_under_review() -> None:
    session = Rehearsal(Mode.REVIEW)
    session.plan = canned_plan.plan()
    code, said = walk(session, "2")
    assert code == 0 and "Plan 7f3a9c1e" in said
    assert session.calls == []


def test_recovery_tells_what_happened_and_asks_which_way() -> None:
    session = recovering(RESUMABLE)
    code, said = walk(session, "2")
    assert code == 0
    assert "left unfinished" in said and "Rolled back" in said
    assert "half done: /etc/mail group and set-gid, operation 1 of 3" in said
    assert "07:40:01 (stepdown-unless-confirmed.timer)" in said
    assert "Roll back. Gives back all that 7 steps changed" in said
    assert "Resume. Undoes what is half done, and only that" in said


def test_recovery_goes_on_where_it_can() -> None:
    session = recovering(RESUMABLE)
    code, said = walk(session, "3", "1")
    assert session.calls[-3:] == [
        f"resume {RESUMABLE.run}",
        f"follow {RESUMABLE.run}",
        "confirm",
    ]
    assert code == 0 and "proven and kept" in said


def test_enter_alone_changes_nothing_in_recovery() -> None:
    session = recovering(UNFINISHED)
    code, said = walk(session, "1")
    assert code == 0 and "Leave it. Nothing is done now" in said
    assert session.calls == [f"follow {UNFINISHED.run}"]


def test_a_proven_run_whose_engine_ended_is_kept_from_recovery() -> None:
    session = Rehearsal(events=canned_run.good(), earlier=(WAITING,))
    code, said = walk(session, "3")
    assert code == 0 and "Kept." in said
    assert session.calls[-1] == "confirm"


def test_another_engine_at_work_can_be_followed() -> None:
    session = Rehearsal(events=[*canned_run.good(), *canned_run.keeping()])
    session.busy = OTHER
    code, said = walk(session, "1", "1", "1", HOST, "yes")
    assert "another run is at work" in said
    assert f"follow {OTHER.run}" in session.calls
    assert code == 0


def test_the_drain_the_timer_and_the_certificate_are_told() -> None:
    events = [*canned_run.draining(), *canned_run.fewer(), *canned_run.undone(canned_run.LEFT)]
    code, said = walk(Rehearsal(events=events), "1", "1", "1", HOST)
    assert code == 5
    assert "waits for 3 sessions to end, 60 s at most; stepdown go-on waits no longer" in said
    assert "open: mx3.example.org [192.0.2.77] (pid 31240), DATA, for 12 s" in said
    assert "ended: relay7.example.net [2001:db8:53::c:25] (pid 31207)" in said
    assert "no session is open any more" in said
    assert "undoes itself at 07:40:01 unless it is confirmed" in said
    assert "the timer is taken away" in said
    assert "the manifest DIFFERS" in said and "exception: /etc/mail/access.db" in said


def test_the_preview_tells_the_outage_and_the_way_back() -> None:
    _, said = walk(Rehearsal(), "1", "1", "3")
    assert "reload is recommended; about 2.1 s or 21 ms" in said
    assert "Port 25 will not answer for about 2.1 s (restart)." in said
    assert "sh /var/lib/stepdown/runs/RUN/undo.sh" in said


def test_ctrl_c_leaves() -> None:
    console = Console(file=io.StringIO())
    with typed("\x03"):
        assert run_line_mode(Rehearsal(), console, terminal=True) == 130


def test_host_text_is_literal() -> None:
    code, said = walk(Rehearsal(results=nasty_results()), "5")
    assert code == 3
    assert "/etc/[bold red]/[/nowhere]/[@click=app.quit]x[/]␛[2J" in said
    assert "\x1b" not in said
    session = Rehearsal(events=nasty_events())
    _, said = walk(session, "1", "1", "1", HOST)
    assert "[/nowhere]" in said and "\x1b" not in said


def test_no_terminal_no_prompt(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_line_mode(Rehearsal()) == 2
    assert "stepdown check" in capsys.readouterr().err


def test_a_finding_is_put_right_by_the_plan_and_taken_out_again() -> None:
    session = Rehearsal(results=canned.blocked())
    code, said = walk(session, "5", "1", "hub", "5", "1", "hub.example.org", "6", "1", "6")
    assert code == 3
    assert "stepdown can do this for you: Send all local mail to the mail hub" in said
    assert "Problem: mail-hub: hub does not resolve" in said
    assert "What to do: Give a host's full name." in said
    assert "In the plan: Send all local mail to the mail hub hub.example.org" in said
    assert "✔ passed: No alias runs a program  [relay.alias-programs]  judged as planned" in said
    assert session.calls[-2:] == ["remedy mail-hub=hub.example.org", "drop-remedy mail-hub"]
    assert said.count("✖ blocks: An alias runs a program") == 2, "found, and found again"


def test_one_check_is_asked_again_and_told_again() -> None:
    session = Rehearsal(results=canned.blocked())
    code, said = walk(session, "2", "1", "2", "5", "nonsense", CLEAR + "host.disk", "3", "1", "6")
    assert code == 3
    assert session.calls == ["examine", "recheck relay.alias-programs", "recheck host.disk"]
    assert said.count("✔ passed: There is room for the snapshot") == 2


def test_what_is_in_the_way_is_named_at_the_end() -> None:
    _, said = walk(Rehearsal(results=canned.blocked()), "6")
    end = said.partition("3 in the way")[2]
    assert "blocks: An alias runs a program  [relay.alias-programs]" in end
    assert "unknown, so it blocks: Are there mailboxes in use?" in end
