"""The mail log from a moment on: a file that grows, or the journal where there is no file."""

from __future__ import annotations

import re
import time
from fnmatch import fnmatchcase
from posixpath import basename, dirname

from wizard.host.base import HostReader, Unreadable
from wizard.plans import Command
from wizard.platforms.base import Platform

TROUBLE = re.compile(
    r"unsafe map file|missing map file|Cannot open .* database|fileclass: cannot open|"
    r"(World|Group) writable (directory|file)|(Group|World) readable file|"
    r"WARNING: dangerous write permissions|dangerous permissions=|gatherq: cannot open|"
    r"readqf: no control file|queueup: cannot create|collect: Cannot write|bogus queue file|"
    r"Losing \./|savemail panic|cannot rename|drop_privileges:|could not drop privileges|"
    r"insufficient privileges to change|unable to write pid|could not open control socket|"
    r"STARTTLS=.*unsafe|Milter .*unsafe|can not chdir\(|"
    r"Program mode requires special privileges"
)
"Fact 7: strings that mean trouble after the switch."
HARMLESS = (
    (
        re.compile(r"collect: Cannot write .*\buid=0\b"),
        "a session of the old root daemon lost the queue in the middle of a message: it was "
        "answered with 421, and the other host tries again",
    ),
    (
        re.compile(r"could not open control socket"),
        "the control socket: its directory is root's and is made anew at each boot; nothing of "
        "the relay's work needs it",
    ),
)
"Trouble strings that are known to be harmless on a migrated relay, and why (fact 3)."
ENVELOPE = re.compile(r"\b(from|to|ctladdr|msgid|arg1|subject)=<?[^,]*")
"What other hosts may write into a log line: no fault of ours."
SYSERR = re.compile(r"SYSERR\(([^)]*)\)")
"Names the user who ran the Sendmail that had the fault."
JOURNALCTL = "/usr/bin/journalctl"
TAGS = ("sendmail", "sm-mta", "sm-mta-queue", "sm-mta-runq")


class LogWatch:
    """Lines that were logged since it was made. Raises Unreadable where there is no log."""

    def __init__(self, host: HostReader, platform: Platform, since: float = 0.0) -> None:
        self._host = host
        self._since = since or time.time()
        self._path = _current_log(host, platform.mail_logs)
        self._offset = 0
        if self._path and not since:
            self._offset = host.state(self._path).size
        if not self._path and not host.state(JOURNALCTL).exists:
            raise Unreadable("there is no mail log file and no journal", "Run syslog or journald.")

    @property
    def source(self) -> str:
        """Where the lines come from."""
        return self._path or "the journal"

    def lines(self) -> list[str]:
        """All lines since the beginning of the watch."""
        found = self._from_file() if self._path else []
        return found or self._from_journal()

    def _from_file(self) -> list[str]:
        data = self._host.read_from(self._path, self._offset)
        found = data.decode("utf-8", "replace").splitlines()
        return [line for line in found if _after(line, self._since)]

    def _from_journal(self) -> list[str]:
        """The journal's lines: where there is no file, or one that nobody writes any more."""
        if not self._host.state(JOURNALCTL).exists:
            return []
        tags = [word for tag in TAGS for word in ("-t", tag)]
        since = ("--since", f"@{self._since:.0f}")
        argv = (JOURNALCTL, "--no-pager", "-q", "-o", "short-iso", *since, *tags)
        done = self._host.probe(Command(argv, ok_codes=(0, 1)))
        return done.stdout.decode("utf-8", "replace").splitlines()

    def trouble(self, account: str) -> tuple[list[str], list[str]]:
        """Lines that mean trouble, and what is known to be harmless among them, each named.

        A fault that another user ran into (mailq is root's after the switch) proves nothing:
        otherwise any local user could have a good migration rolled back.
        """
        bad: list[str] = []
        harmless: dict[str, None] = {}
        for line in self.lines():
            of_user = SYSERR.search(line)
            other = of_user is not None and of_user.group(1) not in ("root", account)
            if other or not TROUBLE.search(ENVELOPE.sub("", line)):
                continue
            known = next((why for pattern, why in HARMLESS if pattern.search(line)), "")
            if known:
                harmless[known] = None
            else:
                bad.append(line)
        return bad, list(harmless)

    def of_queue_id(self, queue_id: str) -> list[str]:
        """Lines that speak of one message."""
        return [line for line in self.lines() if queue_id in line]


ISO_STAMP = re.compile(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))\s")
SYSLOG_STAMP = re.compile(r"^([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) ")


def _after(line: str, since: float) -> bool:
    """Whether a line is from the moment on; a line without a readable stamp counts."""
    from datetime import datetime

    iso = ISO_STAMP.match(line)
    if iso:
        return datetime.fromisoformat(iso.group(1)).timestamp() >= since - 1
    old = SYSLOG_STAMP.match(line)
    if old:
        year = time.localtime(since).tm_year
        stamp = time.strptime(f"{year} {old.group(1)}", "%Y %b %d %H:%M:%S")
        return time.mktime(stamp) >= since - 1
    return True


def _current_log(host: HostReader, patterns: tuple[str, ...]) -> str:
    """The log that syslog writes now: the shortest name that a pattern matches."""
    for pattern in patterns:
        names = [n for n in host.listdir(dirname(pattern)) if fnmatchcase(n, basename(pattern))]
        plain = [n for n in names if not re.search(r"\.(\d+|gz|xz|bz2|zst)$", n)]
        if plain:
            return f"{dirname(pattern)}/{min(plain, key=len)}"
    return ""
