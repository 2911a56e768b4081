"""What the migration changes on a host, and whether a path or a line of a script is about it."""

from __future__ import annotations

import re
from posixpath import normpath

from msgspec import Struct


class Places(Struct, frozen=True):
    """Paths whose owner, group, mode or content the migration changes."""

    mail_dir: str
    cf: str
    mc: str
    queues: tuple[str, ...]
    files: tuple[str, ...] = ()
    "Alias files elsewhere, statistics, keys: single files."

    @property
    def trees(self) -> tuple[str, ...]:
        """Directories that count with all below them."""
        return (self.mail_dir, *self.queues)

    def holds(self, path: str) -> bool:
        """Whether the path is one of them or lies below one."""
        plain = clean(path)
        below = any(plain == tree or plain.startswith(f"{tree}/") for tree in self.trees)
        return below or plain in self.files

    def above(self, path: str) -> bool:
        """Whether one of them lies below the path."""
        top = clean(path).rstrip("/") + "/"
        return any(one.startswith(top) for one in (*self.trees, *self.files))

    def pattern(self) -> str:
        """An extended regular expression that finds each of them in a line."""
        every = (*self.trees, *self.files, "sendmailconfig", "update_sys")
        return "|".join(re.escape(one).replace("\\-", "-") for one in dict.fromkeys(every))


def clean(path: str) -> str:
    """Without quotes, a trailing slash, a wildcard at its end."""
    bare = path.strip("\"'`(){};,")
    if not bare.startswith("/"):
        return bare
    return normpath(re.sub(r"/[^/]*[*?$][^/]*$", "", bare) or "/")
