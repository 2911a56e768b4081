"""Mail logs, rotated and compressed ones too: how much was delivered, and what of it locally.

Sendmail logs each delivery as `QID: to=..., mailer=..., stat=...` from LogLevel 8 on (op guide,
section 2.1.1). No log at all is told as no files and no days: it is not "no local mail".
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from wizard.facts.mail_model import LogFile, Logs
from wizard.facts.model import Cf
from wizard.host.base import HostReader, Unreadable
from wizard.model import Kind, Match, Matches
from wizard.plans import Command
from wizard.platforms.base import Platform

DELIVERY = rb": to=.*, mailer="
LOCAL = rb": to=.*, mailer=(?:local|prog|\*file\*|\*include\*)(?:,|\s|$)"
DEFAULT_LOG_LEVEL = 9

JOURNALS = ("/usr/bin/journalctl", "/bin/journalctl")
JOURNAL_LIMIT = 100_000
"Deliveries asked of the journal: about 30 MB of text."
_ALL_LINES = b"."
_ISO = re.compile(r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?")
_BSD = re.compile(r"^([A-Z][a-z]{2}) +(\d{1,2}) (\d\d):(\d\d):(\d\d)")
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_FAR = datetime(9000, 1, 1, tzinfo=UTC)


class _Times:
    """The oldest and newest time stamp, and the last local delivery's."""

    def __init__(self) -> None:
        self.first_text = ""
        self.first: datetime | None = None
        self.last: datetime | None = None
        self.local: datetime | None = None
        self.local_text = ""

    def add(self, matches: Matches, near: datetime) -> None:
        """Widen to the first and last of these lines, written before `near`."""
        for match in (matches.kept[:1] + matches.kept[-1:]) if matches.kept else ():
            when = parse_stamp(match.text, near)
            if when and (self.first is None or when < self.first):
                self.first, self.first_text = when, stamp_of(match.text)
            if when and (self.last is None or when > self.last):
                self.last = when

    def add_local(self, matches: Matches, near: datetime) -> None:
        """Note the newest local delivery."""
        when = parse_stamp(matches.kept[-1].text, near) if matches.kept else None
        if when and (self.local is None or when > self.local):
            self.local, self.local_text = when, stamp_of(matches.kept[-1].text)

    def days_since(self, when: datetime | None) -> float | None:
        """Days from then to the newest line."""
        if when is None or self.last is None:
            return None
        return max(0.0, (self.last - when) / timedelta(days=1))


def gather(host: HostReader, platform: Platform, cf: Cf) -> Logs:
    """Search every mail log of the platform, or the journal where it keeps none."""
    times = _Times()
    unreadable: list[str] = []
    files: list[LogFile] = []
    for path in _paths(host, platform.mail_logs, unreadable):
        try:
            files.append(_search(host, path, times))
        except Unreadable as problem:
            unreadable.append(str(problem))
    try:
        files.extend(_ask_journal(host, times))
    except Unreadable as problem:
        if not files:
            unreadable.append(str(problem))
    return Logs(
        tuple(files),
        log_level(cf),
        times.first_text,
        tuple(unreadable),
        times.days_since(times.first),
        times.local_text,
        times.days_since(times.local),
    )


def log_level(cf: Cf) -> int:
    """LogLevel of the cf; 0 where it is no number, as Sendmail's atoi() has it."""
    found = re.match(r"\d+", cf.option("LogLevel", str(DEFAULT_LOG_LEVEL)).strip())
    return int(found[0]) if found else 0


def stamp_of(line: str) -> str:
    """The time stamp a line starts with, as written; empty where there is none."""
    found = _ISO.match(line) or _BSD.match(line)
    return found[0] if found else ""


def parse_stamp(line: str, near: datetime) -> datetime | None:
    """When a line was written, UTC; a stamp without a year lies in the year up to `near`.

    `Nov 22 07:30:01` (RFC 3164) and ISO 8601 with or without a zone are understood. Stamps
    without a zone are taken as UTC: a day's part is of no weight here.
    """
    if found := _ISO.match(line):
        try:
            when = datetime.fromisoformat(found[0].replace(",", "."))
        except ValueError:
            return None
        return when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)
    bsd = _BSD.match(line)
    if not bsd or bsd[1] not in _MONTHS:
        return None
    day = (_MONTHS.index(bsd[1]) + 1, int(bsd[2]), int(bsd[3]), int(bsd[4]), int(bsd[5]))
    for year in range(near.year + 1, near.year - 9, -1):  # 29 Feb needs a leap year
        try:
            when = datetime(year, *day, tzinfo=UTC)
        except ValueError:
            continue
        if when <= near + timedelta(days=1):
            return when
    return None


def _paths(host: HostReader, globs: tuple[str, ...], unreadable: list[str]) -> list[str]:
    """Files that the platform's globs name, each once, the globs' order kept."""
    paths: dict[str, None] = {}
    for pattern in globs:
        directory, name = PurePosixPath(pattern).parent, PurePosixPath(pattern).name
        try:
            names = host.listdir(str(directory))
        except Unreadable as problem:
            unreadable.append(str(problem))
            continue
        paths.update((str(directory / n), None) for n in names if fnmatchcase(n, name))
    return list(paths)


def _search(host: HostReader, path: str, times: _Times) -> LogFile:
    """Deliveries of one file. Raises Unreadable."""
    state = host.state(path)
    if state.kind is Kind.SYMLINK:
        state = host.state(host.resolve(path))
    near = datetime.fromtimestamp(state.mtime_ns / 1e9, UTC)
    local = host.search(path, LOCAL)
    deliveries = host.search(path, DELIVERY, keep=2)
    times.add(deliveries if deliveries.total else host.search(path, _ALL_LINES, keep=2), near)
    times.add_local(local, near)
    return LogFile(path, deliveries.total, local)


def _ask_journal(host: HostReader, times: _Times) -> list[LogFile]:
    """The journal as one log; none where there is no journal, or where the files are as new.

    A host that lost its syslog daemon keeps old files and logs to the journal only. Raises
    Unreadable.
    """
    journalctl = next((path for path in JOURNALS if host.state(path).exists), "")
    if not journalctl:
        return []
    mail = (journalctl, "--no-pager", "-o", "short-iso", "-t", "sm-mta", "-t", "sendmail")
    newest = _journal(host, (*mail, "-n", "1"))
    when = parse_stamp(newest.kept[-1].text, _FAR) if newest.kept else None
    if when is None or (times.last and when - times.last < timedelta(days=1)):
        return []
    local = _journal(host, (*mail, "-g", LOCAL.decode()))
    deliveries = _journal(host, (*mail, "-n", str(JOURNAL_LIMIT), "-g", DELIVERY.decode()))
    if deliveries.total >= JOURNAL_LIMIT:
        times.add(_journal(host, (*mail, "-n", "1", "--until=-7days")), _FAR)
    times.add(deliveries, _FAR)
    times.add(newest, _FAR)
    times.add_local(local, _FAR)
    return [LogFile("journal", deliveries.total, local)]


def _journal(host: HostReader, argv: tuple[str, ...]) -> Matches:
    """Lines the journal answers with; the first and last ten kept. Raises Unreadable."""
    answer = host.probe(Command(argv, timeout=120, ok_codes=(0, 1)))
    errors = answer.stderr.decode("utf-8", "replace").strip()
    hidden = "not seeing messages" in errors
    failed = answer.code != 0 and errors and "No journal files" not in errors
    if hidden or failed:
        raise Unreadable(f"journalctl: {errors.splitlines()[0]}")
    text = answer.stdout.decode("utf-8", "replace")
    lines = [line for line in text.splitlines() if line and not line.startswith("-- ")]
    kept = [*range(min(10, len(lines))), *range(max(10, len(lines) - 10), len(lines))]
    return Matches(len(lines), tuple(Match(i + 1, lines[i]) for i in kept))
