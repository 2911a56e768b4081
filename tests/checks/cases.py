"""How a check's cases are told: what is judged, how it ends, and what it says."""

from __future__ import annotations

from typing import NamedTuple

from checks.registry import all_checks
from wizard.api import Subject, run_check
from wizard.model import CheckResult, Outcome, Severity


class Case(NamedTuple):
    """One subject and the verdict that a check must give on it."""

    name: str
    subject: Subject
    outcome: Outcome
    severity: Severity | None = None
    says: tuple[str, ...] = ()
    "Parts of the title, summary, evidence, why and remedy."


def passes(name: str, subject: Subject, *says: str) -> Case:
    """A case in which nothing is found."""
    return Case(name, subject, Outcome.PASS, None, says)


def finds(name: str, subject: Subject, severity: Severity, *says: str) -> Case:
    """A case in which something is found."""
    return Case(name, subject, Outcome.FOUND, severity, says)


def unknown(name: str, subject: Subject, *says: str) -> Case:
    """A case in which it cannot be told."""
    return Case(name, subject, Outcome.UNKNOWN, Severity.BLOCKER, says)


def skips(name: str, subject: Subject, *says: str) -> Case:
    """A case in which the question does not arise."""
    return Case(name, subject, Outcome.SKIPPED, None, says)


def result_of(check_id: str, subject: Subject) -> CheckResult:
    """What the registered check says of the subject."""
    one = next(check for check in all_checks() if check.id == check_id)
    return run_check(one, subject)


def words(result: CheckResult) -> str:
    """All that a result says."""
    found = [part for f in result.findings for part in (f.title, *f.evidence, f.why, f.remedy)]
    return "\n".join((result.title, result.summary, *found))


def judge(check_id: str, case: Case) -> None:
    """Assert that the check ends as the case demands."""
    result = result_of(check_id, case.subject)
    assert (result.outcome, result.severity) == (case.outcome, case.severity), words(result)
    for part in case.says:
        assert part in words(result)
    for finding in result.findings:
        assert finding.check_id == check_id
        assert finding.title and finding.evidence and finding.why and finding.remedy
