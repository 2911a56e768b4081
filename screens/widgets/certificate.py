"""What a rollback certifies: the manifest before and after, and each exception by name."""

from __future__ import annotations

from textual.content import Content

from screens.text import say
from screens.words import Tone, count
from wizard.events import Certificate

_HASH = 64
_LABEL = 10


def certificate_lines(found: Certificate, width: int) -> list[Content]:
    """Both hashes one above the other, so that a difference is seen; then the exceptions."""
    same = found.before == found.after
    verdict = ("✔ identical", Tone.GOOD.bold) if same else ("✖ they differ", Tone.BAD.bold)
    out = [
        say(("Certificate", Tone.SHOWN.bold), "   ", count(found.paths, "path"), "   ", verdict),
        *_hash("before", found.before, width, Tone.QUIET),
        *_hash("after", found.after, width, Tone.GOOD if same else Tone.BAD),
    ]
    if found.file and len(found.file) > width - _LABEL:
        out += [say((_label("file"), Tone.QUIET)), say(found.file)]
    elif found.file:
        out.append(say((_label("file"), Tone.QUIET), found.file))
    out.append(say(""))
    return out + exception_lines(found.exceptions, width)


def exception_lines(exceptions: tuple[str, ...], width: int) -> list[Content]:
    """Each path that is not as it was, and why."""
    if not exceptions:
        return [say(("✔ ", Tone.GOOD.bold), "No exception: every path is as it was.")]
    head = count(len(exceptions), "exception")
    out = [say((f"⚠ {head}, each named", Tone.WARN.bold))]
    for text in exceptions:
        for number, part in enumerate(say(text).wrap(max(20, width - 4))):
            out.append(say(("  ⚠ ", Tone.WARN) if number == 0 else "    ", part))
    return out


def _hash(label: str, value: str, width: int, tone: Tone) -> list[Content]:
    """In one line where there is room, else halved, the halves one below the other."""
    room = width - _LABEL
    size = _HASH if room >= _HASH else _HASH // 2
    parts = [value[i : i + size] for i in range(0, len(value), size)] or ["-"]
    return [
        say((_label(label if i == 0 else ""), Tone.QUIET), (part, tone))
        for i, part in enumerate(parts)
    ]


def _label(text: str) -> str:
    return f"  {text:<{_LABEL - 2}}"
