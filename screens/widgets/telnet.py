"""The proof's SMTP session as telnet shows it."""

from __future__ import annotations

from collections.abc import Iterator

from textual.content import Content

from screens.text import lines, say
from screens.words import Tone
from wizard.events import SmtpLine


def telnet_content(session: list[SmtpLine]) -> Content:
    """What we typed in blue, refusals in red, the acceptance after the final dot in green."""
    out = [say(("$ telnet localhost 25", Tone.SHOWN.bold))]
    dotted = message = False
    for line in _joined(session):
        message = message and line.text != "."
        out.append(say((line.text, _style(line, dotted, message))))
        dotted = (line.sent and line.text.strip() == ".") or (dotted and line.text[:1] != "2")
        message = message or (not line.sent and line.text.startswith("354"))
    return lines(out)


def _joined(session: list[SmtpLine]) -> Iterator[SmtpLine]:
    """What EHLO offers comes a line each; it is shown in one, so that the session fits."""
    offers: list[SmtpLine] = []
    greeted = False
    for line in session:
        of_ehlo = greeted and not line.sent and line.text[:4] in ("250-", "250 ")
        if of_ehlo and (offers or "Hello" not in line.text):
            offers.append(line)
            continue
        if offers:
            yield _offered(offers)
            offers, greeted = [], False
        greeted = greeted or (line.sent and line.text.upper().startswith("EHLO"))
        yield line
    if offers:
        yield _offered(offers)


def _offered(offers: list[SmtpLine]) -> SmtpLine:
    last = offers[-1]
    names = "  ".join(line.text[4:] for line in offers)
    return SmtpLine(last.seq, last.time, False, f"250-{names}")


def _style(line: SmtpLine, after_dot: bool, message: bool) -> str:
    if message:
        return Tone.SHOWN.style
    if line.sent:
        return Tone.SHOWN.bold
    if line.text[:1] in ("4", "5"):
        return Tone.BAD.bold
    return Tone.GOOD.bold if after_dot and line.text.startswith("250") else Tone.PLAIN.style
