"""MAIL_HUB: mail for every local name goes to the host that has the mailboxes."""

from __future__ import annotations

import re

from wizard.errors import Refused, UsageProblem
from wizard.facts.cf import logical_lines
from wizard.facts.model import Facts
from wizard.remedies.base import (
    Remedy,
    cf_of,
    change_configuration,
    own_names,
    unknown_configuration,
)
from wizard.steps.base import Planned, Site
from wizard.steps.cf_edit import Change

HUB = re.compile(
    r"(?:(?P<mailer>[A-Za-z0-9_-]+):)?(?P<host>\[[0-9A-Fa-f.:]+\]|\[?[A-Za-z0-9.-]+\]?)"
)
LINES = re.compile(r"DH|R< > \$\+\s+\$: < \$H > \$1\b")
"The macro, and the rule of ruleset 5 that uses it: proto.m4 leaves both out without a hub."
LOOPBACK = ("localhost", "[127.0.0.1]", "127.0.0.1", "[::1]", "::1")


def _suggest(facts: Facts) -> str:
    """The smart host, where there is one."""
    cf = cf_of(facts)
    return cf.macros.get("S", "") if cf else ""


def _impossible(facts: Facts) -> str:
    cf = cf_of(facts)
    if cf is not None and cf.macros.get("H"):
        return f"MAIL_HUB is {cf.macros['H']} already"
    return unknown_configuration(facts)


def _value(text: str, facts: Facts) -> str:
    """`hub.example.org`, `[192.0.2.7]` or `mailer:host`. Raises UsageProblem."""
    text = text.strip()
    found = HUB.fullmatch(text)
    if not found:
        raise UsageProblem(f"{text!r} is not a host", "Such as hub.example.org or [192.0.2.7].")
    bare = found["host"].strip("[]").lower()
    if {found["host"].lower(), bare, f"[{bare}]"} & {*own_names(facts), *LOOPBACK}:
        raise UsageProblem(
            f"{found['host']} is this very host", "Name the host with the mailboxes."
        )
    cf = cf_of(facts)
    mailer = found["mailer"]
    if mailer and cf is not None:
        remote = [m.name for m in cf.mailers if not m.delivers_here]
        if mailer not in remote:
            raise UsageProblem(
                f"{mailer} is no mailer to another host here", f"There are: {remote}"
            )
    return text


def _plan(site: Site, value: str) -> Planned:
    def wrong(cf: str) -> str:
        hubs = [line[2:] for _n, line in logical_lines(cf) if line.startswith("DH")]
        return "" if hubs == [value] else f"MAIL_HUB {hubs}, not {value}"

    def not_by_hand(_cf: str) -> str:
        raise Refused(
            "MAIL_HUB is a macro and a rule: m4 has to build them",
            "Choose --edit mc, or put the hub into the cf yourself and check again.",
        )

    change = Change(
        "mail for local names goes to the hub",
        f"define(`MAIL_HUB', `{value}')dnl",
        not_by_hand,
        LINES,
        wrong,
    )
    return change_configuration(site, change)


REMEDY = Remedy(
    id="mail-hub",
    title="Send mail for local names to the mail hub",
    why="MAIL_HUB hands mail for every account of this host to the host that has the mailboxes: "
    "nothing is delivered here, and unknown users are refused there.",
    asks="The hub's name",
    checks=(
        "relay.local-accounts",
        "relay.system-mail",
        "relay.class-w",
        "relay.alias-local",
        "relay.forward",
        "relay.jobs",
        "relay.double-bounce",
        "relay.luser-relay",
        "relay.queue-local",
    ),
    suggest=_suggest,
    impossible=_impossible,
    value=_value,
    plan=_plan,
)
