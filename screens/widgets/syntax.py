"""Colours for planned files: .mc and cf by Sendmail's own words, others by Pygments."""

from __future__ import annotations

import re
from pathlib import PurePath

from textual.content import Content
from textual.highlight import highlight

from screens.text import say
from screens.words import clean

_MC = (
    (re.compile(r"\bdnl\b.*$|^#.*$"), "$text-muted"),
    (re.compile(r"`[^']*'"), "$text-success"),
    (
        re.compile(
            r"\b(define|undefine|include|divert|VERSIONID|OSTYPE|DOMAIN|FEATURE|MAILER"
            r"|MAILER_DEFINITIONS|DAEMON_OPTIONS|INPUT_MAIL_FILTER|LOCAL_\w+)\b"
        ),
        "$text-primary",
    ),
)
_CF = (
    (re.compile(r"^#.*$"), "$text-muted"),
    (re.compile(r"^O \w+"), "$text-primary"),
    (re.compile(r"=(.*)$"), "$text-success"),
    (re.compile(r"^[CDFKMRSHV]"), "$text-accent"),
)
_SH = (
    (re.compile(r"^\s*#.*$"), "$text-muted"),
    (re.compile(r"\"[^\"]*\"|'[^']*'"), "$text-success"),
    (
        re.compile(r"\b(if|then|else|elif|fi|for|in|do|done|case|esac|while|exit|return|set)\b"),
        "$text-primary",
    ),
)


def coloured(line: str, path: str) -> Content:
    """One line of that file, in colours."""
    suffix = PurePath(path).suffix
    if suffix in (".mc", ".m4"):
        return _by_rules(line, _MC)
    if suffix == ".cf":
        return _by_rules(line, _CF)
    if not suffix and "makefile" not in path.lower():
        return _by_rules(line, _SH)  # a lexer that guesses takes each line for another language
    shown = highlight(clean(line), path=path)
    return shown.rstrip()


def _by_rules(line: str, rules: tuple[tuple[re.Pattern[str], str], ...]) -> Content:
    """The first rule that claims a place keeps it: a comment stays a comment."""
    content = say(line)
    plain = content.plain
    taken: list[tuple[int, int]] = []
    for pattern, style in rules:
        for found in pattern.finditer(plain):
            start, end = found.span()
            if not any(start < other_end and other_start < end for other_start, other_end in taken):
                taken.append((start, end))
                content = content.stylize(style, start, end)
    return content
