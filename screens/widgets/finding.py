"""One check's result in full: what was found, what proves it, why it matters, what to do."""

from __future__ import annotations

from textual.content import Content

from screens.text import lines, paragraph, say
from screens.words import Tone, result_sign
from wizard.model import CheckResult, Finding, Severity


def finding_content(result: CheckResult, width: int) -> Content:
    """The detail pane's text."""
    sign = result_sign(result)
    about = f"{result.check_id} · {sign.word}{_overridable(result)}"
    out = [say((result.title, sign.tone.bold)), say((about, Tone.QUIET)), say("")]
    told = any(result.summary in line for one in result.findings for line in one.evidence)
    if result.summary and not told:
        out += [say(result.summary), say("")]
    if not result.findings and result.help:
        out.append(paragraph("The check", result.help, width))
    for finding in result.findings:
        out += _finding(finding, width, titled=len(result.findings) > 1)
    if result.accepted:
        out.append(paragraph("Accepted", result.accepted, width))
    return lines(out)


def _overridable(result: CheckResult) -> str:
    if result.severity is Severity.BLOCKER:
        return " · cannot be overridden"
    return ""


def _finding(finding: Finding, width: int, titled: bool) -> list[Content]:
    out = [say((finding.title, "bold"))] if titled else []
    out += [evidence_line(line) for line in finding.evidence]
    out.append(say(""))
    if finding.why:
        out += [paragraph("Why it matters", finding.why, width), say("")]
    if finding.remedy:
        out += [paragraph("What to do", finding.remedy, width, Tone.GOOD.style), say("")]
    return out


def evidence_line(text: str) -> Content:
    """`file:line  text`: the place in grey, what stands there bold."""
    place, gap, found = text.partition("  ")
    if not gap:
        return say("  ", text)
    return say("  ", (place, Tone.QUIET), "  ", (found, "bold"))


def evidence_content(result: CheckResult) -> Content:
    """All evidence of a result, for reading in full."""
    out: list[Content] = []
    for finding in result.findings:
        out += [say((finding.title, "bold"))]
        out += [evidence_line(line) for line in finding.evidence]
        out.append(say(""))
    if not out:
        out = [say(result.summary or "Nothing was found, so there is nothing to show.")]
    if result.help:
        out += [say(("What the check looks at", Tone.SHOWN.bold)), say(result.help)]
    return lines(out)


def remedy_text(result: CheckResult) -> str:
    """The remedies as one would paste them."""
    return "\n".join(f.remedy for f in result.findings if f.remedy)
