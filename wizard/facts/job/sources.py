"""Where jobs are collected: one source that cannot be read loses no other."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from wizard.facts.mail_model import Job
from wizard.host.base import HostReader, Unreadable
from wizard.model import Kind

FILE_LIMIT = 1024 * 1024
"Bytes; cron's own limit for a crontab is smaller."
JOBS = 20_000
"As many as are kept."


class Found:
    """Jobs found so far, and what could not be read."""

    def __init__(self, host: HostReader) -> None:
        self.host = host
        self.jobs: list[Job] = []
        self.unreadable: list[str] = []

    def add(self, ask: Callable[[], Iterable[Job]]) -> bool:
        """Take what a source tells. True where it told something."""
        try:
            jobs = tuple(ask())
        except Unreadable as problem:
            self.unreadable.append(str(problem))
            return False
        if len(self.jobs) + len(jobs) > JOBS:
            self.unreadable.append(f"{jobs[0].place}  and what follows: beyond {JOBS:,} jobs")
            return False
        self.jobs.extend(jobs)
        return bool(jobs)

    def names(self, directory: str) -> tuple[str, ...]:
        """Names in a directory, none where it is absent."""
        try:
            return self.host.listdir(directory)
        except Unreadable as problem:
            self.unreadable.append(str(problem))
            return ()

    def lines(self, path: str, *, follow: bool) -> list[str]:
        """Lines of a file; none where it is absent or no regular file. Raises Unreadable.

        A link is followed only where root made it.
        """
        real = self.host.resolve(path) if follow else path
        state = self.host.state(real)
        if state.kind is not Kind.FILE:
            return []
        if state.size > FILE_LIMIT:
            raise Unreadable(f"{path}: {state.size:,} bytes, too large for a crontab")
        return self.host.state(real, content=True).text().splitlines()
