"""How checks say what they found: in the same words, with the place that proves it.

A place is written `file:line  text`: two blanks divide it from what stands there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from wizard.api import Finding, Severity, Subject, Unknown, Verdict

SHOW_STOPPER = (
    "The article on local delivery and aliases: “The second point is the show-stopper in many "
    "cases.” Its recipe is for “a machine that is always just forwarding email and never actually "
    "doing local delivery or alias expansion”."
)
KEEP = 20
"As many lines of evidence as a person reads."


def counted(number: int, what: str) -> str:
    """`1 account`, `3,214 accounts`."""
    if number == 1:
        return f"1 {what}"
    if what.endswith("y") and what[-2:-1] not in "aeiou":
        return f"{number:,} {what[:-1]}ies"
    return f"{number:,} {what}{'es' if what.endswith(('s', 'x')) else 's'}"


def located(file: str, line: int, text: str) -> str:
    """Evidence out of a file."""
    return f"{file}:{line}  {text}"


def place(evidence: str) -> str:
    """The place alone, without what stands there."""
    return evidence.partition("  ")[0]


def shortened(lines: Sequence[str], keep: int = KEEP) -> tuple[str, ...]:
    """The first lines, and how many were left out."""
    if len(lines) <= keep:
        return tuple(lines)
    return (*lines[:keep], f"… and {len(lines) - keep:,} more")


def conclude(
    findings: Iterable[Finding],
    title: str,
    summary: str = "",
    *,
    where: str = "",
    unknown: bool = False,
) -> Verdict:
    """The heaviest finding's words in the list, or title and summary where nothing was found.

    `where` is the summary of what was found; without it, the place of its first evidence.
    """
    order = list(Severity)
    found = sorted(findings, key=lambda finding: -order.index(finding.severity))
    if not found:
        return Verdict(title, summary, unknown=unknown)
    first = found[0]
    if not where and first.evidence:
        more = len(first.evidence) - 1
        where = place(first.evidence[0]) + (f" and {more} more" if more else "")
    return Verdict(first.title, where, tuple(found), unknown=unknown)


def unseen(check_id: str, what: str, reasons: Sequence[str]) -> tuple[Finding, ...]:
    """The finding for what could not be read; none where all could. Its result is UNKNOWN."""
    if not reasons:
        return ()
    finding = Finding(
        check_id,
        Severity.BLOCKER,
        f"{what} could not be looked at",
        shortened(reasons),
        "What could not be read is unknown, and unknown is never “there is none”.",
        "Run it again as root where permission was denied; else put right what is named. "
        "Then re-check.",
    )
    return (finding,)


def bare_host(spec: str) -> str:
    """The host in `mailer:[host]`, as MAIL_HUB and SMART_HOST are written."""
    bracketed = re.search(r"\[([^]]+)\]", spec)
    return bracketed[1] if bracketed else spec.rpartition(":")[2].strip()


def mail_hub(subject: Subject) -> str:
    """What follows the @ where mail should go instead: MAIL_HUB, SMART_HOST, else a stand-in."""
    cf = subject.facts.cf
    if not isinstance(cf, Unknown):
        for macro in ("H", "S"):
            if name := bare_host(cf.macros.get(macro, "")):
                return f"[{name}]" if name[-1].isdigit() or ":" in name else name
    return "your.mail.hub"
