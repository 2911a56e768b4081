"""Debian and its descendants: the sendmail package with its own Makefile and init script.

Sources: Debian's sendmail 8.17.1.9 (init script, update_mk, update_sys), facts 8 and 9.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec.structs import replace

from wizard.facts.daemons import is_master
from wizard.facts.way_model import Undoer
from wizard.host.base import HostReader, Unreadable
from wizard.plans import Command, RunCommand
from wizard.platforms import debian_guard, debian_guard_text, debian_undoers
from wizard.platforms.base import GuardFile, Kept
from wizard.platforms.debian_root import ROOT_READS

SERVICE = "sendmail"
LOCAL_SOCKET = re.compile(r"^O DaemonPortOptions=.*Family=(?:local|unix)", re.MULTILINE | re.I)
ACCOUNT_FILES = ("passwd", "shadow", "group", "gshadow", "subuid", "subgid")
"In /etc: what shadow's tools rewrite."


class Debian:
    """Where Debian keeps things and how it drives them."""

    id = "debian"
    mail_dir = "/etc/mail"
    pid_file = "/var/run/sendmail/mta/sendmail.pid"
    mc_path = "/etc/mail/sendmail.mc"
    cf_path = "/etc/mail/sendmail.cf"
    cf_dir = "/usr/share/sendmail/cf"
    sendmail = "/usr/sbin/sendmail"
    m4 = "/usr/bin/m4"
    nologin = "/usr/sbin/nologin"
    no_shells: tuple[str, ...] = ("/usr/sbin/nologin", "/sbin/nologin", "/bin/false", "/dev/null")
    own_queue = ("smmta", "smmsp", 0o2750)
    own_group = "smmsp"
    own_directories: tuple[tuple[str, str, str, int], ...] = (
        ("/etc/mail", "smmta", "smmsp", 0o2755),
        ("/etc/mail/m4", "smmta", "smmsp", 0o2755),
        ("/var/lib/sendmail", "smmta", "smmsp", 0o2751),
    )
    etc_aliases: tuple[str, ...] = ("/etc/aliases", "/etc/aliases.db")
    mail_logs: tuple[str, ...] = ("/var/log/mail.log*", "/var/log/maillog*")
    mail_spool: tuple[str, ...] = ("/var/mail", "/var/spool/mail")
    mailstats: tuple[str, ...] = (
        "/usr/libexec/sendmail/mailstats",
        "/usr/lib/sm.bin/mailstats",
    )
    root_reads = ROOT_READS
    guard_script = debian_guard_text.SCRIPT
    guard_paths = debian_guard.ALL

    def __init__(self, title: str, manager: str) -> None:
        self.title = title
        self._manager = manager

    def candidate_command(self, mc: bytes) -> Command:
        """As `m4 sendmail.mc`; Debian's .mc includes cf.m4 itself."""
        return Command((self.m4, "-"), stdin=mc)

    def finish_cf(self, built: bytes, mc: bytes) -> bytes:
        """Debian's Makefile appends the .mc to the cf as comments."""
        lines = mc.decode("utf-8", "surrogateescape").splitlines()
        comments = "".join(f"# {line}\n" for line in lines)
        tail = f"### {self.mc_path} ###\n{comments}"
        return built + tail.encode("utf-8", "surrogateescape")

    def macro_package_hint(self) -> str:
        """What installs m4 and the cf macros."""
        return "apt-get install m4 sendmail-cf"

    def service_manager(self, host: HostReader) -> str:
        """`systemd` where it is PID 1, `init` otherwise."""
        return self._manager

    def stop_command(self) -> Command:
        """The init script's stop waits until the daemon is gone, up to two minutes."""
        return self._service("stop")

    def start_command(self) -> Command:
        """Start; the init script runs `make all -C /etc/mail` first."""
        return self._service("start")

    def reload_command(self) -> Command:
        """The init script's reload: make, then SIGHUP; systemd's unit has no reload of its own."""
        return Command((f"/etc/init.d/{SERVICE}", "reload"), timeout=180)

    def hangup_command(self, cf: str) -> Command:
        """As the init script signals it: its `make` before and `sleep 2` after are left out.

        While the queue has changed hands and the daemon has not, every message is told to come
        again; of a local socket the script sets owner and mode after the sleep.
        """
        if LOCAL_SOCKET.search(cf):
            return self.reload_command()
        return replace(self.signal_command("HUP"), ok_codes=(0,))

    def signal_command(self, name: str) -> Command:
        """As the init script sends a signal: to what its pid file names, if it is Sendmail."""
        return Command((*self._master(), "--signal", name), ok_codes=(0, 1))

    def release_command(self) -> Command:
        """One after the other without a wait; 2 tells that the master is still there."""
        return Command((*self._master(), "--retry", "HUP/0/CONT/0"), ok_codes=(0, 1, 2))

    def _master(self) -> tuple[str, ...]:
        which = (
            *("--pidfile", self.pid_file),
            *("--exec", "/usr/sbin/sendmail-mta"),
            *("--name", "sendmail-mta"),
        )
        return ("/sbin/start-stop-daemon", *which, "--stop", "--quiet")

    def why_no_restart(self, host: HostReader) -> str:
        """The init script starts no daemon without a .mc, and says that all is well."""
        if host.state(host.resolve(self.mc_path)).size:
            return ""
        return f"Debian's init script starts no daemon while {self.mc_path} is missing or empty"

    def _service(self, verb: str) -> Command:
        if self._manager == "systemd":
            return Command(("/usr/bin/systemctl", verb, SERVICE), timeout=180)
        return Command((f"/etc/init.d/{SERVICE}", verb), timeout=180)

    def running(self, host: HostReader) -> bool:
        """Whether the MTA's own pid file names a live process."""
        if self._manager == "systemd":
            command = Command(
                ("/usr/bin/systemctl", "is-active", SERVICE), ok_codes=(0, 1, 2, 3, 4)
            )
            return host.probe(command).code == 0
        return any(is_master(p) for p in host.processes())

    def add_group(self, group: str, gid: int) -> Command:
        """groupadd(8)."""
        return Command(("/usr/sbin/groupadd", "-g", str(gid), group))

    def remove_group(self, group: str) -> Command:
        """groupdel(8); 6: the group is not there; userdel may have taken it along."""
        return Command(("/usr/sbin/groupdel", group), ok_codes=(0, 6))

    def add_user(self, user: str, uid: int, gid: int, home: str) -> Command:
        """useradd(8): locked by default, nothing copied, no home made, no lastlog entry."""
        return Command(
            (
                *("/usr/sbin/useradd", "-u", str(uid), "-g", str(gid), "-M", "-N", "-l"),
                *("-K", "SUB_UID_COUNT=0", "-K", "SUB_GID_COUNT=0"),
                *("-c", "Sendmail unprivileged MTA", "-d", home, "-s", self.nologin, user),
            )
        )

    def remove_user(self, user: str) -> Command:
        """userdel(8); 6: the account is not there."""
        return Command(("/usr/sbin/userdel", user), ok_codes=(0, 6))

    def lock_state(self, user: str) -> Command:
        """passwd(1) -S."""
        return Command(("/usr/bin/passwd", "-S", user))

    def lock(self, user: str) -> Command:
        """usermod(8) -L."""
        return Command(("/usr/sbin/usermod", "-L", user))

    def unlock(self, user: str) -> Command:
        """usermod(8) -U; 1: it would leave no password at all, and the files come back anyway."""
        return Command(("/usr/sbin/usermod", "-U", user), ok_codes=(0, 1))

    def set_shell(self, user: str, shell: str) -> Command:
        """usermod(8) -s."""
        return Command(("/usr/sbin/usermod", "-s", shell, user))

    def set_group(self, user: str, gid: int) -> Command:
        """usermod(8) -g; files in its home that are its old group's change hands too."""
        return Command(("/usr/sbin/usermod", "-g", str(gid), user))

    def account_files(self) -> tuple[str, ...]:
        """What shadow's tools rewrite, with their backups and lock."""
        files = tuple(f"/etc/{name}{suffix}" for name in ACCOUNT_FILES for suffix in ("", "-"))
        return (*files, "/etc/.pwd.lock")

    def account_litter(self) -> tuple[str, ...]:
        """shadow's lock, the file named by its pid that it links it from, and the new copy."""
        ends = (".lock", ".[0-9]*", "+")
        return tuple(f"/etc/{name}{end}" for name in ACCOUNT_FILES for end in ends)

    def as_account(self, uid: int, gid: int, command: Command) -> Command:
        """setpriv(1): all four uids and gids, no supplementary group, as RunAsUser does it."""
        ids = (f"--reuid={uid}", f"--regid={gid}", "--clear-groups", "--")
        return replace(command, argv=("/usr/bin/setpriv", *ids, *command.argv))

    def rebuilt_by_start(self) -> tuple[str, ...]:
        """What `make all -C /etc/mail` makes anew after an edit of the .mc (update_mk)."""
        return (
            "/etc/mail/databases",
            "/etc/mail/Makefile",
            "/etc/mail/sendmail.cf.errors",
            "/etc/mail/relay-domains",
            "/etc/cron.d/sendmail",
        )

    def start_litter(self) -> tuple[str, ...]:
        """What the Makefile and its helpers move into place, or remove, when they are done."""
        made = tuple(f"{self.mail_dir}/*{end}" for end in (".new", ".new.db", ".errors"))
        return (*made, "/tmp/cf??????")  # noqa: S108  (parse_mc's, by mkstemp)

    def undoers(self, host: HostReader) -> Iterable[Undoer]:
        """Makefile, update_sys, the packages, and what sendmail.conf means for them."""
        return debian_undoers.undoers(host)

    def guard_files(self, host: HostReader, kept: Kept) -> tuple[GuardFile, ...]:
        """The script and who calls it: make, dpkg, systemd."""
        found = debian_guard.files(kept, systemd=self._manager == "systemd")
        if host.state(debian_guard.MAKEFILE).exists:
            return found
        return tuple(one for one in found if one.path != debian_guard.GNUMAKEFILE)

    def guard_late_files(self) -> tuple[GuardFile, ...]:
        """A line for cron, where there is no systemd."""
        return debian_guard.late_files(systemd=self._manager == "systemd")

    def guard_commands(self) -> tuple[RunCommand, ...]:
        """The path unit and the timer."""
        return debian_guard.commands(systemd=self._manager == "systemd")

    def guard_forget(self) -> Command | None:
        """systemd remembers units whose files are gone."""
        return debian_guard.FORGET if self._manager == "systemd" else None

    def guard_trouble(self, host: HostReader, user: str) -> tuple[str, ...]:
        """Files that are missing or another's, units that do not watch, what it would put right."""
        return debian_guard.trouble(host, user, systemd=self._manager == "systemd")


def detect(host: HostReader) -> Debian | None:
    """The platform, where this is Debian with Debian's sendmail layout; None elsewhere."""
    release = host.state("/usr/lib/os-release", content=True)
    if not release.exists:
        release = host.state("/etc/os-release", content=True)
    fields = dict(line.split("=", 1) for line in release.text().splitlines() if "=" in line)
    family = f"{fields.get('ID', '')} {fields.get('ID_LIKE', '')}".replace('"', "").split()
    if "debian" not in family:
        return None
    title = fields.get("PRETTY_NAME", "Debian").strip('"')
    return Debian(title, "systemd" if _runs_systemd(host) else "init")


def _runs_systemd(host: HostReader) -> bool:
    try:
        return host.state("/run/systemd/system").exists
    except Unreadable:
        return False
