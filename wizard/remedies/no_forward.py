"""An empty ForwardPath: no account's .forward file is looked for any more."""

from __future__ import annotations

import re

from wizard.errors import UsageProblem
from wizard.facts.cf import active_options
from wizard.facts.model import Facts
from wizard.remedies.base import Remedy, cf_of, change_configuration, unknown_configuration
from wizard.steps.base import Planned, Site
from wizard.steps.cf_edit import Change, option_setter

OPTION = "ForwardPath"


def _impossible(facts: Facts) -> str:
    cf = cf_of(facts)
    if cf is not None and OPTION in cf.options and not cf.option(OPTION).strip():
        return "ForwardPath is empty already"
    return unknown_configuration(facts)


def _value(text: str, _facts: Facts) -> str:
    if text.strip():
        raise UsageProblem("no-forward takes no value")
    return ""


def _plan(site: Site, _value: str) -> Planned:
    def wrong(cf: str) -> str:
        values = active_options(cf, OPTION)
        return "" if values == [""] else f"{OPTION} {values or 'nowhere'}, not an empty one"

    change = Change(
        "nobody's .forward is read",
        "define(`confFORWARD_PATH', `')dnl",
        option_setter(OPTION, ""),
        re.compile(rf"O\s+{OPTION}\b"),
        wrong,
    )
    return change_configuration(site, change)


REMEDY = Remedy(
    id="no-forward",
    title="Turn .forward files off",
    why="With an empty ForwardPath Sendmail looks for no .forward file. The files stay; mail that "
    "they redirect is then treated as any other mail for that account.",
    asks="",
    checks=("relay.forward",),
    suggest=lambda _facts: "",
    impossible=_impossible,
    value=_value,
    plan=_plan,
)
