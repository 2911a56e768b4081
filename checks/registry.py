"""All checks, found in this package, in the order in which an admin asks them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import Literal

import checks
from wizard.api import REGISTRY, Check, Severity, Subject, run_check
from wizard.errors import UsageProblem
from wizard.model import CheckResult, Outcome

AREAS = ("host", "relay", "needs", "config", "account")
"""First the host, then whether it is a pure relay, then what else needs root or would break, then
what the change itself needs."""


def all_checks() -> tuple[Check, ...]:
    """Every check: by area, then rank, then id. A check is a module of this package."""
    for module in iter_modules(checks.__path__, f"{checks.__name__}."):
        import_module(module.name)
    return tuple(sorted(REGISTRY.values(), key=_order))


def _order(one: Check) -> tuple[int, int, str]:
    area = one.id.partition(".")[0]
    return (AREAS.index(area) if area in AREAS else len(AREAS), one.rank, one.id)


def run_checks(
    subject: Subject, on_result: Callable[[CheckResult], None] | None = None
) -> tuple[CheckResult, ...]:
    """Judge with every check, telling each result as it comes. Never raises for a check."""
    results = []
    for one in all_checks():
        result = run_check(one, subject)
        results.append(result)
        if on_result:
            on_result(result)
    return tuple(results)


def verdict(results: Iterable[CheckResult]) -> Literal["ready", "blocked"]:
    """`blocked` where one result blocks, unknown and crashed ones included."""
    return "blocked" if any(result.blocks for result in results) else "ready"


def validate_accept(accept: Mapping[str, str], results: Iterable[CheckResult]) -> None:
    """Refuse what must not or cannot be accepted. Raises UsageProblem.

    Accepting what turned out not to be found is fine: an answers file serves many hosts.
    """
    by_id = {result.check_id: result for result in results}
    for check_id, reason in accept.items():
        if check_id not in by_id:
            raise UsageProblem(
                f"--accept {check_id}: there is no such check", "stepdown check --list names them."
            )
        if not reason.strip():
            raise UsageProblem(
                f"--accept {check_id}: a reason is needed", f"Say why: --accept {check_id}=REASON"
            )
        if not _acceptable(by_id[check_id]):
            raise UsageProblem(
                f"--accept {check_id}: “{by_id[check_id].title}” cannot be accepted",
                "Only overridable findings can; do what the check says instead.",
            )


def _acceptable(result: CheckResult) -> bool:
    """False for a blocker, and for what is unknown or crashed."""
    undecided = result.outcome in (Outcome.UNKNOWN, Outcome.CRASHED)
    return not undecided and result.severity is not Severity.BLOCKER
