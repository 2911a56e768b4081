"""The mail log from a moment on: a file that grows, or the journal where there is no file.

Each line is read once, however often it is asked for: a busy relay logs much, and the proofs ask
again and again.
"""

from __future__ import annotations

import time
from collections import deque

from wizard.host.base import HostReader, Unreadable
from wizard.platforms.base import Platform
from wizard.probes.log_lines import TROUBLE, harmless, parts, trouble_in
from wizard.probes.log_tail import JOURNALCTL, FileTail, JournalTail, current_log

__all__ = ["TROUBLE", "LogWatch"]
HELD = 200_000
"Lines that are kept; of more, the last. Trouble is kept by itself."
KEPT = 50
"Lines of trouble that are kept of each user."


class LogWatch:
    """Lines that were logged since a moment. Raises Unreadable where there is no log."""

    def __init__(self, host: HostReader, platform: Platform, since: float = 0.0) -> None:
        self._path = current_log(host, platform.mail_logs)
        journal = host.state(JOURNALCTL).exists
        if not self._path and not journal:
            raise Unreadable("there is no mail log file and no journal", "Run syslog or journald.")
        self.since = since or time.time()
        "Seconds since the epoch."
        self._file = FileTail(host, self._path, since) if self._path else None
        self._journal = JournalTail(host, since) if journal else None
        self._of_file = _Kept()
        self._of_journal = _Kept()

    @property
    def source(self) -> str:
        """Where the lines come from."""
        return self._path if self._path and self._read() is self._of_file else "the journal"

    @property
    def gap(self) -> str:
        """Why some lines may be missing; empty where none are."""
        return self._file.gap if self._file and self._read() is self._of_file else ""

    def lines(self) -> list[str]:
        """All lines since the beginning of the watch."""
        return list(self._read().lines)

    def _read(self) -> _Kept:
        """What the file tells; the journal's where there is no file that anybody still writes."""
        if self._file:
            self._of_file.take(self._file.more())
        if self._of_file.count or not self._journal:
            return self._of_file
        self._of_journal.take(self._journal.more())
        return self._of_journal

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


class _Kept:
    """Lines of one source, as they came."""

    def __init__(self) -> None:
        self.lines: deque[str] = deque(maxlen=HELD)
        self.trouble: dict[str, list[tuple[int, str]]] = {}
        "Number and line, by the user who had it; empty where the line names none."
        self.harmless: dict[str, dict[str, None]] = {}
        "Why, by the same."
        self.count = 0

    def take(self, lines: list[str]) -> None:
        """Keep some more."""
        self.lines.extend(lines)
        for line in lines:
            self.count += 1
            user = trouble_in(line)
            if user is None:
                continue
            if why := harmless(line):
                self.harmless.setdefault(user, {})[why] = None
            elif len(held := self.trouble.setdefault(user, [])) < KEPT:
                held.append((self.count, line))
