"""What else an account could act by, or be got at by: jobs, sudo, a login, a group that is shared.

Each of these lives on when a session ends, which a child that was taken over does not.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from posixpath import basename

from wizard.facts import accounts as account_facts
from wizard.facts import grep
from wizard.facts.daemons import is_sendmails
from wizard.facts.job.crontabs import ANACRON, AT, SYSTEM_DIRECTORIES, SYSTEM_FILES, USERS
from wizard.facts.model import Accounts
from wizard.facts.shared import shared
from wizard.facts.way_model import Trusted
from wizard.host.base import HostReader, Unreadable
from wizard.model import Kind
from wizard.plans import Command
from wizard.probes.proof import Target

STATUS_TOOL = "/usr/bin/passwd"
"Asked for the state of the password: the file itself is never read."
LASTS = 0.7
"Seconds that a process must be there to be told."
NO_SHELLS = ("nologin", "false", "null", "sync")
SUDOERS = ("/etc/sudoers", "/etc/sudoers.d", "/usr/local/etc/sudoers", "/etc/doas.conf")
PERIODIC = ("/etc/cron.hourly", "/etc/cron.daily", "/etc/cron.weekly", "/etc/cron.monthly")
KEYS = (".ssh/authorized_keys", ".ssh/authorized_keys2", ".rhosts", ".shosts", ".k5login")


class Account:
    """The account on this host, as the footholds look at it."""

    def __init__(self, host: HostReader, target: Target, trusted: Trusted, queues: tuple[str, ...]):
        self.host = host
        self.uid, self.gid = target.uid, target.gid
        self.known = account_facts.gather(host)
        self.user = target.user or _name(self.known, target.uid)
        self.trusted = trusted
        self.queues = queues


Look = Callable[[Account], Iterator[str]]


def found(account: Account) -> tuple[list[str], list[str]]:
    """What was found, a line each, and what could not be looked at."""
    lines: list[str] = []
    unseen: list[str] = []
    for look in LOOKS:
        try:
            lines.extend(look(account))
        except Unreadable as problem:
            unseen.append(str(problem))
    return lines, unseen


def processes(a: Account) -> Iterator[str]:
    """What is not Sendmail, and lasts: another verify may be asking as the account just now."""
    found = _strangers(a)
    if found:
        time.sleep(LASTS)
        now = _strangers(a)
        for pid in found.keys() & now.keys():
            yield f"pid {pid}  {now[pid]}: runs as {a.user} and is not Sendmail's"


def _strangers(a: Account) -> dict[int, str]:
    every = a.host.processes()
    return {one.pid: one.title for one in every if a.uid in one.uids and not is_sendmails(one)}


def jobs(a: Account) -> Iterator[str]:
    """A crontab of its own, a line of the system's, a job of at."""
    for directory in USERS:
        if a.host.state(path := f"{directory}/{a.user}").kind is Kind.FILE:
            yield f"{path}: cron runs it as {a.user}"
    below = [f"{one}/{name}" for one in SYSTEM_DIRECTORIES for name in a.host.listdir(one)]
    word = re.escape(a.user)
    for line in grep.lines(a.host, rf"^[^#]*[ 	]{word}[ 	]", (*SYSTEM_FILES, *below)):
        when = r"\s*-?(?:@\w+|\S+(?:\s+\S+){4})\s+"
        if re.match(rf"{when}{word}(?:[:/]\S*)?\s", line.text):
            yield f"{line.path}:{line.number}  {line.text.strip()}: cron runs it as {a.user}"
    for directory in AT:
        for name in a.host.listdir(directory):
            if a.host.state(path := f"{directory}/{name}").uid == a.uid:
                yield f"{path}: at runs it as {a.user}"


def sudo(a: Account) -> Iterator[str]:
    """Rules of sudo and doas that name the account, its group, or everybody."""
    files: list[str] = []
    for path in SUDOERS:
        below = a.host.state(path).kind is Kind.DIRECTORY
        files += [f"{path}/{name}" for name in a.host.listdir(path)] if below else [path]
    names = {a.user, f"#{a.uid}", f"%#{a.gid}", "ALL"}
    names |= {f"%{g.name}" for g in a.known.groups if g.gid == a.gid or a.user in g.members}
    plain = {name.lstrip("%#") for name in names}
    pattern = "|".join(re.escape(name) for name in sorted(plain))
    for line in grep.lines(a.host, rf"(^|[ 	,=%#:])({pattern})([ 	,]|$)", files):
        if names & _whom(line.text):
            yield f"{line.path}:{line.number}  {line.text.strip()}: {a.user} may act as another"


def _whom(line: str) -> set[str]:
    """Users of a line of sudoers(5) or doas.conf(5): `a, b HOST = ...`, `User_Alias X = a, b`."""
    active = re.split(r"(?<!\S)#(?!\d)", line.strip())[0]
    if alias := re.match(r"User_Alias\s+\w+\s*=(.*)", active):
        return set(re.split(r"[\s,]+", alias[1].strip()))
    if active.startswith("permit"):
        return set(active.split()[1:])
    users = re.match(r"(\S+?(?:\s*,\s*\S+?)*)\s+\S.*=", active)
    return set(re.split(r"\s*,\s*", users[1])) if users else set()


def login(a: Account) -> Iterator[str]:
    """A shell, a password, keys in its home, which is the queue."""
    user = a.known.user(a.user)
    if user is None:
        return
    if basename(user.shell or "/bin/sh") not in NO_SHELLS:
        yield f"{user.name}  shell {user.shell or '/bin/sh'}: somebody could log in as it"
    for name in KEYS:
        if a.host.state(path := f"{user.home.rstrip('/')}/{name}").exists:
            yield f"{path}: whoever holds the key may log in as {user.name}"
    answer = a.host.probe(Command((STATUS_TOOL, "-S", user.name)))
    words = answer.stdout.decode("utf-8", "replace").split()
    if answer.code or len(words) < 2:
        raise Unreadable(f"{STATUS_TOOL} -S {user.name}: {answer.output.strip() or answer.code}")
    if not words[1].startswith("L"):
        yield f"{STATUS_TOOL} -S {user.name}  {' '.join(words[:2])}: its password is not locked"


def sharing(a: Account) -> Iterator[str]:
    """Others with its uid or group, and other groups that it is in."""
    yield from shared(a.known, a.user, a.uid, a.gid)


def set_ids(a: Account) -> Iterator[str]:
    """Programs that become the account, among those that root trusts."""
    states = {path: state for one in a.trusted.passages for path, state in one.parts}
    for path, state in states.items():
        to_user = state.mode & 0o4000 and state.uid == a.uid
        to_group = state.mode & 0o2000 and state.gid == a.gid
        if state.kind is Kind.FILE and (to_user or to_group):
            yield f"{path}  mode {state.mode:04o}: anybody who runs it becomes {a.user}"


def run_from_queue(a: Account) -> Iterator[str]:
    """Jobs of root that run, or read as commands, what lies in the queue."""
    files = [*SYSTEM_FILES, ANACRON, *(f"{one}/root" for one in USERS)]
    for directory in (*SYSTEM_DIRECTORIES, *PERIODIC):
        files += [f"{directory}/{name}" for name in a.host.listdir(directory)]
    for queue in a.queues:
        place = re.escape(queue.rstrip("/"))
        runs = re.compile(rf"(?:^|[;&|(]|\d|\*|root|\bsh|\bbash|\bperl|\bsource|\s\.)\s*{place}/\S")
        for line in grep.lines(a.host, rf"^[^#]*{place}/", files):
            if runs.search(line.text):
                yield f"{line.path}:{line.number}  {line.text.strip()}: root runs what lies there"


LOOKS: tuple[Look, ...] = (processes, jobs, sudo, login, sharing, set_ids, run_from_queue)


def _name(known: Accounts, uid: int) -> str:
    return next((user.name for user in known.users if user.uid == uid), str(uid))
