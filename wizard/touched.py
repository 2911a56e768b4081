"""Whether a file that a command rewrites is, but for the command, what it was before."""

from __future__ import annotations

import re
from collections.abc import Mapping

from wizard.host.base import HostReader
from wizard.model import FileState

GENERATED = re.compile(rb"^#.*automa(?:t|g)ically generated", re.MULTILINE)
"What Debian's tools write at the top of what they make anew: Makefile, databases, cron.d/sendmail."
TOP = 1024
"Bytes in which it is looked for."


def is_as_before(
    host: HostReader, path: str, befores: Mapping[str, FileState], but: tuple[str, ...] = ()
) -> bool:
    """Whether the file, or what it is the backup of, holds what it held before the command.

    So nothing of anybody else's can be lost by giving back its owner, mode and time too.
    but: accounts whose own lines do not count. Raises Unreadable.
    """
    now, before = host.state(path, content=True), befores[path]
    if now.kind is before.kind and now.content == before.content:
        return True
    if not before.exists and now.content == b"":
        return True
    lines = without_lines_of(now.content or b"", but)
    if but and now.kind is before.kind and lines == without_lines_of(before.content or b"", but):
        return True
    original = path.removesuffix("-")
    if original == path or original not in befores:
        return False
    return is_as_before(host, original, befores, but)


def is_generated(*states: FileState) -> bool:
    """Whether each of these versions of a file says itself that a tool made it from others."""
    return all(GENERATED.search((state.content or b"")[:TOP]) for state in states)


def without_lines_of(content: bytes, names: tuple[str, ...]) -> list[bytes]:
    """The lines of a file like passwd(5) but for those of these accounts.

    Of a groupdel that was killed /etc/group may know, and /etc/gshadow not.
    """
    own = tuple(f"{name}:".encode() for name in names)
    return [line for line in content.splitlines() if not line.startswith(own)]
