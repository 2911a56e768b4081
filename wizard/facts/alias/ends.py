"""Where chains of aliases end: in a name of this host, or in themselves.

Each such name is put to Sendmail, which alone knows MAIL_HUB and whatever else takes mail away.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from msgspec import Struct

from wizard.facts.alias.model import AliasEnd, AliasEntry
from wizard.facts.alias.targets import Target, bare, elsewhere, kind_of, local_name
from wizard.facts.route.verified import SECONDS, Verified
from wizard.host.base import Unreadable

ASKED = 200
"As many names are asked about; 10 ms each."
DEPTH = 50
"A chain this long is taken for endless; Sendmail's own MaxAliasRecursion is 10."
STEPS = 200_000
"From alias to alias; a web that takes more is not followed to its end."
PATIENCE = 3
"As many failures in a row, and the others are not asked."

Ask = Callable[[str], Verified]


class Chain(Struct, frozen=True):
    """From one alias to a name it ends in."""

    place: str
    names: tuple[str, ...]

    @property
    def end(self) -> str:
        """The name it ends in."""
        return self.names[-1]


class Chains(Struct):
    """All of them."""

    ends: list[Chain]
    loops: list[tuple[str, ...]]
    cut: bool = False
    "Too entangled to be followed to every end."


class Answers(Struct):
    """What Sendmail says of the names."""

    ends: list[AliasEnd]
    unasked: list[str]


def chains_of(entries: Iterable[AliasEntry], own: frozenset[str]) -> Chains:
    """Follow each alias to the names of this host it ends in."""
    by_name: dict[str, list[AliasEntry]] = {}
    kept = list(entries)
    for entry in kept:
        if not entry.via:
            by_name.setdefault(local_name(entry.name, own), []).append(entry)
    walk = _Walk(by_name, own)
    for entry in kept:
        walk.follow(entry, (entry.name,), (entry,))
    return Chains(list(walk.ends.values()), list(walk.loops.values()), walk.steps > STEPS)


class _Walk:
    """Depth first, each alias from its own beginning."""

    def __init__(self, by_name: dict[str, list[AliasEntry]], own: frozenset[str]) -> None:
        self.by_name = by_name
        self.own = own
        self.ends: dict[tuple[str, str], Chain] = {}
        self.loops: dict[frozenset[str], tuple[str, ...]] = {}
        self.steps = 0

    def follow(self, entry: AliasEntry, names: tuple[str, ...], on: tuple[AliasEntry, ...]) -> None:
        """What this alias leads to, names and entries being those on the way."""
        self.steps += 1
        for target in entry.targets if self.steps <= STEPS else ():
            if kind_of(target) is not Target.ADDRESS or elsewhere(target, self.own):
                continue
            here = bare(target)
            name = local_name(target, self.own)
            further = [] if here.startswith("\\") else self._aliases(name)
            on_the_way = [local_name(n, self.own) for n in names]
            if name in on_the_way and len(on_the_way) - on_the_way.index(name) > 1:
                self._loop(on[on_the_way.index(name) :])
            if not further or name in on_the_way or len(names) > DEPTH:
                self._end(on[0], (*names, here))
                continue
            for one in further:
                self.follow(one, (*names, here), (*on, one))

    def _aliases(self, name: str) -> list[AliasEntry]:
        """Aliases of this name, or of the name before a plus."""
        return self.by_name.get(name) or self.by_name.get(name.partition("+")[0], [])

    def _end(self, first: AliasEntry, names: tuple[str, ...]) -> None:
        place = _place(first)
        self.ends.setdefault((place, names[-1]), Chain(place, names))

    def _loop(self, on: tuple[AliasEntry, ...]) -> None:
        key = frozenset(f"{_place(entry)} {entry.name}" for entry in on)
        self.loops.setdefault(key, tuple(f"{_place(entry)}  {entry.text}" for entry in on))


def _place(entry: AliasEntry) -> str:
    here = f"{entry.file}:{entry.line}" if entry.line else entry.file
    return " -> ".join((*entry.via, here))


def ask_about(chains: Iterable[Chain], ask: Ask, hub: Callable[[str], bool]) -> Answers:
    """Put each name to Sendmail, the first of them at least.

    Beyond that, names that the hub takes are what all names are that it takes: the first answer
    about one of them stands for the others.
    """
    inquiry = _Inquiry(ask, hub)
    found = Answers([], [])
    for chain in chains:
        answer = inquiry.answer(chain.end)
        if isinstance(answer, str):
            found.unasked.append(f"{chain.place}  {' -> '.join(chain.names)}: {answer}")
        else:
            said = answer.says[0] if answer.says else ""
            found.ends.append(AliasEnd(chain.place, chain.names, answer.destinations, said))
    return found


class _Inquiry:
    """Each name once, within bounds of number and time."""

    def __init__(self, ask: Ask, hub: Callable[[str], bool]) -> None:
        self.ask = ask
        self.hub = hub
        self.answers: dict[str, Verified | str] = {}
        self.for_hub: Verified | None = None
        self.asked = 0
        self.failures = 0
        self.until = time.monotonic() + SECONDS

    def answer(self, name: str) -> Verified | str:
        """Sendmail's answer, or why there is none."""
        if name not in self.answers:
            self.answers[name] = self._fresh(name)
        return self.answers[name]

    def _fresh(self, name: str) -> Verified | str:
        if self.asked >= ASKED or time.monotonic() > self.until:
            stands = self.for_hub if self.hub(name) else None
            return stands or "too many names to ask about"
        if self.failures >= PATIENCE:
            return "not asked"
        self.asked += 1
        try:
            answer = self.ask(name)
        except Unreadable as problem:
            self.failures += 1
            return str(problem)
        self.failures = 0
        if self.for_hub is None and self.hub(name):
            self.for_hub = answer
        return answer
