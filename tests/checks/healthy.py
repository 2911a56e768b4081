"""A healthy relay's facts, as a Debian host has them before the migration, to be spoiled."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from wizard.api import Subject
from wizard.facts.cf_model import Cf
from wizard.facts.mail_model import (
    AliasEntry,
    Aliases,
    AliasFile,
    Destination,
    Forwards,
    Jobs,
    LogFile,
    Logs,
    Mailboxes,
    MailStats,
    Resolution,
    Resolutions,
    Table,
    TableRow,
    Tables,
)
from wizard.facts.model import (
    Account,
    Accounts,
    Classes,
    Config,
    Daemons,
    Disk,
    Facts,
    Ground,
    Group,
    Listener,
    MapFiles,
    QueueDirectory,
    Queues,
    Sendmail,
    Service,
)
from wizard.facts.way_model import Doors, Trusted, Undoers
from wizard.model import FileState, Identity, Kind, Match, Matches, Mode, Process
from wizard.plans import Choices

CF = "/etc/mail/sendmail.cf"
MC = "/etc/mail/sendmail.mc"
MASTER = Process(
    412,
    1,
    "root",
    (0, 0, 0),
    "sendmail: MTA: accepting connections",
    exe="/usr/libexec/sendmail/sendmail-mta",
)
DIRECTORY = FileState(Kind.DIRECTORY, 0o2750, 101, 104)


def alias_file(*entries: tuple[int, str, str], path: str = "/etc/aliases") -> AliasFile:
    """An alias file with these lines: number, name, one target."""
    made = tuple(AliasEntry(path, n, name, (t,), f"{name}: {t}") for n, name, t in entries)
    return AliasFile(path, FileState(Kind.FILE, 0o644), made, ())


STOCK = alias_file((3, "mailer-daemon", "postmaster"), (4, "postmaster", "root"))


def log_file(*local: str, path: str = "/var/log/mail.log", deliveries: int = 1200) -> LogFile:
    """A mail log with these local deliveries in it."""
    found = tuple(Match(10 + n, text) for n, text in enumerate(local))
    return LogFile(path, deliveries, Matches(len(local), found))


ROUTE = TableRow("example.org", "esmtp:[hub.example.org]", 1)


def leads_to(
    address: str,
    asked_for: str,
    mailer: str = "esmtp",
    host: str = "hub.example.org",
    place: str = "",
) -> Resolution:
    """Sendmail's answer for an address that goes to one place."""
    says = f"{address}... deliverable: mailer {mailer}, host {host}, user {address}"
    return Resolution(address, asked_for, place, (Destination(mailer, host, address),), (says,))


CLASS_W = ("[127.0.0.1]", "[198.51.100.25]", "localhost", "relay1", "relay1.example.net")
ANSWERS = (
    *(leads_to(who, "system") for who in ("root", "postmaster", "MAILER-DAEMON")),
    leads_to("postmaster", "double bounces"),
    leads_to("nobody-here", "unknown user"),
    *(leads_to(who, "accounts") for who in ("root", "smmta", "smmsp")),
    *(leads_to(f"{who}@{name}", "class w") for name in CLASS_W for who in ("root", "nobody-here")),
    leads_to("nobody-here@example.org", "mailertable", place="/etc/mail/mailertable:1"),
)
"What Sendmail says on a relay whose local mail goes to the hub."


def facts() -> Facts:
    """A pure relay that may be migrated."""
    return Facts(
        platform="debian",
        sendmail=Sendmail("/usr/libexec/sendmail/sendmail-mta", True, "8.17.1.9"),
        daemons=Daemons((Listener("0.0.0.0", 25, 412, MASTER.title, MASTER.exe),), (MASTER,)),
        config=Config(
            MC,
            CF,
            FileState(Kind.FILE, 0o644, content=b"OSTYPE(`debian')dnl\nMAILER(`smtp')dnl\n"),
            FileState(Kind.FILE, 0o644, content=b"V10/Berkeley\n"),
            b"V10/Berkeley\n",
            "",
            (),
            False,
        ),
        cf=Cf(CF, {"LogLevel": ("9",)}, (), (), (), {"S": "", "H": ""}, 1900),
        queues=Queues(
            ("/var/spool/mqueue",),
            (QueueDirectory("/var/spool/mqueue", "/var/spool/mqueue", DIRECTORY, ()),),
            12,
        ),
        map_files=MapFiles((), "/etc/mail", ()),
        accounts=Accounts(
            (
                Account("root", 0, 0, "/root", "/bin/bash"),
                Account("smmta", 101, 103, "/var/lib/sendmail", "/usr/sbin/nologin"),
                Account("smmsp", 102, 104, "/var/lib/sendmail", "/usr/sbin/nologin"),
            ),
            (Group("root", 0, ()), Group("cdrom", 24, ()), Group("smmsp", 104, ())),
            (100, 999),
        ),
        classes=Classes(
            CLASS_W,
            ("example.org",),
        ),
        service=Service("systemd", True),
        aliases=Aliases((STOCK,), ()),
        forwards=Forwards((), 212, 198, (), "$z/.forward"),
        logs=Logs((log_file(),), 9, "Nov  1 06:25:01", (), 21.0),
        tables=Tables((Table("mailertable", "/etc/mail/mailertable", 1, (ROUTE,)),)),
        resolutions=Resolutions(ANSWERS),
        log_recipients=Resolutions(()),
        queued=Resolutions(()),
        mailboxes=Mailboxes(("/var/mail",), ()),
        mailstats=MailStats("/var/lib/sendmail/sendmail.st", False),
        jobs=Jobs(()),
        ground=Ground((), (), "", (), ()),
        trusted=Trusted(()),
        doors=Doors((), (), ()),
        undoers=Undoers(()),
        disk=Disk("/var/lib/stepdown", 12 << 30, 9 << 20),
    )


def healthy(**changes: Any) -> Subject:
    """A subject that passes every check, but for these facts, identity or choices."""
    identity = changes.pop("identity", None) or Identity(
        "relay1.example.net", "0123456789abcdef", 0, "root", Mode.LIVE
    )
    choices = changes.pop("choices", None) or Choices()
    return Subject(
        replace(facts(), **changes),
        identity,
        choices,
        "Debian GNU/Linux 12 (bookworm)",
        "apt-get install m4 sendmail-cf",
    )


def changed(fact: str, **fields: Any) -> Subject:
    """The healthy subject with fields of one fact replaced."""
    return healthy(**{fact: replace(getattr(facts(), fact), **fields)})
