"""Mail logs, rotated and compressed ones too: how much was delivered, and what of it locally.

Sendmail logs each delivery as `QID: to=..., mailer=..., stat=...` from LogLevel 8 on (op guide,
section 2.1.1). No log at all is told as no files and no days: it is not "no local mail".
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath

from wizard.facts import clock
from wizard.facts.cf_model import Cf
from wizard.facts.log import syslog_conf
from wizard.facts.log.journal import JOURNAL, scan_journal
from wizard.facts.log.stamps import Span, parse_stamp, stamp_of
from wizard.facts.mail_model import LocalRecipient, LogFile, Logs
from wizard.host.base import HostReader, Unreadable
from wizard.model import Kind, LogScan
from wizard.platforms.base import Platform

DEFAULT_LOG_LEVEL = 9
RECIPIENTS = 200
ROTATED = re.compile(r"(?:[-.].*)?")
"What rotation puts after a log's name: `.1`, `.2.gz`, `-20261101.xz`, `.old`."


class _Found:
    """What the logs told so far."""

    def __init__(self) -> None:
        self.span = Span()
        self.files: list[LogFile] = []
        self.unreadable: list[str] = []
        self.local: datetime | None = None
        self.local_text = ""
        self.undated = False
        self.who: dict[tuple[str, str], _Recipient] = {}
        self.more = 0

    def add(self, path: str, family: str, scan: LogScan, near: datetime) -> None:
        """One scanned log, written before `near`."""
        deliveries = sum(scan.mailers.values())
        self.files.append(LogFile(path, deliveries, scan.local, scan.mailers, family))
        self.span.add((*scan.head, *scan.tail), near)
        self.more += scan.more_recipients
        for match in scan.local.kept[-1:]:
            when = parse_stamp(match.text, near)
            self.undated = self.undated or when is None
            if when and (self.local is None or when > self.local):
                self.local, self.local_text = when, stamp_of(match.text)
        for one in scan.recipients:
            known = self.who.setdefault((one.address, one.mailer), _Recipient())
            when = parse_stamp(one.last.text, near)
            known.add(family, one.count, when, stamp_of(one.last.text), f"{path}:{one.last.line}")

    def recipients(self) -> tuple[LocalRecipient, ...]:
        """Who had mail delivered here, the most recent first."""
        early = datetime.min.replace(tzinfo=UTC)
        newest = sorted(self.who.items(), key=lambda item: item[1].when or early, reverse=True)
        return tuple(
            LocalRecipient(address, mailer, max(one.counts.values()), one.stamp, one.place)
            for (address, mailer), one in newest
        )


class _Recipient:
    """One address and mailer over all logs."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.when: datetime | None = None
        self.stamp = ""
        self.place = ""

    def add(self, family: str, count: int, when: datetime | None, stamp: str, place: str) -> None:
        """What one log tells; families may tell of the same mail, so that none is added up."""
        self.counts[family] = self.counts.get(family, 0) + count
        if not self.place or (when and (self.when is None or when > self.when)):
            self.when, self.stamp, self.place = when, stamp, place


def gather(host: HostReader, platform: Platform, cf: Cf) -> Logs:
    """Scan every mail log that the platform or syslog's configuration names, and the journal."""
    found = _Found()
    written = syslog_conf.gather(host)
    found.unreadable += written.unreadable
    for path, family in _paths(host, (*platform.mail_logs, *written.files), found).items():
        _scan(host, path, family, cf.local_mailers, found)
    _add_journal(host, cf.local_mailers, found)
    recipients = found.recipients()
    return Logs(
        tuple(found.files),
        log_level(cf),
        found.span.first_text,
        tuple(found.unreadable),
        found.span.days_since(found.span.first),
        found.local_text,
        None if found.undated else found.span.days_since(found.local),
        recipients[:RECIPIENTS],
        found.more + max(0, len(recipients) - RECIPIENTS),
        _age(host, found.span.last),
        written.elsewhere,
    )


def log_level(cf: Cf) -> int:
    """LogLevel of the cf; 0 where it is no number, as Sendmail's atoi() has it."""
    level = re.match(r"\d+", cf.option("LogLevel", str(DEFAULT_LOG_LEVEL)).strip())
    return int(level[0]) if level else 0


def _paths(host: HostReader, names: tuple[str, ...], found: _Found) -> dict[str, str]:
    """Logs of these names with what was rotated away from them; each with its family."""
    paths: dict[str, str] = {}
    listed: dict[str, tuple[str, ...]] = {}
    for family in dict.fromkeys(name.rstrip("*") for name in names):
        directory, start = str(PurePosixPath(family).parent), PurePosixPath(family).name
        try:
            if directory not in listed:
                listed[directory] = host.listdir(directory)
        except Unreadable as problem:
            listed[directory] = ()
            found.unreadable.append(str(problem))
        for name in listed[directory]:
            if name.startswith(start) and ROTATED.fullmatch(name[len(start) :]):
                paths.setdefault(f"{directory}/{name}", family)
    return paths


def _scan(
    host: HostReader, path: str, family: str, mailers: tuple[str, ...], found: _Found
) -> None:
    """One file; directories beside the logs are none. What cannot be read is told."""
    try:
        state = host.state(path)
        if state.kind is Kind.SYMLINK:
            state = host.state(host.resolve(path))
        if state.kind is Kind.DIRECTORY:
            return
        scan = host.scan_log(path, mailers)
    except Unreadable as problem:
        found.unreadable.append(str(problem))
        return
    if scan.binary and not scan.mailers:
        found.unreadable.append(f"{path}: not text: whether it is a log cannot be told")
        return
    near = datetime.fromtimestamp(state.mtime_ns / 1e9, UTC)
    found.add(path, family, scan, near)


def _add_journal(host: HostReader, mailers: tuple[str, ...], found: _Found) -> None:
    """The journal, which may reach further than the files or hold what they lost."""
    try:
        told = scan_journal(host, mailers)
    except Unreadable as problem:
        if not found.files:
            found.unreadable.append(str(problem))
        return
    if told is None:
        return
    near = datetime.max.replace(tzinfo=UTC) - timedelta(days=400)
    found.add(JOURNAL, JOURNAL, told, near)


def _age(host: HostReader, newest: datetime | None) -> float | None:
    """Days since the newest line; None where the time is not known."""
    try:
        since = clock.now(host) - newest if newest else None
    except Unreadable:
        return None
    return None if since is None else max(0.0, since / timedelta(days=1))
