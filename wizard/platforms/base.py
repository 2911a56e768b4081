"""What a platform must tell: where things are, and how its service and accounts are driven.

One file a platform. Steps ask these questions and never test a platform's name.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from msgspec import Struct

from wizard.facts.way_model import Undoer
from wizard.host.base import HostReader
from wizard.plans import Command, RunCommand


class Kept(Struct, frozen=True):
    """What a guard keeps: owners, groups and modes as the plan leaves them."""

    user: str
    group: str
    cf_path: str
    tree: str = ""
    "The configuration directory: directories root's, group the account's, maps readable for it."
    directories: tuple[tuple[str, str, str, int], ...] = ()
    "Path, names of owner and group, and mode."
    readable: tuple[str, ...] = ()
    "Files that the children read: group the account's, read for it, no write."
    writable: tuple[str, ...] = ()
    "Files of root's that the children write, 0660."
    own: tuple[str, ...] = ()
    "Directories that are the account's with all below them: the queue."
    sockets: tuple[tuple[str, str], ...] = ()
    "Path of a milter's socket and its owner's name."
    aliases: tuple[tuple[str, str], ...] = ()
    "An alias file and the database that newaliases makes of it."


class GuardFile(Struct, frozen=True):
    """One file of a guard; its owner is root."""

    path: str
    content: bytes
    mode: int
    note: str = ""
    spare: bool = False
    "True: left out where something that is not ours is in its place."


MARK = b"Written by stepdown."
"In each file of a guard, near its top: so another one's is never overwritten."


class Platform(Protocol):
    """One family of hosts. Paths are absolute, commands name absolute binaries."""

    id: str
    title: str
    "`Debian GNU/Linux 12 (bookworm)`."
    mail_dir: str
    pid_file: str
    "The MTA's, as its package has it; its first line is the master's pid."
    mc_path: str
    cf_path: str
    cf_dir: str
    "Where cf.m4 lives: the _CF_DIR_ of the macros."
    sendmail: str
    m4: str
    nologin: str
    no_shells: tuple[str, ...]
    "Shells that let nobody in."
    own_queue: tuple[str, str, int]
    "User, group and directories' mode of the MTA's queue, as the package has them."
    own_group: str
    "Group of the files in mail_dir, as the package has it."
    own_directories: tuple[tuple[str, str, str, int], ...]
    "Path, user, group and mode of the directories that the package gives an owner."
    etc_aliases: tuple[str, ...]
    "Alias files outside mail_dir."
    mail_logs: tuple[str, ...]
    "Glob patterns of the logs, rotated ones included."
    mail_spool: tuple[str, ...]
    "Directories of mailboxes; those that do not exist are passed over."
    mailstats: tuple[str, ...]
    "Where the real mailstats(8) may be, the first one that exists."
    root_reads: tuple[tuple[str, str], ...]
    """Path and role of what its packages and the guard install that root reads, runs or writes by
    name; a `*` in the last name stands for any, `/**` for all below."""
    guard_script: str
    "The guard against this platform's own resets: knows `--check`. Empty where none is needed."
    guard_paths: tuple[str, ...]
    "Every file that a guard may have, those included that not every host needs."

    def candidate_command(self, mc: bytes) -> Command:
        """The m4 call that builds a cf from this .mc text on its standard input."""

    def finish_cf(self, built: bytes, mc: bytes) -> bytes:
        """The built cf as this platform's own rebuild would have left it."""

    def macro_package_hint(self) -> str:
        """The command that installs m4 and the macros."""

    def stop_command(self) -> Command:
        """Stop the MTA."""

    def start_command(self) -> Command:
        """Start the MTA."""

    def reload_command(self) -> Command:
        """Have the running master read its cf anew (SIGHUP), without closing the queue."""

    def hangup_command(self, cf: str) -> Command:
        """The SIGHUP alone, at once; as reload_command where this cf needs more than that."""

    def signal_command(self, name: str) -> Command:
        """Send the running master this signal, such as `HUP`; no master is no failure."""

    def release_command(self) -> Command:
        """Have a master that was held (SIGSTOP) start itself anew: SIGHUP, then SIGCONT."""

    def why_no_restart(self, host: HostReader) -> str:
        """Why a restart would leave no daemon on this host; empty where it would not."""

    def running(self, host: HostReader) -> bool:
        """Whether the service manager says that the MTA runs. Raises Unreadable."""

    def service_manager(self, host: HostReader) -> str:
        """`systemd` or `init`."""

    def add_group(self, group: str, gid: int) -> Command:
        """Create the group."""

    def remove_group(self, group: str) -> Command:
        """Remove it; that it is not there is fine."""

    def add_user(self, user: str, uid: int, gid: int, home: str) -> Command:
        """Create the account: locked, no shell, no home made."""

    def remove_user(self, user: str) -> Command:
        """Remove it; that it is not there is fine."""

    def lock_state(self, user: str) -> Command:
        """Tell whether its password is locked: the second word of the answer is L or LK."""

    def lock(self, user: str) -> Command:
        """Lock its password."""

    def unlock(self, user: str) -> Command:
        """Take the lock away again."""

    def set_shell(self, user: str, shell: str) -> Command:
        """Give it this shell."""

    def set_group(self, user: str, gid: int) -> Command:
        """Make this its own group."""

    def account_files(self) -> tuple[str, ...]:
        """Every file that those four rewrite, backups and locks included."""

    def account_litter(self) -> tuple[str, ...]:
        """What those four leave where they are killed: RunCommand.litter."""

    def start_litter(self) -> tuple[str, ...]:
        """What the platform's own start leaves where it is killed: RunCommand.litter."""

    def as_account(self, uid: int, gid: int, command: Command) -> Command:
        """The command run with these ids and no other group: a migrated child's own view."""

    def rebuilt_by_start(self) -> tuple[str, ...]:
        """Files that this platform's own start may rewrite once the .mc has changed."""

    def undoers(self, host: HostReader) -> Iterable[Undoer]:
        """What its own packages reset, and when. Raises Unreadable."""

    def guard_files(self, host: HostReader, kept: Kept) -> tuple[GuardFile, ...]:
        """The guard, to be written before the switch; none of it acts before that."""

    def guard_late_files(self) -> tuple[GuardFile, ...]:
        """What acts as soon as it is written, and so is written after the switch."""

    def guard_commands(self) -> tuple[RunCommand, ...]:
        """What has the guard watch, after the switch, and what ends that."""

    def guard_forget(self) -> Command | None:
        """What ends the guard for good once its files are gone."""

    def guard_trouble(self, host: HostReader, user: str) -> tuple[str, ...]:
        """What keeps the guard from its work, a line each; empty where it is in its place.

        Raises Unreadable where that cannot be told.
        """
