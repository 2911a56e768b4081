"""The checks as they stand, told by what workers post."""

from __future__ import annotations

from msgspec.structs import replace

from screens.board import AREAS, Board, tally
from tests.screens import canned
from wizard.model import CheckResult, Outcome

ALL = canned.blocked()


def board() -> Board:
    return Board(canned.checks_of(ALL))


def test_nothing_was_asked_for() -> None:
    sums = tally(board().entries())
    assert (sums.passed, sums.to_go) == (0, 0)
    assert not board().all_judged


def test_the_one_that_lacks_only_this_fact_is_running() -> None:
    one = board()
    one.begin()
    one.looking = "aliases"
    assert [e.check_id for e in one.entries() if e.running] == ["relay.alias-programs"]


def test_the_order_stays_while_results_come() -> None:
    one = board()
    one.begin()
    before = [entry.check_id for entry in one.entries()]
    for result in reversed(ALL):
        one.take(result)
        assert [entry.check_id for entry in one.entries()] == before
    assert one.all_judged


def test_the_old_result_stays_until_all_that_it_touches_has_ended() -> None:
    one = board()
    one.settle(ALL)
    one.hold(canned.ALIAS.check_id)
    one.take(canned.put_right(canned.ALIAS))
    held = one.entry(canned.ALIAS.check_id)
    assert held is not None and held.running and held.result == canned.ALIAS
    one.settle([canned.put_right(canned.ALIAS)])
    after = one.entry(canned.ALIAS.check_id)
    assert after is not None and not after.waiting and after.title == "No alias runs a program"


def test_counts() -> None:
    one = board()
    one.settle(ALL)
    sums = tally(one.entries())
    assert (sums.passed, sums.warned, sums.blocking, sums.to_go) == (8, 1, 3, 0)
    skipped = CheckResult("host.x", Outcome.SKIPPED, "Does not apply")
    accepted = replace(canned.GUARDED, accepted="known")
    one.settle([skipped, accepted])
    sums = tally(one.entries())
    assert (sums.skipped, sums.accepted, sums.passed) == (1, 1, 0)


def test_areas_are_in_order_and_none_is_lost() -> None:
    strange = CheckResult("soak.watch", Outcome.PASS, "Nothing happened")
    one = board()
    one.settle([*ALL, strange])
    areas = [area for area, _, _ in one.groups()]
    assert areas == [area for area in AREAS if area in areas] + ["soak"]
    assert len(one.entries()) == len(ALL) + 1
