"""All that a check may import: facts to judge, the words to judge with, and the registry.

A check is a function from Facts to a Verdict under `@check(...)`, one file a check. It touches
nothing: the meta-test runs each of them with no host at all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from wizard.facts.model import Facts, Unknown
from wizard.model import CheckResult, Finding, Identity, Outcome, Severity
from wizard.plans import Choices
from wizard.printable import printable
from wizard.run_status import Standing
from wizard.secrets import scrubbed

T = TypeVar("T")


class Subject(Struct, frozen=True):
    """What is judged: a host's facts, who asks, and what was chosen."""

    facts: Facts
    identity: Identity
    choices: Choices
    platform_title: str = ""
    "`Debian GNU/Linux 12 (bookworm)`; empty where the platform is not known."
    macro_package_hint: str = ""
    "The command that installs m4 and the cf macros here."
    standing: Standing = Standing()
    "What earlier runs left here."


class NotKnown(Exception):
    """A fact that a check needs is Unknown; the result is UNKNOWN and blocks."""

    def __init__(self, unknown: Unknown) -> None:
        super().__init__(unknown.reason)
        self.unknown = unknown


class Verdict(Struct, frozen=True):
    """What a check says: one line for the list, and its findings."""

    title: str
    summary: str = ""
    findings: tuple[Finding, ...] = ()
    skipped: bool = False
    unknown: bool = False
    "Part of what had to be looked at could not be: the result is UNKNOWN whatever was found."


class Check(Struct, frozen=True):
    """A registered check."""

    id: str
    question: str
    "What it asks, as a short heading: `Do aliases run programs?`"
    judge: Callable[[Subject], Verdict]
    help: str
    "What it looks at."
    rank: int = 50
    "Place among the checks of its area, low ones first."
    needs: tuple[str, ...] = ()
    "The fields of Facts without which it is UNKNOWN."
    uses: tuple[str, ...] = ()
    "Those it looks at too where they are known."
    severities: tuple[Severity, ...] = ()
    "What its findings can weigh, apart from what is UNKNOWN."
    why: str = ""
    "Why it matters, for the catalogue."
    remedy: str = ""
    "What to do about it, for the catalogue."

    @property
    def reads(self) -> frozenset[str]:
        """Every fact it may look at: it is judged as soon as all of them were asked for."""
        return frozenset((*self.needs, *self.uses))

    @property
    def overridable(self) -> bool:
        """Whether something it finds may be accepted with a reason."""
        return Severity.OVERRIDABLE in self.severities


REGISTRY: dict[str, Check] = {}


def check(
    check_id: str,
    question: str,
    *,
    needs: tuple[str, ...],
    severities: tuple[Severity, ...],
    uses: tuple[str, ...] = (),
    rank: int = 50,
    why: str = "",
    remedy: str = "",
) -> Callable[[Callable[[Subject], Verdict]], Check]:
    """Register a check under its id, such as `relay.alias-programs`. Its docstring is the help."""

    def register(judge: Callable[[Subject], Verdict]) -> Check:
        if check_id in REGISTRY:
            raise ValueError(f"two checks are called {check_id}")
        looks_at = " ".join((judge.__doc__ or "").split())
        made = Check(
            check_id, question, judge, looks_at, rank, needs, uses, severities, why, remedy
        )
        REGISTRY[check_id] = made
        return made

    return register


def known(fact: T | Unknown) -> T:
    """The fact itself. Raises NotKnown, which makes the check's result UNKNOWN."""
    if isinstance(fact, Unknown):
        raise NotKnown(fact)
    return fact


def run_check(one: Check, subject: Subject) -> CheckResult:
    """Judge one; its words are fit to print. One that fails in itself is CRASHED, and blocks."""
    result = _judged(one, subject)
    return replace(
        result,
        title=printable(result.title),
        summary=printable(result.summary),
        findings=tuple(_printable(finding) for finding in result.findings),
    )


def _printable(finding: Finding) -> Finding:
    """Evidence is host text: a log line, an alias, a crontab's line with a password in it."""
    return replace(
        finding,
        title=printable(finding.title),
        evidence=tuple(printable(scrubbed(line)) for line in finding.evidence),
        why=printable(finding.why),
        remedy=printable(finding.remedy),
    )


NOT_ASKED = {"restore": ("relay.", "needs.")}
"By purpose: checks of what root's children could do anyway."


def _judged(one: Check, subject: Subject) -> CheckResult:
    if one.id.startswith(NOT_ASKED.get(subject.choices.purpose, ("-",))):
        return CheckResult(
            one.id, Outcome.SKIPPED, one.question, "not asked: children become root's", (), one.help
        )
    try:
        verdict = one.judge(subject)
    except NotKnown as problem:
        return _not_known(one, problem.unknown)
    except Exception as problem:
        evidence = (f"{type(problem).__name__}: {problem}",)
        finding = Finding(
            one.id,
            Severity.BLOCKER,
            "This check failed in itself",
            evidence,
            "A check that could not finish proves nothing, so it blocks.",
            "Please report this, with the evidence.",
        )
        return CheckResult(one.id, Outcome.CRASHED, one.question, "", (finding,), one.help)
    if verdict.unknown:
        outcome = Outcome.UNKNOWN
    elif verdict.skipped:
        outcome = Outcome.SKIPPED
    else:
        outcome = Outcome.FOUND if verdict.findings else Outcome.PASS
    accepted = subject.choices.accept.get(one.id, "")
    result = CheckResult(
        one.id, outcome, verdict.title, verdict.summary, verdict.findings, one.help
    )
    if result.severity is Severity.OVERRIDABLE and accepted:
        return CheckResult(*_fields(result), accepted)
    return result


def _fields(result: CheckResult) -> tuple[str, Outcome, str, str, tuple[Finding, ...], str]:
    return (
        result.check_id,
        result.outcome,
        result.title,
        result.summary,
        result.findings,
        result.help,
    )


def _not_known(one: Check, unknown: Unknown) -> CheckResult:
    remedy = unknown.remedy or "Put right what is named, then re-check."
    if unknown.needs:
        remedy = f"Run it again as {unknown.needs}."
    finding = Finding(
        one.id,
        Severity.BLOCKER,
        "Could not be looked at",
        (unknown.reason,),
        "What could not be read, parsed or run is unknown, and unknown is never fine.",
        remedy,
    )
    return CheckResult(one.id, Outcome.UNKNOWN, one.question, unknown.reason, (finding,), one.help)


__all__ = [
    "REGISTRY",
    "Check",
    "Facts",
    "Finding",
    "Identity",
    "NotKnown",
    "Severity",
    "Subject",
    "Unknown",
    "Verdict",
    "check",
    "known",
    "run_check",
]
