"""One check's result in full: what was found, what proves it, why it matters, what to do."""

from __future__ import annotations

from textual.content import Content

from screens.board import Entry, attention
from screens.text import lines, paragraph, say
from screens.words import RUNNING, WAITING, Tone, clean, result_sign
from wizard.model import CheckResult, Finding, Severity
from wizard.remedies.base import RemedyOffer


def finding_content(entry: Entry, offers: tuple[RemedyOffer, ...], width: int) -> Content:
    """The detail pane's text."""
    result = entry.result
    if result is None:
        return _unjudged(entry, width)
    sign = result_sign(result)
    word = sign.word if not entry.waiting else "being looked at again"
    about = f"{result.check_id} · {word}{_overridable(result)}"
    out = [say((result.title, sign.tone.bold)), say((about, Tone.QUIET))]
    out += [*_offered(offers, attention(result)), say("")]
    told = any(result.summary in line for one in result.findings for line in one.evidence)
    if result.summary and not told:
        out += [say(result.summary), say("")]
    if not result.findings:
        out += _asked(entry, width)
    for finding in result.findings:
        out += _finding(finding, width, titled=len(result.findings) > 1)
    if result.accepted:
        out.append(paragraph("Accepted", result.accepted, width))
    for offer in offers if attention(result) else ():
        if offer.impossible and offer.taken is None:
            text = say((f"{offer.title}: {offer.impossible}", Tone.QUIET))
            out.append(paragraph("Not possible", text, width))
    return lines(out)


def _unjudged(entry: Entry, width: int) -> Content:
    """What it asks, and what it looks at."""
    word = RUNNING.word if entry.running else WAITING.word
    out = [say((entry.title, "bold")), say((f"{entry.check_id} · {word}", Tone.QUIET)), say("")]
    return lines([*out, *_asked(entry, width)])


def _asked(entry: Entry, width: int) -> list[Content]:
    """What the check looks at, and why that is asked."""
    looks_at = entry.result.help if entry.result else entry.check.help if entry.check else ""
    out = [paragraph("The check", looks_at, width), say("")] if looks_at else []
    if entry.check and entry.check.why:
        out += [paragraph("Why it matters", entry.check.why, width), say("")]
    return out


def _offered(offers: tuple[RemedyOffer, ...], found: bool) -> list[Content]:
    """What the plan puts right already, or can put right: above all else, a line each."""
    out: list[Content] = []
    for offer in offers:
        key = (" m ", "bold $footer-key-foreground")
        if offer.taken is not None:
            value = f" ({offer.taken})" if offer.taken else ""
            told = say(("✔ in the plan: ", Tone.SHOWN), (f"{offer.title}{value}", "bold"))
            out += [told, say(key, ("takes it out", Tone.QUIET))]
        elif found and not offer.impossible:
            told = say(("stepdown can do this for you: ", Tone.LEAD), (offer.title, "bold"))
            out.append(say(key, told))
    return out


def _overridable(result: CheckResult) -> str:
    if result.severity is Severity.BLOCKER:
        return " · cannot be overridden"
    return ""


def _finding(finding: Finding, width: int, titled: bool) -> list[Content]:
    out = [say((finding.title, "bold"))] if titled else []
    out += [evidence_line(line, width) for line in finding.evidence]
    out.append(say(""))
    if finding.why:
        out += [paragraph("Why it matters", finding.why, width), say("")]
    if finding.remedy:
        out += [paragraph("What to do", _remedy_content(finding.remedy), width), say("")]
    return out


def evidence_line(text: str, width: int) -> Content:
    """`file:line  text`: the place in grey, what stands there bold; what is too long hangs."""
    place, gap, found = text.partition("  ")
    shown = say((place, Tone.QUIET), "  ", (found, "bold")) if gap else say(text)
    parts = shown.wrap(max(20, width - 4)) or [shown]
    return lines(say("  " if at == 0 else "    ", part) for at, part in enumerate(parts))


def _is_words(line: str) -> bool:
    """A sentence, as opposed to a line to write: `Or let the hub take mail for every name.`"""
    return line.endswith(".") and len(line.split()) > 4


def _lines_to_write(remedy: str) -> list[str]:
    """A remedy of several lines says what to do in its first and what to write in the others."""
    return [line for line in remedy.splitlines()[1:] if line and not _is_words(line)]


def _remedy_content(remedy: str) -> Content:
    """What to do in words, and what to write in green; a remedy of one line is what to do."""
    first, *others = remedy.splitlines() or [""]
    if not others:
        return say((first, Tone.GOOD))
    return lines(
        [say(first), *(say(one if _is_words(one) else (one, Tone.GOOD)) for one in others)]
    )


def evidence_content(entry: Entry, oneself: tuple[str, ...], width: int) -> Content:
    """All evidence of a result, for reading in full, and how to see it without this program."""
    result = entry.result
    out: list[Content] = []
    for finding in result.findings if result else ():
        if finding.title != entry.title:
            out.append(say((finding.title, "bold")))
        out += [evidence_line(line, width) for line in finding.evidence]
        out.append(say(""))
    if not out:
        summary = result.summary if result else ""
        out = [say(summary or "Nothing was found, so there is nothing to show."), say("")]
    if oneself:
        out.append(say(("See it yourself", Tone.SHOWN.bold), ("   these only look", Tone.QUIET)))
        out += [say(("  # ", Tone.LEAD.bold), line) for line in oneself]
        out.append(say(""))
    if result and result.help:
        out += [say(("What the check looks at", Tone.SHOWN.bold)), say(result.help)]
    return lines(out)


def evidence_text(result: CheckResult) -> str:
    """The evidence as one would paste it into a ticket."""
    told = [line for finding in result.findings for line in finding.evidence]
    head = f"{result.title}  [{result.check_id}]"
    return clean("\n".join([head, *(told or [result.summary])]))


def remedy_text(result: CheckResult) -> str:
    """What one would paste: the lines to write, where a remedy has some, else its words."""
    remedies = [finding.remedy for finding in result.findings if finding.remedy]
    to_write = [line for one in remedies for line in _lines_to_write(one)]
    return clean("\n".join(dict.fromkeys(to_write or remedies)))
