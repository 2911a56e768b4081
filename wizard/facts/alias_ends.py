"""Where chains of aliases end: in a name of this host, or in themselves.

Each such name is put to Sendmail, which alone knows MAIL_HUB and whatever else takes mail away.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from msgspec import Struct

from wizard.facts.alias_model import AliasEnd, AliasEntry
from wizard.facts.alias_targets import Target, bare, elsewhere, kind_of, local_name
from wizard.facts.verified import SECONDS, Verified
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
    answers: dict[str, Verified | str] = {}
    asked, failures, until = 0, 0, time.monotonic() + SECONDS
    for_hub: Verified | None = None
    found = Answers([], [])
    for chain in chains:
        end = chain.end
        if end not in answers:
            enough = asked >= ASKED or time.monotonic() > until
            if enough and for_hub is not None and hub(end):
                answers[end] = for_hub
            elif enough or failures >= PATIENCE:
                answers[end] = "too many names to ask about" if enough else "not asked"
            else:
                asked += 1
                answers[end] = _answer(ask, end)
                failures = failures + 1 if isinstance(answers[end], str) else 0
        answer = answers[end]
        if isinstance(answer, str):
            found.unasked.append(f"{chain.place}  {' -> '.join(chain.names)}: {answer}")
            continue
        if for_hub is None and hub(end):
            for_hub = answer
        found.ends.append(AliasEnd(chain.place, chain.names, answer.destinations, _said(answer)))
    return found


def _said(answer: Verified) -> str:
    return answer.says[0] if answer.says else ""


def _answer(ask: Ask, name: str) -> Verified | str:
    try:
        return ask(name)
    except Unreadable as problem:
        return str(problem)
