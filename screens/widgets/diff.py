"""A file's difference: unified where it is narrow, side by side where it is wide."""

from __future__ import annotations

from difflib import SequenceMatcher

from textual.content import Content

from screens.text import say
from screens.widgets.syntax import coloured
from screens.words import Tone
from wizard.diff import FileChange

_CONTEXT = 3
"Unchanged lines around a change."


def unified(change: FileChange, width: int) -> list[Content]:
    """As `diff -u` shows it."""
    out: list[Content] = []
    for line in change.unified:
        sign, text = line[:1], line[1:]
        if sign == "@":
            out.append(say((line, Tone.SHOWN)))
        else:
            out += _signed(sign, coloured(text, change.path), width)
    return out


_BACKGROUND = {"+": "on $added", "-": "on $removed"}
_SIGN_TONE = {"+": Tone.GOOD, "-": Tone.BAD, " ": Tone.QUIET}


def _signed(sign: str, text: Content, width: int) -> list[Content]:
    """A line with its sign, wrapped so that nothing of it is hidden, tinted in full width."""
    out = []
    for index, part in enumerate(_parts(text, max(10, width - 1))):
        shown = say((sign if index == 0 else " ", _SIGN_TONE[sign].bold), part)
        shown = shown.pad_right(max(0, width - shown.cell_length))
        if sign in _BACKGROUND:
            shown = shown.stylize_before(_BACKGROUND[sign])
        out.append(shown)
    return out


def _parts(text: Content, width: int) -> list[Content]:
    """Broken between words where that leaves no half-empty line, else where the room ends."""
    if text.cell_length <= width:
        return [text]
    words = text.wrap(width)
    ragged = any(part.cell_length < width // 2 for part in words[:-1])
    return text.fold(width) if ragged else words


def side_by_side(change: FileChange, width: int) -> list[Content]:
    """Before on the left, after on the right, changed places facing each other."""
    half = (width - 3) // 2
    before, after = change.before.splitlines(), change.after.splitlines()
    out: list[Content] = []
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for group in matcher.get_grouped_opcodes(_CONTEXT):
        first, last = group[0], group[-1]
        place = f"lines {first[1] + 1}-{last[2]}"
        there = f"lines {first[3] + 1}-{last[4]}"
        head = say((place.ljust(half), Tone.SHOWN), "   ", (there, Tone.SHOWN))
        out.append(head)
        for tag, i1, i2, j1, j2 in group:
            out += _block(tag, before[i1:i2], after[j1:j2], change.path, half)
    return out


def _block(tag: str, left: list[str], right: list[str], path: str, half: int) -> list[Content]:
    signs = (" ", " ") if tag == "equal" else ("-", "+")
    out: list[Content] = []
    for index in range(max(len(left), len(right))):
        one = _half(left, index, signs[0], path, half)
        other = _half(right, index, signs[1], path, half)
        height = max(len(one), len(other))
        blank = Content(" " * half)
        one += [blank] * (height - len(one))
        other += [blank] * (height - len(other))
        out += [say(a, (" │ ", "$rule"), b) for a, b in zip(one, other, strict=True)]
    return out


def _half(side: list[str], index: int, sign: str, path: str, half: int) -> list[Content]:
    if index >= len(side):
        return []
    return _signed(sign, coloured(side[index], path), half)


def difference(change: FileChange, width: int, beside: bool) -> list[Content]:
    """The difference, laid out for the width. A new file has no left side to show."""
    if beside and not change.created:
        return side_by_side(change, width)
    return unified(change, width)
