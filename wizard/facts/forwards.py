"""Every account's .forward files, wherever the cf's ForwardPath says they may be.

Sendmail expands the path for one recipient at a time; here each home is looked at once, with
one lstat for each place, so that tens of thousands of accounts take a moment.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from wizard.facts.mail_model import Forwards
from wizard.facts.model import Account, Accounts, Cf
from wizard.host.base import HostReader, Unreadable
from wizard.model import Kind

DEFAULT_PATH = "$z/.forward"
"What Sendmail uses where the cf has no ForwardPath (op guide, 5.6); an empty one turns it off."

_MACRO = re.compile(r"\$(?:\{[^}]*\}|.)")


def gather(host: HostReader, cf: Cf, accounts: Accounts) -> Forwards:
    """Look into the home of every account. A home that cannot be read is told, never skipped."""
    path = cf.option("ForwardPath", DEFAULT_PATH).strip()
    patterns = [part for part in path.split(":") if part]
    names = _host_names(host.identity().host)
    search = _Search(host)
    for account in accounts.users if patterns else ():
        if not search.home_exists(account.home):
            continue
        for place in expand(patterns, account, names):
            search.look(account.name, place)
    return Forwards(
        tuple(search.found),
        len(accounts.users),
        sum(search.homes.values()),
        tuple(search.unreadable),
        path,
    )


def expand(patterns: list[str], account: Account, host_names: tuple[str, ...]) -> tuple[str, ...]:
    """Where this account's .forward files may be; `*` stands for what depends on the message."""
    places = []
    for pattern in patterns:
        for name in host_names if "$w" in pattern else ("",):
            values = {"$z": account.home.rstrip("/"), "$u": account.name, "$w": name}
            place = _expanded(pattern, values)
            if place not in places and place.startswith("/"):
                places.append(place)
    return tuple(places)


def _expanded(pattern: str, values: dict[str, str]) -> str:
    """The pattern with its macros' values; `*` where a macro has none here."""
    return _MACRO.sub(lambda macro: values.get(macro[0], "*"), pattern)


def _host_names(host: str) -> tuple[str, ...]:
    """What `$w` may be on this host: its full name, and the first label of it."""
    return tuple(dict.fromkeys((host, host.partition(".")[0])))


class _Search:
    """What was looked at so far: no home and no place twice."""

    def __init__(self, host: HostReader) -> None:
        self.host = host
        self.homes: dict[str, bool] = {}
        self.seen: set[str] = set()
        self.listed: dict[str, tuple[str, ...]] = {}
        self.found: list[tuple[str, str, str]] = []
        self.unreadable: list[str] = []

    def home_exists(self, home: str) -> bool:
        """Whether the home is a directory; one that cannot be told is noted and left out."""
        if not home.startswith("/"):
            return False
        if home not in self.homes:
            self.homes[home] = home == "/" or self._is_directory(home)
        return self.homes[home]

    def _is_directory(self, path: str) -> bool:
        try:
            state = self.host.state(path)
            if state.kind is Kind.SYMLINK:
                state = self.host.state(self.host.resolve(path))
        except Unreadable as problem:
            self.unreadable.append(str(problem))
            return False
        return state.kind is Kind.DIRECTORY

    def look(self, account: str, place: str) -> None:
        """Note the file at this place, or at all places it matches."""
        if place in self.seen:
            return
        self.seen.add(place)
        try:
            for path in self._matching(place):
                self._read(account, path)
        except Unreadable as problem:
            self.unreadable.append(str(problem))

    def _matching(self, place: str) -> list[str]:
        directory, name = str(PurePosixPath(place).parent), PurePosixPath(place).name
        if "*" not in name:
            return [place]
        if directory not in self.listed:
            self.listed[directory] = self.host.listdir(directory)
        matching = [f"{directory}/{n}" for n in self.listed[directory] if fnmatchcase(n, name)]
        fresh = [path for path in matching if path not in self.seen]
        self.seen.update(fresh)
        return fresh

    def _read(self, account: str, path: str) -> None:
        state = self.host.state(path)
        if state.kind is Kind.SYMLINK and not self.host.state(self.host.resolve(path)).exists:
            return
        if state.kind is Kind.SYMLINK or (state.kind is Kind.FILE and state.nlink > 1):
            where = f"-> {state.target}" if state.target else f"a file with {state.nlink} links"
            self.found.append((account, path, where))  # never read: it may be root's secret
            return
        if state.kind is not Kind.FILE:
            return
        state = self.host.state(path, content=True)
        lines = (line.strip() for line in state.text().splitlines())
        first = next((line for line in lines if line and not line.startswith("#")), "")
        self.found.append((account, path, first))
