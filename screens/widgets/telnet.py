"""The proof's SMTP session as telnet shows it."""

from __future__ import annotations

from collections.abc import Iterator

from textual.content import Content

from screens.text import lines, say
from screens.words import Tone
from wizard.events import SmtpLine


def telnet_content(session: list[SmtpLine]) -> Content:
    """What we typed in blue, refusals in red, the acceptance after the final dot in green.

    One session a port: each begins with the command that would open it.
    """
    out: list[Content] = []
    dotted = message = False
    for line in _joined(session):
        if opens(line):
            dotted = message = False
            out += [say("")] if out else []
            out.append(say((f"$ {line.text}", Tone.SHOWN.bold)))
            continue
        message = message and line.text != "."
        out.append(say((line.text, _style(line, dotted, message))))
        dotted = (line.sent and line.text.strip() == ".") or (dotted and line.text[:1] != "2")
        message = message or (not line.sent and line.text.startswith("354"))
    return lines(out) if out else say(("waiting for the first connection", Tone.QUIET))


def opens(line: SmtpLine) -> bool:
    """Whether a session begins here: `telnet ADDRESS PORT`, or openssl where TLS comes first."""
    return line.sent and line.text.startswith(("telnet ", "openssl s_client "))


def peer(session: list[SmtpLine]) -> str:
    """Whom the last session speaks to, `127.0.0.1 25` or `[::1]:465`; empty where there is none."""
    last = next((line.text for line in reversed(session) if opens(line)), "")
    words = last.split()
    return " ".join(words[-1:] if "-connect" in words else words[-2:])


def _joined(session: list[SmtpLine]) -> Iterator[SmtpLine]:
    """What EHLO offers comes a line each; it is shown in one, so that the session fits."""
    offers: list[SmtpLine] = []
    greeted = False
    for line in session:
        greeted = greeted and not opens(line)
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
