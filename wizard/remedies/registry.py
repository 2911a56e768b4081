"""All remedies, and the host as those that were taken will leave it."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from importlib import import_module

from msgspec import Struct
from msgspec.structs import replace

from wizard import remedies
from wizard.errors import Refused, UsageProblem
from wizard.facts.gather import gather, resting_on
from wizard.facts.model import Facts
from wizard.host.base import HostReader
from wizard.plans import Choices, Step
from wizard.platforms.base import Platform
from wizard.remedies.base import Remedy, RemedyOffer
from wizard.remedies.planned_host import PlannedHost
from wizard.steps.base import Site

UNTOUCHED = {"logs", "mailstats", "disk", "ground", "queues"}
"Facts that rest on the configuration, yet no remedy changes."
PLANNED = (resting_on({"config", "cf", "aliases"}) | {"jobs"}) - UNTOUCHED
"Facts that a remedy may change: they are asked again over the planned host."


class Remedied(Struct, frozen=True):
    """What carrying out the remedies comes to."""

    steps: tuple[Step, ...]
    host: PlannedHost
    "The host with those steps laid over it."
    facts: Facts
    "Of that host, as far as the next remedy needs them."


def known_remedies() -> dict[str, Remedy]:
    """Every remedy by its id. A remedy is a module of this package with a REMEDY."""
    names = sorted(m.name for m in pkgutil.iter_modules(remedies.__path__))
    modules = (import_module(f"{remedies.__name__}.{name}") for name in names)
    found = (getattr(module, "REMEDY", None) for module in modules)
    return {one.id: one for one in found if isinstance(one, Remedy)}


def offers(facts: Facts, taken: Mapping[str, str]) -> tuple[RemedyOffer, ...]:
    """What can be put right on this host. `facts`: of the host as it is."""
    return tuple(
        RemedyOffer(
            one.id,
            one.title,
            one.why,
            one.asks,
            one.suggest(facts) if one.asks else "",
            one.checks,
            taken.get(one.id),
            one.impossible(facts),
        )
        for one in known_remedies().values()
    )


def demand_known(taken: Mapping[str, str]) -> None:
    """Refuse what is no remedy. Raises UsageProblem."""
    known = known_remedies()
    for remedy_id in taken:
        if remedy_id not in known:
            raise UsageProblem(
                f"remedies: there is no remedy {remedy_id}", f"There are: {', '.join(known)}."
            )


def carry_out(host: HostReader, platform: Platform, facts: Facts, choices: Choices) -> Remedied:
    """Plan every remedy that was taken, each over the host as the one before leaves it.

    Raises UsageProblem for a value that cannot be, Refused for a remedy that cannot.
    """
    demand_known(choices.remedies)
    planned = PlannedHost(host, platform)
    steps: list[Step] = []
    for one in known_remedies().values():
        if one.id not in choices.remedies:
            continue
        steps.append(_carry_out(one, planned, platform, facts, choices))
        facts = gather(planned, base=facts, afresh={"cf", "config"})
    return Remedied(tuple(steps), planned, facts)


def _carry_out(
    one: Remedy, planned: PlannedHost, platform: Platform, facts: Facts, choices: Choices
) -> Step:
    if impossible := one.impossible(facts):
        raise Refused(f"remedy {one.id}: {impossible}", "Leave this remedy out.")
    try:
        value = one.value(choices.remedies[one.id], facts)
    except UsageProblem as problem:
        raise UsageProblem(f"remedy {one.id}: {problem}", problem.remedy) from problem
    step = one.plan(Site(facts, platform, choices, planned), value)
    for op in step.ops:
        planned.lay(op)
    title = f"{one.title[:1].lower()}{one.title[1:]}"
    shown = f"{title}: {value}" if value else title
    return Step(f"remedy-{one.id}", shown, one.why, "", "before", step.ops, step.notes)


def planned_facts(remedied: Remedied, facts: Facts) -> Facts:
    """The facts to start from: what is known of the configuration is that of the planned host."""
    return replace(facts, cf=remedied.facts.cf, config=remedied.facts.config)
