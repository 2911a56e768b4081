"""All remedies, and the host as those that were taken will leave it."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from importlib import import_module

from wizard import remedies
from wizard.errors import Refused, UsageProblem
from wizard.facts.gather import gather, resting_on
from wizard.facts.model import Facts
from wizard.host.base import HostReader
from wizard.plans import Choices
from wizard.platforms.base import Platform
from wizard.remedies.base import Remedy, RemedyOffer
from wizard.remedies.planned_host import PlannedHost
from wizard.steps.base import Site, StepDefinition

REMEDY_STEP = "remedy-"
"What the id of a remedy's step begins with."
UNTOUCHED = {"logs", "mailstats", "disk", "ground", "queues"}
"Facts that rest on the configuration, yet no remedy changes."
PLANNED = (resting_on({"config", "cf", "aliases"}) | {"jobs"}) - UNTOUCHED
"Facts that a remedy may change: they are asked again over the planned host."


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


def step_definitions(facts: Facts, choices: Choices) -> tuple[StepDefinition, ...]:
    """A step for each remedy that was taken, in the place where it belongs.

    Raises UsageProblem for a value that cannot be, Refused for a remedy that cannot.
    """
    demand_known(choices.remedies)
    taken = (one for one in known_remedies().values() if one.id in choices.remedies)
    return tuple(_definition(one, _value(one, choices, facts)) for one in taken)


def _value(one: Remedy, choices: Choices, facts: Facts) -> str:
    if impossible := one.impossible(facts):
        raise Refused(f"remedy {one.id}: {impossible}", "Leave this remedy out.")
    try:
        return one.value(choices.remedies[one.id], facts)
    except UsageProblem as problem:
        raise UsageProblem(f"remedy {one.id}: {problem}", problem.remedy) from problem


def _definition(one: Remedy, value: str) -> StepDefinition:
    title = f"{one.title[:1].lower()}{one.title[1:]}"
    switches = one.stage == "switch"
    return StepDefinition(
        id=f"{REMEDY_STEP}{one.id}",
        title=f"{title}: {value}" if value else title,
        why=one.why,
        recipe="",
        stage=one.stage,
        plan=lambda planning: one.plan(planning, value),
        after=("queue-owner",) if switches else (),
        before=("config-mc", "config-cf") if switches else ("mail-directory", "etc-aliases"),
    )


def carry_out(host: HostReader, platform: Platform, facts: Facts, choices: Choices) -> PlannedHost:
    """The host as the remedies that were taken will leave it, each planned over the ones before.

    Raises StepdownError where one cannot be carried out.
    """
    demand_known(choices.remedies)
    planned = PlannedHost(host, platform)
    for one in known_remedies().values():
        if one.id not in choices.remedies:
            continue
        value = _value(one, choices, facts)
        for op in one.plan(Site(facts, platform, choices, planned), value).ops:
            planned.lay(op)
        facts = configuration_anew(planned, facts)
    return planned


def configuration_anew(host: HostReader, facts: Facts) -> Facts:
    """The facts with the configuration as this host has it now."""
    return gather(host, base=facts, afresh={"cf", "config"})
