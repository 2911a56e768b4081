"""Where undoers are collected: one source that cannot be read loses no other."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from wizard.facts import grep
from wizard.facts.undo.places import Places
from wizard.facts.way_model import Undoer
from wizard.host.base import HostReader, Unreadable
from wizard.model import Kind


class Found:
    """What was found so far, and what could not be read."""

    def __init__(self, host: HostReader, places: Places, own: frozenset[str]) -> None:
        self.host = host
        self.places = places
        self.own = own
        "Files of the platform and of this program: they are told on their own, or not at all."
        self.undoers: list[Undoer] = []
        self.unreadable: list[str] = []

    def add(self, ask: Callable[[Found], Iterable[Undoer]]) -> None:
        """Take what a source tells."""
        try:
            self.undoers.extend(ask(self))
        except Unreadable as problem:
            self.unreadable.append(str(problem))

    def names(self, directory: str) -> list[str]:
        """Paths of what is in a directory; none where it is absent or cannot be read, told then."""
        try:
            return [f"{directory}/{name}" for name in self.host.listdir(directory)]
        except Unreadable as problem:
            self.unreadable.append(str(problem))
            return []

    def lines(self, pattern: str, paths: Iterable[str]) -> list[grep.Line]:
        """Lines with the pattern in files that are nobody's own, comments left out."""
        asked = [path for path in paths if path not in self.own]
        found = grep.lines(self.host, pattern, asked)
        return [line for line in found if not line.text.lstrip().startswith(("#", "//"))]

    def there(self, path: str) -> bool:
        """Whether there is something at the path. Raises Unreadable."""
        return self.host.state(path).kind is not Kind.ABSENT


def located(lines: Iterable[grep.Line]) -> tuple[str, ...]:
    """`file:line  text`, a line each."""
    return tuple(f"{line.path}:{line.number}  {line.text.strip()}" for line in lines)
