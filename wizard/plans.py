"""What is to be done: commands, operations on a host, choices, and the sealed plan of them."""

from __future__ import annotations

from enum import StrEnum
from hashlib import sha256
from typing import TypeAlias

from msgspec import Struct

from wizard.model import FileState, Kind


class Command(Struct, frozen=True, omit_defaults=True):
    """A program and its arguments; never a shell string. Run by absolute path, LC_ALL=C."""

    argv: tuple[str, ...]
    timeout: float = 60.0
    "Seconds."
    ok_codes: tuple[int, ...] = (0,)
    stdin: bytes = b""
    keep: int = 0
    "Bytes of output that are kept, where more than a few MB are expected; 0: the usual limit."
    smtp: bool = False
    """True: a dialogue, as with `sendmail -bs`: a greeting is waited for, and the answer to each
    line of stdin before the next is sent."""

    def __str__(self) -> str:
        """As one would type it, quoted for reading."""
        from shlex import join

        return join(self.argv)


class Completed(Struct, frozen=True, omit_defaults=True):
    """How a command ended."""

    code: int
    stdout: bytes = b""
    stderr: bytes = b""

    @property
    def output(self) -> str:
        """Both streams, as text."""
        return (self.stdout + self.stderr).decode("utf-8", "replace")


class Expected(Struct, frozen=True, omit_defaults=True):
    """What an operation expects to find where it is about to write."""

    kind: Kind
    uid: int = 0
    gid: int = 0
    mode: int = 0
    sha256: str = ""
    "Of the content; empty where only the metadata matters."

    @staticmethod
    def of(state: FileState) -> Expected:
        """The expectation that this very state satisfies."""
        if not state.exists:
            return Expected(Kind.ABSENT)
        digest = "" if state.content is None else sha256(state.content).hexdigest()
        return Expected(state.kind, state.uid, state.gid, state.mode, digest)


class WriteFile(Struct, frozen=True, tag="write-file"):
    """Replace or create one regular file: temporary file, metadata, fsync, rename."""

    path: str
    content: bytes
    uid: int
    gid: int
    mode: int
    expect: Expected
    before: bytes = b""
    "What the file holds when planned, so that a plan shows its own difference anywhere."
    note: str = ""


class SetMeta(Struct, frozen=True, tag="set-meta"):
    """Owner, group and mode of one existing file or directory; never through a link."""

    path: str
    uid: int
    gid: int
    mode: int
    expect: Expected
    note: str = ""
    "Why, where the recipe does not say so itself."


class SetMetaTree(Struct, frozen=True, tag="set-meta-tree"):
    """Owner and group of a directory and all below it; its directories' mode.

    For trees whose entries come and go, such as a mail queue: every entry found is recorded
    with what it was before it is changed. Regular files keep their mode; files with several
    links and anything that is neither file nor directory are left alone and reported.
    """

    path: str
    uid: int
    gid: int
    dir_mode: int
    expect: Expected
    note: str = ""
    again: bool = False
    """True: a later pass for what arrived meanwhile, while the children run as the account. An
    earlier pass's undo covers it."""
    ahead: bool = False
    """True: the bulk, while the relay runs. Entries in use are left alone, and the directories are
    only closed to others (root, 0700), not yet given; a later pass gives them, and its undo covers
    both."""


class RunCommand(Struct, frozen=True, tag="run-command"):
    """Run a command that changes the host. `undo=None` is a point of no return."""

    command: Command
    undo: Command | None
    touches: tuple[str, ...] = ()
    "Files that the command rewrites: kept before, and given back to the byte by the undo."
    derived: bool = False
    "True: those files are made from others, so that giving an older one back loses nothing."
    only_undo: bool = False
    "True: nothing runs now; the undo runs in its place when all is undone."
    note: str = ""
    litter: tuple[str, ...] = ()
    """Patterns of files, `*` and `[...]` in the last name only, that it leaves where it is killed:
    locks, half-written copies. The undo removes those that were not there before."""


class Gate(Struct, frozen=True, tag="gate"):
    """Run a command that changes nothing and stop unless it says that all is well."""

    command: Command
    reject: str
    "Regular expression; a line of output that matches it means no."
    meaning: str
    "What is asked, and what a rejection means, in the admin's words."
    candidate: str = ""
    "A path: the content planned for it is put where CANDIDATE stands in the command."
    demand: str = ""
    "Regular expression; where no line of output matches it, that means no."


CANDIDATE = "CANDIDATE"
"Stands in a Gate's command for the temporary file that holds the candidate."
SCRATCH = "SCRATCH"
"Stands in a Gate's command for the directory that holds it, which anyone may pass through."


class Condition(StrEnum):
    """What an Await waits for."""

    SMTP_ANSWERS = "smtp-answers"
    NO_SENDMAIL_CHILDREN = "no-sendmail-children"
    "Of plans made before there was a drain: root's children are gone."
    SESSIONS_DRAINED = "sessions-drained"
    "Sessions that were open when the wait began have ended; new ones may have come."
    MESSAGES_TAKEN = "messages-taken"
    "Messages that were on their way in when the wait began have been answered."
    DAEMON_ANEW = "daemon-anew"
    "The daemon has started itself anew: a SIGHUP is only a request, and the old one still greets."
    OLD_CHILDREN_ENDED = "old-children-ended"
    "Root's children that the new daemon found there are gone, in the end by our doing."
    ACCOUNT_IDLE = "account-idle"
    PORT_CLOSED = "port-closed"


class Await(Struct, frozen=True, tag="await"):
    """Wait for the host, bounded. ACCOUNT_IDLE, OLD_CHILDREN_ENDED and PORT_CLOSED end
    what outstays its time."""

    condition: Condition
    subject: str
    """`ADDRESS:PORT` for SMTP_ANSWERS and PORT_CLOSED, a pid file for DAEMON_ANEW, a uid for
    ACCOUNT_IDLE; for sessions and messages the account's uid and the queues:
    `997 /var/spool/mqueue:/var/spool/other`."""
    timeout: float
    "Seconds."
    fatal: bool = True
    "False: running out of time is reported and the plan goes on."
    on_undo: bool = False
    "True: wait when this is undone instead of when it is applied."
    had: float = 0.0
    "MESSAGES_TAKEN: a session that has been there for so many seconds had its time; 0: none had."


Op: TypeAlias = WriteFile | SetMeta | SetMetaTree | RunCommand | Gate | Await


class Choices(Struct, frozen=True, omit_defaults=True):
    """What the admin decides. Everything else follows from the host."""

    user: str = "sendmail"
    group: str = "sendmail"
    uid: int | None = None
    "None: 24, the article's, when free; otherwise a free system id."
    gid: int | None = None
    edit: str = ""
    "`mc` or `cf`; empty: mc where there is one that m4 reproduces the cf from."
    switch: str = "restart"
    "`restart` (the service manager's stop and start) or `reload` (SIGHUP)."
    accept: dict[str, str] = {}
    "Check id to the reason given for accepting its finding."
    remedies: dict[str, str] = {}
    "Remedy id to its value: what is put right on the host before the migration itself."
    purpose: str = "migrate"
    "`migrate`; `repair`: finish or mend a migrated host; `restore`: back to root children."
    drain: float = 60.0
    "Seconds given to sessions that are open when the relay stops; 0: none is waited for."
    probe_to: str = ""
    "Where the proof's message goes; empty: no message is sent."
    confirm_within: float | None = None
    """Minutes until an unconfirmed change undoes itself; 0: never; None: 10 on a LIVE host, never
    elsewhere."""


class Step(Struct, frozen=True):
    """One planned step of the recipe: its operations and the reasons for them."""

    id: str
    title: str
    why: str
    recipe: str
    "The passage of the article that this carries out; empty for what the article lacks."
    stage: str
    "`before`, `switch` or `after`: whether the relay is up while this runs."
    ops: tuple[Op, ...]
    notes: tuple[str, ...] = ()
    "What the admin should know, such as a taken id or a count of queue entries."

    @property
    def undoable(self) -> bool:
        """False where one operation is a point of no return."""
        return not any(isinstance(op, RunCommand) and op.undo is None for op in self.ops)


class Names(Struct, frozen=True):
    """Names for the ids that a plan shows, so that `root:smmsp` reads better than `0:108`."""

    users: dict[str, str] = {}
    "Uid, as text for JSON's sake, to name."
    groups: dict[str, str] = {}

    def owner(self, uid: int, gid: int) -> str:
        """`user:group`, numbers where a name is not known."""
        user, group = str(uid), str(gid)
        return f"{self.users.get(user, user)}:{self.groups.get(group, group)}"


class Plan(Struct, frozen=True):
    """A sealed plan: what was reviewed is what runs."""

    schema: str
    host: str
    host_id: str
    platform: str
    choices: Choices
    facts_digest: str
    accepted: dict[str, str]
    steps: tuple[Step, ...]
    uid: int = 0
    "Of the account the children will run as."
    gid: int = 0
    cf_path: str = ""
    names: Names = Names()
    "Of the owners and groups found when planning, for showing."
    digest: str = ""
    "SHA-256 over all the rest; an edited plan is refused by it."
    outage: dict[str, float] = {}
    "Predicted seconds without an answer at port 25, by switch; one that cannot be is not in it."
    advice: str = ""
    "Which switch is recommended on this host, and why."
    manager: str = ""
    "`systemd` or `init`: what keeps the timer that undoes an unconfirmed change."
