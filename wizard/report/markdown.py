"""Text for Markdown that stays text: no host's words may become markup, a link or a table cell."""

from __future__ import annotations

import re

SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!&])")
"What Markdown, GitHub's tables and its HTML read as markup anywhere in a line."
BLOCK = re.compile(r"^(\s*)([-+=]|\d+(?=[.)]))")
"What makes a list, a rule or a heading at the start of a line."
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
"Terminal escapes, and what turns or hides the text around it."


def visible(text: str) -> str:
    """Text whose control characters are shown as `\\x1b` instead of acting; lines and tabs stay."""
    return CONTROL.sub(_shown, text)


def _shown(found: re.Match[str]) -> str:
    code = ord(found.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def text(words: str) -> str:
    """Words on one line that mean only themselves, in a table cell too."""
    line = " ".join(visible(words).split())
    return BLOCK.sub(_at_start, SPECIAL.sub(r"\\\1", line))


def _at_start(found: re.Match[str]) -> str:
    blanks, mark = found.groups()
    return f"{blanks}{mark}\\" if mark.isdigit() else f"{blanks}\\{mark}"


def prose(words: str) -> str:
    """Our own words, in which `code` is code."""
    parts = " ".join(words.split()).split("`")
    if len(parts) % 2 == 0:
        return text(words)
    return "".join(code(p) if n % 2 else _inner(p) for n, p in enumerate(parts))


def _inner(words: str) -> str:
    return SPECIAL.sub(r"\\\1", words)


def code(words: str) -> str:
    """Words as code on one line, in a fence longer than any inside them."""
    line = " ".join(visible(words).split())
    ticks = "`" * (_longest(line) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") or not line else ""
    return f"{ticks}{pad}{line}{pad}{ticks}"


def cell(words: str) -> str:
    """Words as code in a cell of a table, where a pipe ends the cell even in code."""
    return code(words).replace("|", "\\|")


def fenced(lines: str, language: str = "") -> str:
    """Lines as a block of code, in a fence longer than any inside them."""
    shown = visible(lines.replace("\r\n", "\n"))
    fence = "`" * max(3, _longest(shown) + 1)
    return f"{fence}{language}\n{shown}\n{fence}"


def _longest(words: str) -> int:
    return max((len(run) for run in re.findall("`+", words)), default=0)
