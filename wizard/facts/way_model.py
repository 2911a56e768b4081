"""Who can reach what, and who may write what: facts that are ways to paths.

facts/passages.py walks them; facts/trusted.py, doors.py and undoers.py gather them.
"""

from __future__ import annotations

from msgspec import Struct

from wizard.model import FileState


class Passage(Struct, frozen=True):
    """A path with every directory that has to be passed to reach it (facts/passages.py)."""

    path: str
    role: str
    "What it is to Sendmail: `cf`, `ServerKeyFile`, `milter clamav`, `init script` ..."
    parts: tuple[tuple[str, FileState], ...]
    "From `/` down to what the path leads to; a link and the directories it leads through too."
    place: str = ""
    "`file:line` that names it, where something does."

    @property
    def end(self) -> FileState:
        """The state of what the path leads to."""
        return self.parts[-1][1]


class Trusted(Struct, frozen=True, tag="trusted"):
    """All that root reads or runs for Sendmail (facts/trusted.py)."""

    passages: tuple[Passage, ...]


class Doors(Struct, frozen=True, tag="doors"):
    """What else the children must reach: TLS keys, milter sockets, maps elsewhere (facts/doors)."""

    keys: tuple[Passage, ...]
    "Keys, certificates, CA files: role is the option that names it."
    milters: tuple[Passage, ...]
    "Sockets in the file system only; role is `milter NAME`."
    files: tuple[Passage, ...]
    "Maps, class files and the like outside the configuration directory; roles as in MapFile."
    inet_milters: tuple[str, ...] = ()
    "`NAME inet:8891@localhost`: reached over the network by anybody."
    flags: dict[str, str] = {}
    "F= of each milter, by its role: what becomes of mail while it cannot be asked."
    offers: tuple[str, ...] = ()
    "What Sendmail answers to EHLO now, by `sendmail -bs`; empty where no key is named."
    unasked: str = ""
    "Why it could not be asked; empty where it was, or need not be."
    logins: tuple[Passage, ...] = ()
    "What SMTP AUTH asks (facts/logins), where the cf says anything of it."


class Undoer(Struct, frozen=True):
    """Something on this host that resets owner, mode, group or the cf."""

    name: str
    "`update_sys`, `Puppet`, `tmpfiles.d` ..."
    resets: str
    "What it resets, in words, and when."
    places: tuple[str, ...]
    "`file:line  text`, or the file."
    guarded: bool
    "True: the guard that this migration installs puts it right again, or nothing is harmed."
    rewrites: bool = False
    "It writes the .mc or the cf itself: RunAsUser would be gone."


class Undoers(Struct, frozen=True, tag="undoers"):
    """Who will undo the migration (facts/undoers.py)."""

    found: tuple[Undoer, ...]
    unreadable: tuple[str, ...] = ()
    "What could not be looked at, and why."
