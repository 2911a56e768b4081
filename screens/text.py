"""Content made of host text: cleaned, never parsed as markup.

A path may hold brackets and a log line an escape sequence. All that a screen shows goes through
`say`, so that neither can crash the screen nor reach the terminal.
"""

from __future__ import annotations

from collections.abc import Iterable

from textual.content import Content

from screens.words import Sign, Tone, clean

Part = str | Content | tuple[str, str | Tone]
"Plain text, ready content, or text with a style or a tone."


def say(*parts: Part) -> Content:
    """One piece of content; strings are cleaned and taken literally."""
    return Content.assemble(*(_part(part) for part in parts))


def _part(part: Part) -> str | Content | tuple[str, str]:
    if isinstance(part, Content):
        return part
    if isinstance(part, str):
        return clean(part)
    text, style = part
    return clean(text), style.style if isinstance(style, Tone) else style


def lines(items: Iterable[Content]) -> Content:
    """Several lines as one content."""
    return Content("\n").join(items)


def mark(sign: Sign) -> Content:
    """A state's symbol in its tone."""
    return say((sign.symbol, sign.tone.bold))


def fit(content: Content, width: int) -> Content:
    """Exactly this many cells: cut with an ellipsis or padded."""
    if width <= 0:
        return Content("")
    if content.cell_length > width:
        content = content.truncate(width, ellipsis=True)
    return content.pad_right(width - content.cell_length)


_FEW_WORDS = 20
"Columns that the right half keeps."


def beside(
    left: Content, right: Content, width: int, column: int, *, aligned: bool = False
) -> Content:
    """Two columns in one line of the given width, the second starting at `column`.

    A left half that is longer takes of the right one's room, which keeps at least a few words;
    aligned: it is cut, so that the right halves of all lines stand under each other.
    """
    if not right:
        return fit(left, width)
    if not aligned:
        column = max(column, min(left.cell_length, width - _FEW_WORDS))
    gap = Content("  ")
    return Content("").join([fit(left, column), gap, fit(right, width - column - 2)])


_HANGING = 64
"Columns from which a heading stands beside its text."


def paragraph(heading: str, text: str | Content, width: int, tone: str = "") -> Content:
    """A heading with its text hanging beside it, or under it where that would be too narrow."""
    body = say((text, tone)) if tone and isinstance(text, str) else say(text)
    if width < _HANGING:
        return lines([say((heading, Tone.SHOWN.bold)), body])
    indent = 16
    room = width - indent
    wrapped = [line for part in body.split("\n") for line in (part.wrap(room) or [Content("")])]
    first = say((heading.ljust(indent), Tone.SHOWN.bold))
    out = [Content.assemble(first, wrapped[0] if wrapped else "")]
    out += [Content.assemble(" " * indent, line) for line in wrapped[1:]]
    return lines(out)
