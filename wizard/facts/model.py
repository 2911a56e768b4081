"""What is known of a host, once gathered. Facts never judge: checks do, and steps plan from them.

Each field of Facts is the fact or Unknown. A reader of a fact must say what Unknown means to it,
and the type checker sees to it that it does.
"""

from __future__ import annotations

from msgspec import Struct

from wizard.facts.cf_model import Cf
from wizard.facts.mail_model import (
    Aliases,
    Forwards,
    Jobs,
    Logs,
    Mailboxes,
    MailStats,
    Resolutions,
    Tables,
)
from wizard.facts.way_model import Doors, Trusted, Undoers
from wizard.model import FileState, Process


class Unknown(Struct, frozen=True, tag="unknown"):
    """A fact that could not be established. It blocks whatever depends on it."""

    reason: str
    "What could not be read, parsed or run, and why."
    needs: str = ""
    "What would make it known, such as `root`."
    remedy: str = ""
    "What to do about it, where that is known."


class Sendmail(Struct, frozen=True, tag="sendmail"):
    """The installed Sendmail binary (facts/sendmail.py)."""

    path: str
    "What /usr/sbin/sendmail leads to, every link followed."
    is_sendmail: bool
    "False where the path is another MTA's lookalike."
    version: str = ""
    says: str = ""
    "First line of what it says about itself, as evidence."


class Listener(Struct, frozen=True):
    """A process that listens for SMTP."""

    address: str
    port: int
    pid: int
    "0 where its owner cannot be seen."
    title: str
    exe: str


class Instance(Struct, frozen=True):
    """A Sendmail that accepts connections or runs a queue by itself, not as another's child."""

    pid: int
    uid: int
    title: str
    kind: str
    "`daemon` or `queue runner`."
    pid_file: str = ""
    command: str = ""
    "How it was started, from its pid file; empty where none names it."
    cf: str = ""
    "Another cf than the default, by -C."
    queue: str = ""
    "QueueDirectory of that cf, or the directory that a queue runner's title names."


class Daemons(Struct, frozen=True, tag="daemons"):
    """Who listens, and which Sendmail processes run (facts/daemons.py)."""

    listeners: tuple[Listener, ...]
    "On TCP ports 25, 465 and 587."
    processes: tuple[Process, ...]
    "Sendmail's own, masters and children."
    instances: tuple[Instance, ...] = ()
    unseen: str = ""
    "Why not every process can be seen; empty where all can."


class Config(Struct, frozen=True, tag="config"):
    """The .mc and cf pair, and whether m4 makes the one of the other (facts/config.py)."""

    mc_path: str
    cf_path: str
    mc: FileState
    "With content; ABSENT where there is no .mc."
    cf: FileState
    "With content."
    built: bytes
    "What m4 makes of the present .mc; empty where it cannot."
    m4_problem: str
    "Why m4 cannot (missing m4, missing macros, its stderr); empty where it can."
    difference: tuple[str, ...]
    "Unified diff of the active lines, present cf against built; empty where m4 reproduces it."
    mc_newer: bool
    "The .mc was edited after the cf was built."

    @property
    def reproducible(self) -> bool:
        """True where the cf is exactly what m4 makes of the .mc, comments aside."""
        return self.mc.exists and not self.m4_problem and not self.difference


class QueueDirectory(Struct, frozen=True):
    """One queue directory of the MTA."""

    path: str
    pattern: str
    "As the cf spells it, such as /var/spool/mqueue/q*."
    state: FileState
    subdirectories: tuple[str, ...]
    "qf, df and xf, where the queue is split."


class Queues(Struct, frozen=True, tag="queues"):
    """Every queue directory and queue group (facts/queues.py)."""

    roots: tuple[str, ...]
    "Directories to re-own; none lies below another."
    directories: tuple[QueueDirectory, ...]
    entries: int
    "Files below all of them now."


class MapFile(Struct, frozen=True):
    """One file that the cf has the children open: a map, a class file, an alias database."""

    path: str
    role: str
    "`map NAME`, `class NAME`, `aliases`, `service switch` ..."
    state: FileState
    resolved: str
    "Where the path leads when it is a link; the same path otherwise."
    resolved_state: FileState


class MapFiles(Struct, frozen=True, tag="map-files"):
    """Files behind the cf's maps and classes, and all of the configuration directory."""

    files: tuple[MapFile, ...]
    directory: str
    "/etc/mail"
    tree: tuple[tuple[str, FileState], ...]
    "The directory and everything below it, path and state, sorted, the directory first."


class Account(Struct, frozen=True):
    """A line of passwd(5)."""

    name: str
    uid: int
    gid: int
    home: str
    shell: str


class Group(Struct, frozen=True):
    """A line of group(5)."""

    name: str
    gid: int
    members: tuple[str, ...]


class Accounts(Struct, frozen=True, tag="accounts"):
    """All accounts and groups that getent knows (facts/accounts.py)."""

    users: tuple[Account, ...]
    groups: tuple[Group, ...]
    system_ids: tuple[int, int]
    "Lowest and highest system id, from login.defs(5)."
    unlisted: tuple[str, ...] = ()
    "Sources of nsswitch.conf(5) whose accounts getent cannot list: `sss` without enumeration."

    def user(self, name: str) -> Account | None:
        """The account of that name."""
        return next((u for u in self.users if u.name == name), None)

    def group(self, name: str) -> Group | None:
        """The group of that name."""
        return next((g for g in self.groups if g.name == name), None)


class Classes(Struct, frozen=True, tag="classes"):
    """Classes as the installed Sendmail has them, from `-bt` (facts/classes.py)."""

    w: tuple[str, ...]
    "Names for which this host accepts mail as its own."
    r: tuple[str, ...]
    "Domains relayed for."
    l: tuple[str, ...] = ()  # noqa: E741  (Sendmail's own name for it)
    "Users whose mail stays here whatever MAIL_HUB says: LOCAL_USER."


class Service(Struct, frozen=True, tag="service"):
    """How Sendmail is started and stopped here (facts/service.py)."""

    manager: str
    "`systemd` or `init`."
    running: bool


class Disk(Struct, frozen=True, tag="disk"):
    """Room for the snapshot and the journal (facts/disk.py)."""

    path: str
    free: int
    "Bytes."
    needed: int
    "Bytes: the content to be saved, the tree record, and a margin."


class Mount(Struct, frozen=True):
    """The file system below a path that the migration touches."""

    path: str
    "The path asked about, or the mount point itself where it lies below that path."
    point: str
    type: str
    options: tuple[str, ...]
    "Of the mount and of the file system."
    line: str = ""
    "As the kernel tells it."
    is_file: bool = False
    "A single file is mounted here: it cannot be replaced, only written into."


class Profile(Struct, frozen=True):
    """A profile of AppArmor that confines Sendmail."""

    name: str
    mode: str
    "`enforce`, `complain` ..."
    place: str
    "Where this is told."


class Ground(Struct, frozen=True, tag="ground"):
    """What stands around Sendmail and could stop the change, or break by it (facts/ground.py)."""

    mounts: tuple[Mount, ...]
    immutable: tuple[str, ...]
    "`path  +i`: what has the immutable or append-only attribute (chattr(1))."
    selinux: str
    "`enforcing`, `permissive`, `active` where a container hides which, empty where there is none."
    apparmor: tuple[Profile, ...]
    software: tuple[tuple[str, str], ...]
    "Programs of local delivery and lists found here, name and path: `procmail`, `majordomo` ..."
    other_cf: tuple[str, ...] = ()
    "`file:line  text` of what starts Sendmail with a cf of its own."
    unknown: dict[str, Unknown] = {}
    "What could not be looked at, by the name of the field."


class Facts(Struct, frozen=True):
    """All that is known of a host."""

    platform: str | Unknown
    "Id of the platform, `debian`."
    sendmail: Sendmail | Unknown
    daemons: Daemons | Unknown
    config: Config | Unknown
    cf: Cf | Unknown
    queues: Queues | Unknown
    map_files: MapFiles | Unknown
    accounts: Accounts | Unknown
    classes: Classes | Unknown
    service: Service | Unknown
    aliases: Aliases | Unknown
    forwards: Forwards | Unknown
    logs: Logs | Unknown
    tables: Tables | Unknown
    resolutions: Resolutions | Unknown
    "Of every address that the configuration makes interesting."
    log_recipients: Resolutions | Unknown
    "Of those who had mail delivered on this host, by the logs: where it would go now."
    queued: Resolutions | Unknown
    "Of recipients that wait in the queue and may be of this host."
    mailboxes: Mailboxes | Unknown
    mailstats: MailStats | Unknown
    jobs: Jobs | Unknown
    ground: Ground | Unknown
    trusted: Trusted | Unknown
    doors: Doors | Unknown
    undoers: Undoers | Unknown
    disk: Disk | Unknown
