"""What is known of mail that might be delivered on this host: its sources, its routes, its traces.

Like all facts, these never judge. Their files say how each is gathered.
"""

from __future__ import annotations

from msgspec import Struct

from wizard.facts.alias.model import (
    AliasDifference,
    AliasEnd,
    AliasEntry,
    Aliases,
    AliasFile,
    Destination,
    Forwards,
)
from wizard.model import Matches

__all__ = [
    "AliasDifference",
    "AliasEnd",
    "AliasEntry",
    "AliasFile",
    "Aliases",
    "Destination",
    "Forwards",
    "Job",
    "Jobs",
    "LocalRecipient",
    "LogFile",
    "Logs",
    "MailStats",
    "Mailbox",
    "Mailboxes",
    "Resolution",
    "Resolutions",
    "Route",
    "Table",
    "TableRow",
    "Tables",
]


class LogFile(Struct, frozen=True):
    """One mail log and the deliveries in it."""

    path: str
    deliveries: int
    "Lines with mailer=."
    local: Matches
    "Lines with a mailer that delivers on this host."
    mailers: dict[str, int] = {}
    "Deliveries by mailer."
    family: str = ""
    "What it is rotated from; two families may tell of the same deliveries."


class LocalRecipient(Struct, frozen=True):
    """Somebody who had mail delivered on this host."""

    address: str
    "As `to=` has it."
    mailer: str
    count: int
    last: str
    "Time stamp of the last one, as written."
    place: str
    "`file:line` of the last one."


class Logs(Struct, frozen=True, tag="logs"):
    """Mail logs, rotated ones too (facts/logs.py)."""

    files: tuple[LogFile, ...]
    log_level: int
    "LogLevel of the cf; deliveries are logged from 8 on. Default 9."
    first: str
    "Time stamp of the oldest line found, as written; empty where there is none."
    unreadable: tuple[str, ...]
    days: float | None = None
    "How far the logs reach back; None where no time stamp could be read."
    last_local: str = ""
    "Time stamp of the last local delivery, as written; empty where there was none."
    days_since_local: float | None = None
    "Days from the last local delivery to the newest line; None where there was none."
    recipients: tuple[LocalRecipient, ...] = ()
    "Who had mail delivered locally, the most recent first; at most RECIPIENTS of them."
    more_recipients: int = 0
    "Recipients beyond that limit."
    days_ago: float | None = None
    "How long ago the newest line was written, when this was gathered."
    elsewhere: tuple[str, ...] = ()
    "Where syslog sends mail's lines beyond our reach: other hosts, pipes; `file:line  text`."

    @property
    def deliveries(self) -> int:
        """Of the family that tells most: two of them may tell of the same ones."""
        return max(_by_family({file.path: file.deliveries for file in self.files}, self), default=0)

    @property
    def local(self) -> int:
        """Local ones, of the family that tells most."""
        return max(
            _by_family({file.path: file.local.total for file in self.files}, self), default=0
        )


def _by_family(counts: dict[str, int], logs: Logs) -> list[int]:
    """Sums of what is counted of each file, one a family."""
    sums: dict[str, int] = {}
    for file in logs.files:
        sums[file.family] = sums.get(file.family, 0) + counts[file.path]
    return list(sums.values())


class TableRow(Struct, frozen=True):
    """One row of a map, as the database has it."""

    key: str
    value: str
    line: int
    "In the text; 0 where the text has no such row."
    kind: str = ""
    """What the row does. Of a mailertable: the mailer. Of a virtusertable: `name` (a name without
    a domain), `here` (a domain of class w), `elsewhere` or `error`. Of a table of domains: `here`
    or `elsewhere`."""


class Table(Struct, frozen=True):
    """A routing table of the cf, text and database (facts/tables.py)."""

    map: str
    "Its name in the cf: mailertable, virtuser, domaintable ..."
    path: str
    "Of the text, or of the database where there is no text."
    entries: int
    "In force: of the database."
    rows: tuple[TableRow, ...]
    "The first rows of each kind, no destination twice; the others are only counted."
    unlike: tuple[str, ...] = ()
    "Where text and database disagree, a line each."
    kinds: dict[str, int] = {}
    "Entries by kind."
    more: dict[str, int] = {}
    "Destinations of a kind beyond those in rows."

    def place(self, row: TableRow) -> str:
        """`file:line` of a row of this table."""
        return f"{self.path}:{row.line}" if row.line else self.path


class Tables(Struct, frozen=True, tag="tables"):
    """Every table that can send mail somewhere else, or keep it here (facts/tables.py)."""

    tables: tuple[Table, ...]
    unreadable: dict[str, str] = {}
    "Map name to why what it holds cannot be known: LDAP, a missing database, a program."

    def table(self, name: str) -> Table | None:
        """The table behind the map of that name."""
        return next((one for one in self.tables if one.map == name), None)


class Resolution(Struct, frozen=True):
    """Where Sendmail would deliver one address: the decisive answer (facts, section 5)."""

    address: str
    asked_for: str
    "What the address stands for: `class w`, `virtuser`, `double bounces`, `system` ..."
    place: str
    "Where it comes from, as evidence: `/etc/mail/virtusertable:12`, `$=w`; may be empty."
    destinations: tuple[Destination, ...]
    "None where Sendmail refuses the address."
    says: tuple[str, ...]
    "Sendmail's own lines."
    trouble: str = ""
    "Why the answer is not to be trusted, such as a map that could not be opened."


class Resolutions(Struct, frozen=True, tag="resolutions"):
    """What `sendmail -bv` answers for each address that matters (facts/resolutions.py)."""

    answers: tuple[Resolution, ...]
    left_out: tuple[str, ...] = ()
    "What was not asked because there was too much of it, `KIND: what`: that part is unknown."

    def of(self, asked_for: str) -> tuple[Resolution, ...]:
        """The answers of one kind."""
        return tuple(one for one in self.answers if one.asked_for == asked_for)

    def left(self, *asked_for: str) -> tuple[str, ...]:
        """What of these kinds was not asked."""
        return tuple(line for line in self.left_out if line.partition(":")[0] in asked_for)


class Mailbox(Struct, frozen=True):
    """One mailbox in the spool."""

    path: str
    uid: int
    size: int
    "Bytes, or entries of a directory."
    days: float
    "Since its last change, when this was gathered."
    directory: bool = False


class Mailboxes(Struct, frozen=True, tag="mailboxes"):
    """Mailboxes of this host (facts/mailboxes.py)."""

    directories: tuple[str, ...]
    "Looked into; those that do not exist are left out."
    boxes: tuple[Mailbox, ...]
    "With something in them, those that changed last first; not all where there are many."
    held: int = 0
    "How many have something in them."
    empty: int = 0
    "How many have not."
    emptied_days: float | None = None
    "Since the last change of one of these."


class MailStats(Struct, frozen=True, tag="mail-stats"):
    """Counts by mailer, from the StatusFile (facts/mailstats.py; mailstats(8), never with -p)."""

    path: str
    "Empty where the cf names none."
    exists: bool
    since: str = ""
    "When counting began, as written."
    delivered: dict[str, int] = {}
    "Mailer to messages handed to it (msgsto)."
    days: float | None = None
    "How long it has been counted, when this was gathered."


class Job(Struct, frozen=True):
    """Something on this host that sends mail by itself."""

    place: str
    "`/etc/cron.d/logwatch:3`."
    text: str
    recipient: str
    "As far as it is known; cron's is the job's owner where there is no MAILTO."


class Route(Struct, frozen=True):
    """Where the mail of jobs to one recipient would go."""

    recipient: str
    submitted: Resolution | None
    "What the MSP makes of it; None where there is no submit.cf and the MTA takes it at once."
    resolved: Resolution
    "What the MTA answers for the address that the MSP hands on."


class Jobs(Struct, frozen=True, tag="jobs"):
    """What mails its owner from this host: cron, logwatch and the like (facts/jobs.py)."""

    jobs: tuple[Job, ...]
    unreadable: tuple[str, ...] = ()
    routes: tuple[Route, ...] = ()
    left_out: tuple[str, ...] = ()
    "Recipients that were not asked for, each with why: that part is unknown."

    def to(self, recipient: str) -> tuple[Job, ...]:
        """The jobs that mail this recipient."""
        return tuple(job for job in self.jobs if job.recipient == recipient)
