"""Jobs of cron, anacron and at (crontab(5), anacrontab(5), at(1)).

cron mails what a job prints to MAILTO, or to the job's owner where there is none; MAILTO="" means
nobody. A job that throws all of its output away mails nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from posixpath import basename

from wizard.facts.job.sources import Found
from wizard.facts.mail_model import Job

SYSTEM_FILES = ("/etc/crontab",)
SYSTEM_DIRECTORIES = ("/etc/cron.d",)
USERS = (
    "/var/spool/cron/crontabs",
    "/var/spool/cron/tabs",
    "/var/spool/cron",
    "/var/cron/tabs",
)
"Debian and Solaris, SUSE, Red Hat, the BSDs: a file for each user, by name."
ANACRON = "/etc/anacrontab"
AT = ("/var/spool/cron/atjobs", "/var/spool/at", "/var/spool/atjobs")

_SETTING = re.compile(r"""\s*(["']?)(?P<name>[A-Za-z_]\w*)\1\s*=\s*(?P<value>.*?)\s*""")
_WHEN = r"\s*-?(?:@\w+|\S+(?:\s+\S+){4})\s+"
_OF_SYSTEM = re.compile(_WHEN + r"(?P<user>\S+)\s+(?P<command>\S.*)")
_OF_USER = re.compile(_WHEN + r"(?P<command>\S.*)")
_OF_ANACRON = re.compile(r"\s*(?:@\w+|\d+)\s+\d+\s+\S+\s+(?P<command>\S.*)")
_AT_MAIL = re.compile(r"# mail (?P<user>\S+) (?P<how>-?\d+)\s*")
_SILENT = re.compile(r"[^;|&]*(?:>+\s*/dev/null\s+2>\s*&\s*1|&>+\s*/dev/null)\s*")
_NOT_READ = re.compile(r"\..*|.*~|.*\.(?:dpkg-\w+|ucf-\w+|rpm\w+)")
"Names in cron.d that no cron reads."
_AT_NAME = re.compile(r"[A-Za-z=][0-9a-f]{13}")
WIDEST = 100


def collect(found: Found) -> None:
    """Every job of the system and of its users."""
    below = [_inside(found, directory) for directory in SYSTEM_DIRECTORIES]
    for path in (*SYSTEM_FILES, *(path for paths in below for path in paths)):
        found.add(partial(_system_file, found, path))
    found.add(partial(_anacron_file, found))
    for directory in USERS:
        for path in _inside(found, directory):
            found.add(partial(_users_file, found, path))
    for directory in AT:
        for path in _inside(found, directory):
            if _AT_NAME.fullmatch(basename(path)):
                found.add(partial(_at_file, found, path))


def _inside(found: Found, directory: str) -> list[str]:
    names = found.names(directory)
    return [f"{directory}/{name}" for name in names if not _NOT_READ.fullmatch(name)]


def _system_file(found: Found, path: str) -> Iterator[Job]:
    return system(path, found.lines(path, follow=True))


def _anacron_file(found: Found) -> Iterator[Job]:
    return anacron(ANACRON, found.lines(ANACRON, follow=True))


def _users_file(found: Found, path: str) -> Iterator[Job]:
    return of_user(path, basename(path), found.lines(path, follow=False))


def _at_file(found: Found, path: str) -> Iterator[Job]:
    return at_job(path, found.lines(path, follow=False))


def system(path: str, lines: Sequence[str]) -> Iterator[Job]:
    """Jobs of a crontab with a column for the user."""
    for number, line, mail_to in _entries(lines):
        if entry := _OF_SYSTEM.fullmatch(line):
            user = re.split("[:/]", entry["user"], maxsplit=1)[0]
            yield from _jobs(path, number, line, entry["command"], user, mail_to)


def of_user(path: str, user: str, lines: Sequence[str]) -> Iterator[Job]:
    """Jobs of a user's own crontab."""
    for number, line, mail_to in _entries(lines):
        if entry := _OF_USER.fullmatch(line):
            yield from _jobs(path, number, line, entry["command"], user, mail_to)


def anacron(path: str, lines: Sequence[str]) -> Iterator[Job]:
    """Jobs of anacron, all of them root's."""
    for number, line, mail_to in _entries(lines):
        if entry := _OF_ANACRON.fullmatch(line):
            yield from _jobs(path, number, line, entry["command"], "root", mail_to)


def at_job(path: str, lines: Sequence[str]) -> Iterator[Job]:
    """The job in a file of at's spool; -1 where it was given -M, never mail."""
    for number, line in enumerate(lines[:10], 1):
        mail = _AT_MAIL.fullmatch(line)
        if mail and mail["how"] != "-1":
            yield Job(f"{path}:{number}", line.strip(), mail["user"])


def _entries(lines: Sequence[str]) -> Iterator[tuple[int, str, str | None]]:
    """Lines that may be jobs, each with the MAILTO in force; None where there is none."""
    mail_to: str | None = None
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if setting := _SETTING.fullmatch(line):
            if setting["name"] == "MAILTO":
                mail_to = _unquoted(setting["value"])
            continue
        yield number, line, mail_to


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if quoted else value


def _jobs(
    path: str, number: int, line: str, command: str, owner: str, mail_to: str | None
) -> Iterator[Job]:
    """A job for each recipient; none where its output goes nowhere.

    What a command is given may be secret, so the text ends with its program.
    """
    if _SILENT.fullmatch(command):
        return
    program = command.split(maxsplit=1)[0]
    shown = " ".join(line[: len(line) - len(command)].split()) + f" {program}"
    shown += " …" if len(command.split()) > 1 else ""
    everyone = owner if mail_to is None else mail_to
    for recipient in filter(None, (one.strip() for one in everyone.split(","))):
        yield Job(f"{path}:{number}", shown[:WIDEST], recipient)
