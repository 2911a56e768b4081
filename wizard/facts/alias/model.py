"""What is known of aliases and .forward files. Like all facts, these never judge."""

from __future__ import annotations

from msgspec import Struct

from wizard.model import FileState


class Destination(Struct, frozen=True):
    """Where one copy of a message would go."""

    mailer: str
    host: str
    user: str


class AliasEntry(Struct, frozen=True):
    """One alias, continuation lines joined; or a line of a list that an alias includes."""

    file: str
    line: int
    "Where it starts, counted from 1; 0 for what a database alone holds."
    name: str
    targets: tuple[str, ...]
    text: str
    "As written, joined to one line."
    only_in: str = ""
    "`text`: not in force before newaliases; `database`: in force, and the text lacks it."
    via: tuple[str, ...] = ()
    "Of a list: the places that lead here, `/etc/aliases:9`, the alias first."


class AliasDifference(Struct, frozen=True):
    """An alias that the text and its database do not agree about."""

    name: str
    line: int
    "In the text; 0 where the text lacks it."
    text: str
    "The value in the text; empty where it lacks the alias."
    database: str
    "The value in the database; empty where it lacks the alias."


class AliasFile(Struct, frozen=True):
    """One source of aliases: a text, its database, or both. Also a list that an alias includes.

    Aliases whose every target is an address on another host are counted, not kept.
    """

    path: str
    state: FileState
    "Without its content."
    entries: tuple[AliasEntry, ...]
    problems: tuple[str, ...]
    "`file:line  what` for lines that newaliases refuses or warns of."
    total: int = 0
    "All aliases, those that are only counted included."
    left_out: int = 0
    "Aliases that would matter, beyond the number that is kept."
    database: str = ""
    "The database that was compared; empty where there is none."
    unbuilt: bool = False
    "The map is of a class that Sendmail reads from a database only, and there is none."
    unlike: tuple[AliasDifference, ...] = ()
    "The first differences between text and database."
    unlike_total: int = 0
    place: str = ""
    "Where the cf or the service switch names it, `file:line`."


class AliasEnd(Struct, frozen=True):
    """A local name in which an alias ends, and where Sendmail takes mail for it."""

    place: str
    "The alias: `/etc/aliases:9`."
    chain: tuple[str, ...]
    "From the alias to the name it ends in."
    destinations: tuple[Destination, ...]
    "By `sendmail -bv`; none where there is no such user."
    says: str
    "Sendmail's own line."


class Aliases(Struct, frozen=True, tag="aliases"):
    """Every alias source that the cf names (facts/aliases.py)."""

    files: tuple[AliasFile, ...]
    unreadable: tuple[str, ...]
    "Alias sources that could not be read, each with why: they make the answer UNKNOWN."
    lists: tuple[AliasFile, ...] = ()
    "Files that aliases include, and those that these include."
    problems: tuple[str, ...] = ()
    "Sources that Sendmail itself complains about, and that hold nothing."
    ends: tuple[AliasEnd, ...] = ()
    "Aliases whose chain ends in a name of this host."
    unasked: tuple[str, ...] = ()
    "Names in which aliases end that Sendmail was not asked about, each with why."
    loops: tuple[tuple[str, ...], ...] = ()
    "Chains of aliases that come back, each line `file:line  name: value`."

    @property
    def entries(self) -> tuple[AliasEntry, ...]:
        """What matters in all files and lists."""
        return tuple(entry for file in (*self.files, *self.lists) for entry in file.entries)


class Forwards(Struct, frozen=True, tag="forwards"):
    """.forward files, by the cf's ForwardPath, of every account (facts/forwards.py)."""

    found: tuple[tuple[str, str, str], ...]
    "Account, path, first line of its content."
    accounts: int
    homes: int
    "Homes that exist."
    unreadable: tuple[str, ...]
    path: str
    "ForwardPath as the cf has it; empty: forwarding is off."
    elsewhere: dict[str, str] = {}
    "Accounts whose mail goes elsewhere before any .forward is consulted: Sendmail's own line."
    ignored: tuple[tuple[str, str], ...] = ()
    "Path and kind of what has the name of a .forward, yet is no regular file."
    unlisted: tuple[str, ...] = ()
    "Sources of accounts that answer only when asked for a name: `sss`."
