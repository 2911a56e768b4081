"""A double bounce goes to a person on another host, not to this host's postmaster."""

from __future__ import annotations

import re

from wizard.facts.cf import active_options
from wizard.facts.model import Facts
from wizard.remedies.base import (
    Remedy,
    change_configuration,
    demand_address,
    suggested_address,
    unknown_configuration,
)
from wizard.steps.base import Planned, Site
from wizard.steps.cf_edit import Change, option_setter

OPTION = "DoubleBounceAddress"


def _plan(site: Site, value: str) -> Planned:
    def wrong(cf: str) -> str:
        values = active_options(cf, OPTION)
        return "" if values == [value] else f"{OPTION} {values or 'nowhere'}, not {value}"

    change = Change(
        "double bounces leave this host",
        f"define(`confDOUBLE_BOUNCE_ADDRESS', `{value}')dnl",
        option_setter(OPTION, value),
        re.compile(rf"O\s+{OPTION}\b"),
        wrong,
    )
    return change_configuration(site, change)


def _suggest(facts: Facts) -> str:
    return suggested_address(facts, "postmaster")


REMEDY = Remedy(
    id="double-bounce",
    title="Send double bounces to an address elsewhere",
    why="A bounce that bounces goes to postmaster, who on a relay without mailboxes may be nobody: "
    "the mail is then lost. With confDOUBLE_BOUNCE_ADDRESS a person elsewhere gets it.",
    asks="Whose address",
    checks=("relay.double-bounce",),
    suggest=_suggest,
    impossible=unknown_configuration,
    value=demand_address,
    plan=_plan,
)
