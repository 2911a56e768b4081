"""The mail log from a moment on: a file that grows, or the journal where no file has it.

Each line is read once, however often it is asked for: a busy relay logs much, and the proofs ask
again and again.
"""

from __future__ import annotations

import time
from collections import deque

from wizard.facts.log import syslog_conf
from wizard.host.base import HostReader, Unreadable
from wizard.platforms.base import Platform
from wizard.probes.log.lines import TROUBLE, harmless, of_sendmail, parts, trouble_in
from wizard.probes.log.tail import JOURNALCTL, FileTail, JournalTail, current_log

__all__ = ["TROUBLE", "LogWatch"]
HELD = 200_000
"Lines that are kept; of more, the last. Trouble is kept by itself."
FILES = 4
"Files that are watched at most."
KEPT = 50
"Lines of trouble that are kept of each user."


class LogWatch:
    """Lines that were logged since a moment. Raises Unreadable where there is no log."""

    def __init__(self, host: HostReader, platform: Platform, since: float = 0.0) -> None:
        self._kept = [_Kept(path, FileTail(host, path, since)) for path in _files(host, platform)]
        if host.state(JOURNALCTL).exists:
            self._kept.append(_Kept("the journal", JournalTail(host, since)))
        if not self._kept:
            raise Unreadable("there is no mail log file and no journal", "Run syslog or journald.")
        self.since = since or time.time()
        "Seconds since the epoch."

    @property
    def source(self) -> str:
        """Where the lines come from."""
        return self._read().name

    @property
    def gap(self) -> str:
        """Why some lines may be missing; empty where none are."""
        return self._read().gap

    def lines(self) -> list[str]:
        """All lines since the beginning of the watch."""
        return list(self._read().lines)

    @property
    def own(self) -> bool:
        """Whether Sendmail wrote any of the lines; other programs may write the same log."""
        return self._read().own

    def _read(self) -> _Kept:
        """What the first log tells that Sendmail's lines go to."""
        for one in self._kept:
            one.take()
            if one.own:
                return one
        return self._kept[0]

    def trouble(self, account: str) -> tuple[list[str], list[str]]:
        """Lines that mean trouble, and what is known to be harmless among them, each named.

        A fault that another user ran into (mailq is root's after the switch) proves nothing:
        otherwise any local user could have a good migration rolled back.
        """
        kept = self._read()
        users = ("", "root", account)
        bad = [found for user in users for found in kept.trouble.get(user, ())]
        known = {why: None for user in users for why in kept.harmless.get(user, ())}
        return [line for _number, line in sorted(bad)], list(known)

    def of_queue_id(self, queue_id: str) -> list[str]:
        """Lines that speak of one message."""
        return [line for line in self._read().lines if parts(line).queue_id == queue_id]


def _files(host: HostReader, platform: Platform) -> tuple[str, ...]:
    """The platform's own log first, then where syslog's configuration sends Sendmail's lines."""
    own = current_log(host, platform.mail_logs)
    named = [path for path in syslog_conf.gather(host).files if host.state(path).exists]
    return tuple(dict.fromkeys(path for path in (own, *named) if path))[:FILES]


class _Kept:
    """A log, and its lines as they came."""

    def __init__(self, name: str, tail: FileTail | JournalTail) -> None:
        self.name = name
        self._tail = tail
        self.lines: deque[str] = deque(maxlen=HELD)
        self.trouble: dict[str, list[tuple[int, str]]] = {}
        "Number and line, by the user who had it; empty where the line names none."
        self.harmless: dict[str, dict[str, None]] = {}
        "Why, by the same."
        self.count = 0
        self.own = False
        "Whether one of them is Sendmail's."

    @property
    def gap(self) -> str:
        """Why some lines may be missing; empty where none are."""
        return self._tail.gap

    def take(self) -> None:
        """Keep what is new."""
        lines = self._tail.more()
        self.lines.extend(lines)
        for line in lines:
            self.count += 1
            self.own = self.own or of_sendmail(line)
            user = trouble_in(line)
            if user is None:
                continue
            if why := harmless(line):
                self.harmless.setdefault(user, {})[why] = None
            elif len(held := self.trouble.setdefault(user, [])) < KEPT:
                held.append((self.count, line))
