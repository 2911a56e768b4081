"""The Checks screen while the host is looked at, and what can be done about a finding there."""

from __future__ import annotations

import time

from msgspec.structs import replace

from screens.fields import FIELDS, read_choices, shown_value
from screens.widgets.finding import remedy_text
from screens.widgets.rows import Rows
from tests.screens import canned
from tests.screens.rehearsal import Rehearsal
from tests.screens.stage import NARROW, WIDE, Stage, stage
from wizard.model import CheckResult
from wizard.plans import Choices

ALIAS = "relay.alias-programs"


def stopping(*at: str, results: tuple[CheckResult, ...] | None = None) -> Rehearsal:
    """Looking at the host stands still at these facts."""
    session = Rehearsal(results=canned.blocked() if results is None else results)
    session.stops = set(at)
    return session


async def go_on(on: Stage, session: Rehearsal) -> None:
    session.go_on()
    await on.press()


def line_of(on: Stage, words: str) -> str:
    """The line of the screen that holds these words."""
    return next((line for line in on.text.splitlines() if words in line), "")


async def test_the_host_tells_each_fact_as_it_is_known() -> None:
    session = stopping("cf")
    async with stage(session) as on:
        assert "✔ Platform" in on.text and "✔ Listens" in on.text
        assert "… Runs as" in on.text and "· Queue" in on.text
        assert "… sendmail.cf" in on.text
        await go_on(on, session)
        assert "41,207 entries" in on.text


async def test_all_checks_are_there_before_the_first_has_ended() -> None:
    session = stopping("platform")
    async with stage(session, WIDE) as on:
        await on.press("n")
        assert on.step == "Checks"
        for check in session.checks():
            assert f"· {check.question}" in on.text
        assert "0 passed · 12 to go" in on.text and "… the platform" in on.text
        assert "The configuration  · 1" in on.text
        await go_on(on, session)
        assert "12 checks" in on.text and "to go" not in on.text


async def test_each_is_filled_in_as_its_facts_come_and_keeps_its_place() -> None:
    session = stopping("aliases", "logs")
    async with stage(session, WIDE) as on:
        await on.press("n")
        assert "✔ One Sendmail listens on port 25" in on.text
        assert "… Do aliases run programs?" in on.text
        assert "aliases …" in line_of(on, "Do aliases run programs?")
        assert "· Was mail delivered locally?" in on.text
        place = on.text.splitlines().index(line_of(on, "Do aliases run programs?"))
        await go_on(on, session)
        assert "mail logs …" in line_of(on, "Was mail delivered locally?")
        assert "✖ An alias runs a program" in on.text.splitlines()[place]
        await go_on(on, session)
        assert "✔ No mail was delivered locally" in on.text


async def test_nothing_is_blocked_while_a_log_is_read() -> None:
    session = stopping("logs")
    async with stage(session) as on:
        await on.press("n", "down", "down", "e")
        assert "See it yourself" in on.text
        await on.press("escape", "question_mark")
        assert "Re-check" in on.text
        await on.press("escape", "space", "o", "m", "n")
        assert on.step == "Checks" and "have not ended yet: 1 to go" in on.said
        await on.press("b")
        assert on.step == "Host"
        await on.press("r", "n")
        assert session.calls == ["examine"]
        rows = on.app.screen.query_one(Rows)
        first = rows.row
        await on.press("down")
        chosen = rows.row
        assert chosen != first
        await go_on(on, session)
        assert session.results and rows.row == chosen, "who reads keeps the place"


async def test_leaving_does_not_wait_for_the_log() -> None:
    session = stopping("logs")
    began = time.monotonic()
    async with stage(session) as on:
        await on.press("n", "q")
    assert on.app.return_value == 0
    assert time.monotonic() - began < 4
    session.go_on()


async def test_the_cursor_goes_to_what_blocks_and_the_rest_folds_away() -> None:
    async with stage(Rehearsal(results=canned.many()), NARROW) as on:
        await on.press("n")
        assert "▌ ✖ An alias runs a program" in on.text
        assert "Nothing of kind" not in on.text
        assert "What else needs root  ✔ 10" in on.text
        await on.press("f")
        assert "Nothing of kind" in on.text and "▌ ✖ An alias runs a program" in on.text
        await on.press("f")
        assert "Nothing of kind" not in on.text


async def test_what_fits_is_not_folded() -> None:
    async with stage(Rehearsal(results=canned.blocked()), WIDE) as on:
        await on.press("n")
        assert "▌ ✖ An alias runs a program" in on.text
        assert "✔ No account has a .forward file" in on.text


async def test_nothing_needs_attention() -> None:
    good = tuple(one for one in canned.ready() if not one.findings)
    async with stage(Rehearsal(results=good)) as on:
        await on.press("n")
        assert "✔ No account has a .forward file" in on.text
        await on.press("f")
        assert "Nothing needs attention" in on.text
        await on.press("e", "c", "o", "m", "r", "f")
        assert "✔ No account has a .forward file" in on.text


async def test_one_is_looked_at_again() -> None:
    session = stopping(ALIAS, results=canned.many())
    async with stage(session, WIDE) as on:
        await on.press("n", "r")
        row = line_of(on, "▌")
        assert "… An alias runs a program" in row and "looking again …" in row
        assert "1 to go" in on.text and "being looked at again" in on.text
        good = canned.put_right(canned.ALIAS)
        session.answers = tuple(good if r.check_id == ALIAS else r for r in session.answers)
        await on.press("r", "down", "r")
        assert session.calls == ["examine", f"recheck {ALIAS}"], "one after the other"
        await go_on(on, session)
        assert session.calls[2:] == ["recheck relay.double-bounces"]
        assert "✔ No alias runs a program" in on.text, "it stays, though the list is folded"
        assert "to go" not in on.text


async def test_all_are_looked_at_again() -> None:
    session = stopping(results=canned.blocked())
    async with stage(session, WIDE) as on:
        await on.press("n")
        session.stops = {"aliases"}
        await on.press("R")
        assert session.calls == ["examine", "examine"]
        assert "… An alias runs a program" in on.text, "the old result, until the new one is in"
        await on.press("R", "r")
        assert "are under way" in on.said
        await go_on(on, session)
        assert "✖ An alias runs a program" in on.text


async def test_a_finding_is_put_right_by_the_plan() -> None:
    session = stopping("remedy", results=canned.many())
    async with stage(session) as on:
        await on.press("n")
        assert "m stepdown can do this for you: Send all local mail to the mail hub" in on.text
        await on.press("m")
        assert "The hub's name" in on.text and "hub.example.net" in on.text
        await on.press(*["backspace"] * 20, "hub ", "enter")
        assert "✖ mail-hub: hub does not resolve" in on.text
        await on.press(".example.org ", "enter")
        assert "judging the host as it would be" in on.text
        await go_on(on, session)
        assert session.calls[-1] == "remedy mail-hub=hub.example.org"
        assert "1 remedy in the plan" in on.text
        assert "by the plan: mail-hub" in line_of(on, "No alias runs a program")
        assert "✔ in the plan: Send all local mail to the mail hub (hub.example.org)" in on.text
        session.stops.clear()
        await on.press("m")
        assert "Take it out of the plan?" in on.text
        await on.press("y")
        assert session.calls[-1] == "drop-remedy mail-hub"
        assert "✖ An alias runs a program" in on.text and "remedy in the plan" not in on.text


async def test_a_remedy_that_needs_no_value_is_confirmed() -> None:
    session = stopping(results=canned.ready())
    async with stage(session, WIDE) as on:
        await on.press("n", "m", "escape")
        assert not session.choices.remedies
        await on.press("m")
        assert "Drop double bounces" in on.text
        await on.press("enter")
        assert session.choices.remedies == {"double-bounce": ""}
        assert "by the plan: double-bounce" in on.text
        await on.press("n", "n")
        assert on.step == "Preview"
    assert session.choices.remedies == {"double-bounce": ""}, "the choices keep it"


async def test_several_ways_are_asked_for_and_impossible_ones_are_not() -> None:
    session = stopping(results=canned.blocked())
    offers = tuple(replace(one, impossible="") for one in canned.OFFERS)
    session.remedies = lambda: offers  # type: ignore[method-assign]
    async with stage(session, WIDE) as on:
        await on.press("n", "m")
        assert "Put it right how?" in on.text
        await on.press("down", "enter")
        assert "ForwardPath is emptied" in on.text
    async with stage(stopping(results=canned.blocked()), WIDE) as on:
        await on.press("n", "m")
        assert "The hub's name" in on.text
        await on.press("escape")
        assert "there is no .mc on this" in on.text


async def test_evidence_in_full_is_copied() -> None:
    async with stage(Rehearsal(results=canned.many())) as on:
        await on.press("n", "e")
        assert "less +14 /etc/aliases" in on.text
        await on.press("c")
        assert on.app.clipboard.splitlines() == [
            f"An alias runs a program  [{ALIAS}]",
            *canned.ALIAS.findings[0].evidence,
        ]


async def test_the_line_to_write_is_copied_without_the_words() -> None:
    async with stage(Rehearsal(results=canned.many())) as on:
        await on.press("n", "c")
        assert on.app.clipboard == "ticket:  ticket@hub.example.net"
    finding = replace(
        canned.ALIAS.findings[0],
        remedy="Lead them to the hub:\na: a@hub\nb: b@hub\nOr let it take mail for every name.",
    )
    assert remedy_text(replace(canned.ALIAS, findings=(finding,))) == "a: a@hub\nb: b@hub"
    assert remedy_text(canned.BOUNCES) == canned.BOUNCES.findings[0].remedy


async def test_all_keys_that_apply_fit_in_80_columns() -> None:
    async with stage(Rehearsal(results=canned.many()), NARROW) as on:
        await on.press("n")
        keys = on.text.splitlines()[-1]
        for words in ("r/R Re-check", "e Evidence", "c Copy", "m Mend", "f All", "n Next"):
            assert words in keys


def test_reading_the_form_keeps_remedies() -> None:
    kept = Choices(remedies={"mail-hub": "hub.example.net"}, accept={"a.b": "known"})
    texts = {one.name: shown_value(kept, one.name) for one in FIELDS}
    assert read_choices(texts, kept) == kept
