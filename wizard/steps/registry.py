"""All steps, in the order that their `after` demands."""

from __future__ import annotations

import pkgutil
from graphlib import TopologicalSorter
from importlib import import_module

from wizard import steps
from wizard.steps.base import StepDefinition


def definitions() -> tuple[StepDefinition, ...]:
    """Every StepDefinition of every module here; same order on every host and every run."""
    found: dict[str, StepDefinition] = {}
    for module in sorted(m.name for m in pkgutil.iter_modules(steps.__path__)):
        for value in vars(import_module(f"wizard.steps.{module}")).values():
            if isinstance(value, StepDefinition):
                found[value.id] = value
    return _ordered(found)


def _ordered(found: dict[str, StepDefinition]) -> tuple[StepDefinition, ...]:
    """Kahn's order with ties broken by stage and id, so that golden plans are stable."""
    stages = ("before", "switch", "after")
    sorter = TopologicalSorter({one.id: set(one.after) for one in found.values()})
    sorter.prepare()
    ordered: list[StepDefinition] = []
    ready: set[str] = set()
    while sorter.is_active():
        ready.update(sorter.get_ready())
        first = min(ready, key=lambda i: (stages.index(found[i].stage), i))
        ready.remove(first)
        ordered.append(found[first])
        sorter.done(first)
    return tuple(ordered)
