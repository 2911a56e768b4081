"""Every check has its cases; what is unknown is UNKNOWN; what may be accepted is decided once."""

from __future__ import annotations

import pytest
from msgspec.structs import fields, replace

from checks.registry import AREAS, all_checks, run_checks, validate_accept, verdict
from tests.checks.cases import result_of
from tests.checks.collected import CASES
from tests.checks.healthy import changed, healthy
from wizard.api import REGISTRY, Check, Finding, Subject, Verdict, run_check
from wizard.check_text import check_document
from wizard.errors import UsageProblem
from wizard.facts.model import Facts, Unknown
from wizard.model import Outcome, Severity
from wizard.plans import Choices

FACTS = tuple(field.name for field in fields(Facts))
PROGRAM = "relay.alias-programs"


def _local_log() -> Subject:
    return changed("logs", days=None, files=())


@pytest.mark.parametrize("one", all_checks(), ids=lambda one: one.id)
def test_each_check_has_a_passing_and_a_failing_case(one: Check) -> None:
    outcomes = {case.outcome for case in CASES.get(one.id, ())}
    assert Outcome.PASS in outcomes
    assert outcomes & {Outcome.FOUND, Outcome.UNKNOWN}


@pytest.mark.parametrize("one", all_checks(), ids=lambda one: one.id)
@pytest.mark.parametrize("fact", FACTS)
def test_a_check_without_its_fact_is_unknown_and_blocks(one: Check, fact: str) -> None:
    subject = healthy(**{fact: Unknown("it is dark in here", "root")})
    result = run_check(one, subject)
    if fact in one.needs or (one.id, fact) == ("host.platform", "platform"):
        assert result.outcome is Outcome.UNKNOWN
        assert result.blocks
        assert "it is dark in here" in result.findings[0].evidence
    else:
        assert result.outcome is Outcome.PASS


@pytest.mark.parametrize("one", all_checks(), ids=lambda one: one.id)
def test_each_check_has_help_and_a_question(one: Check) -> None:
    assert one.question.endswith("?")
    assert 80 < len(one.help) < 700
    assert one.id.partition(".")[0] in AREAS


def test_a_healthy_relay_is_ready() -> None:
    told: list[str] = []
    results = run_checks(healthy(), lambda result: told.append(result.check_id))
    assert [result.check_id for result in results] == told
    assert verdict(results) == "ready"
    assert {result.outcome for result in results} == {Outcome.PASS}


def test_the_order_is_by_area() -> None:
    areas = [one.id.partition(".")[0] for one in all_checks()]
    assert areas == sorted(areas, key=AREAS.index)
    assert all_checks()[0].id == "host.records"


def test_a_check_that_fails_in_itself_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(subject: Subject) -> Verdict:
        raise ZeroDivisionError("oh")

    monkeypatch.setitem(REGISTRY, "host.crash", Check("host.crash", "Oh?", crash, ""))
    results = run_checks(healthy())
    assert [r.outcome for r in results if r.check_id == "host.crash"] == [Outcome.CRASHED]
    assert verdict(results) == "blocked"


def test_an_accepted_finding_no_longer_blocks() -> None:
    subject = _local_log()
    assert verdict(run_checks(subject)) == "blocked"
    accepted = Choices(accept={"relay.log-local": "a new host, built yesterday"})
    results = run_checks(replace(subject, choices=accepted))
    assert verdict(results) == "ready"
    validate_accept(accepted.accept, results)


@pytest.mark.parametrize(
    ("check_id", "reason", "says"),
    [
        ("relay.nonsense", "because", "no such check"),
        ("relay.log-local", " ", "a reason is needed"),
        (PROGRAM, "we like it", "cannot be accepted"),
        ("relay.class-w", "cannot see", "cannot be accepted"),
    ],
)
def test_what_must_not_be_accepted(check_id: str, reason: str, says: str) -> None:
    program = next(case.subject for case in CASES[PROGRAM] if case.severity is Severity.BLOCKER)
    subject = replace(program, facts=replace(program.facts, classes=Unknown("dark")))
    with pytest.raises(UsageProblem, match=says):
        validate_accept({check_id: reason}, run_checks(subject))


def test_accepting_what_was_not_found_is_fine() -> None:
    validate_accept({"relay.log-local": "one answers file for all"}, run_checks(healthy()))


def test_accepting_a_blocker_does_not_unblock_it() -> None:
    program = next(case.subject for case in CASES[PROGRAM] if case.severity is Severity.BLOCKER)
    forced = replace(program, choices=Choices(accept={PROGRAM: "please"}))
    assert result_of(PROGRAM, forced).blocks


def test_host_text_in_a_result_is_fit_to_print() -> None:
    """Bytes that are no UTF-8, and escape sequences, in a .forward or a log line."""
    raw = b"/home/bob/.forward:1  \x1b[31m|x\xfc".decode("utf-8", "surrogateescape")

    def judge(_subject: Subject) -> Verdict:
        return Verdict(raw, raw, (Finding("a.b", Severity.WARNING, raw, (raw,), raw, raw),))

    result = run_check(Check("a.b", "?", judge, "", 1, (), ()), healthy())
    assert "␛[31m|x�" in check_document("h", "ready", (result,), ())
