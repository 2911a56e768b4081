"""All facts of a host, each once. What cannot be established is Unknown, with the reason.

Facts rest on one another: the logs are searched for the mailers that the cf defines. Each source
says what it rests on, so that one of them can be asked anew without all the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from msgspec.structs import replace

from wizard.facts.model import Facts, Unknown
from wizard.facts.sources import SOURCES, Known, Missing, Source
from wizard.host.base import HostReader, Unreadable

Tell = Callable[[str], None]
UNASKED = Unknown("not looked at yet")


def gather(
    host: HostReader,
    tell: Tell | None = None,
    *,
    base: Facts | None = None,
    afresh: Iterable[str] | None = None,
) -> Facts:
    """Every fact. Never raises for the host's sake: what failed is Unknown in its field.

    With base and afresh only those facts are asked anew; with_roots adds what they rest on.
    """
    facts = base or nothing_known()
    for _fact, known in gathering(host, tell, base=base, afresh=afresh):
        facts = known
    return facts


def gathering(
    host: HostReader,
    tell: Tell | None = None,
    *,
    base: Facts | None = None,
    afresh: Iterable[str] | None = None,
) -> Iterator[tuple[str, Facts]]:
    """As gather, telling each fact's name as soon as it is known, with all that is known then."""
    known = Known(host, base or nothing_known())
    wanted = set(afresh) if base is not None and afresh is not None else None
    for source in SOURCES:
        if wanted is not None and source.fact not in wanted:
            continue
        if tell:
            tell(source.title)
        value = _attempt(source, known)
        known.facts = replace(known.facts, **{source.fact: value})
        yield source.fact, known.facts


def nothing_known() -> Facts:
    """The facts of a host that nobody has looked at."""
    fields: dict[str, Any] = {source.fact: UNASKED for source in SOURCES}
    return Facts(**fields)


def with_roots(names: Iterable[str]) -> set[str]:
    """These facts and all that they rest on."""
    rests_on = {source.fact: source.rests_on for source in SOURCES}
    wanted: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in wanted:
            wanted.add(name)
            waiting.extend(rests_on[name])
    return wanted


def resting_on(names: Iterable[str]) -> set[str]:
    """These facts and all that rest on them."""
    wanted = set(names)
    for source in SOURCES:  # roots come before what rests on them
        if wanted & set(source.rests_on):
            wanted.add(source.fact)
    return wanted


def _attempt(source: Source, known: Known) -> object:
    """The fact, or Unknown where the host would not tell it."""
    for root in source.rests_on:
        fact = getattr(known.facts, root)
        if isinstance(fact, Unknown):
            return fact
    try:
        return source.ask(known)
    except Missing as problem:
        return problem.unknown
    except Unreadable as problem:
        needs = "root" if "root" in problem.remedy else ""
        return Unknown(str(problem), needs, problem.remedy)
    except Exception as problem:
        # Our own mistake, perhaps met by hostile input: unknown too, and it blocks.
        return Unknown(f"{source.title}: {type(problem).__name__}: {problem}")
