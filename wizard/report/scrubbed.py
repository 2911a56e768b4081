"""Lines of a host without its secrets, in the words in which a recorded host is scrubbed."""

from __future__ import annotations

from collections.abc import Iterable

from wizard.secrets import scrub


def scrubbed(lines: Iterable[str]) -> tuple[str, ...]:
    """Each line with its secret values replaced by a mark; line by line, to leave a diff whole."""
    return tuple(
        scrub(line.encode("utf-8", "surrogateescape")).decode("utf-8", "replace") for line in lines
    )
