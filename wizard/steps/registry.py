"""All steps, in the order that their `after` demands."""

from __future__ import annotations

import pkgutil
from graphlib import TopologicalSorter
from importlib import import_module

from wizard import steps
from wizard.steps.base import StepDefinition


def definitions(more: tuple[StepDefinition, ...] = ()) -> tuple[StepDefinition, ...]:
    """Every StepDefinition of every module here, and these; same order on every host and run."""
    found: dict[str, StepDefinition] = {}
    for module in sorted(m.name for m in pkgutil.iter_modules(steps.__path__)):
        for value in vars(import_module(f"wizard.steps.{module}")).values():
            if isinstance(value, StepDefinition):
                found[value.id] = value
    found |= {one.id: one for one in more}
    return _ordered(found)


def _ordered(found: dict[str, StepDefinition]) -> tuple[StepDefinition, ...]:
    """Kahn's order with ties broken by stage and id, so that golden plans are stable."""
    stages = ("before", "switch", "after")
    comes_after = {one.id: set(one.after) for one in found.values()}
    for one in found.values():
        for later in one.before:
            comes_after[later].add(one.id)
    sorter = TopologicalSorter(comes_after)
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
