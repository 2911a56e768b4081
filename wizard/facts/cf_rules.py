"""Rules of a cf that have a say in where mail goes, and what they name.

Sendmail chooses the mailer in ruleset 0, after ruleset 3; ruleset 5 may change what was to be
local (op guide, 5.1). Those three and every ruleset that they call route; all others check,
rewrite or count (check_rcpt, EnvFromSMTP ...), and their maps and `$#ok` are no routes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from wizard.facts.cf_model import CfRule

ROOTS = ("0", "3", "5")
_NAME = re.compile(r'^S\s*"?([\w.-]+)"?\s*(?:=\s*"?([\w.-]+)"?)?')
_CALL = re.compile(r'\$>+\s*"?([\w.-]+)')
_MAILER = re.compile(r"\$#\s*([A-Za-z*][\w*.-]*)")
_CHOSEN = re.compile(r"\$#\s*(\$&?(?:[A-Za-z]|\{[^}]*\}))")
_SPELT = re.compile(r"<\s*([A-Za-z*][\w*.-]*)\s*:")
"`< mailer : host >`, which MailerToTriple makes a delivery of."
_TRIPLE = re.compile(r'\$>\s*"?(?:MailerToTriple|95)"?\s*<\s*(\$&?(?:[A-Za-z]|\{[^}]*\}))')
_MAP = re.compile(r"\$\(\s*([\w.{}-]+)")
_NO_DELIVERY = ("error", "discard")


class _Rules:
    """Rulesets by their first name, their other names, and whom they call."""

    def __init__(self) -> None:
        self.rules: dict[str, list[tuple[int, str]]] = {}
        self.alias: dict[str, str] = {}

    def start(self, line: str) -> str:
        """Begin the ruleset of an S line; its name."""
        found = _NAME.match(line)
        if not found:
            return ""
        name = self.alias.get(found[1], found[1])
        self.alias[found[1]] = name
        if found[2]:
            self.alias[found[2]] = name
        self.rules.setdefault(name, [])
        return name

    def routing(self) -> set[str]:
        """Names of the rulesets that are reached from the roots."""
        waiting = [self.alias[root] for root in ROOTS if root in self.alias]
        reached: set[str] = set()
        while waiting:
            name = waiting.pop()
            if name in reached:
                continue
            reached.add(name)
            called = (c for _line, text in self.rules.get(name, ()) for c in _CALL.findall(text))
            waiting.extend(self.alias[c] for c in called if c in self.alias)
        return reached


def routing_rules(lines: Iterable[tuple[int, str]]) -> tuple[CfRule, ...]:
    """The routing rules that name a mailer or ask a map, in the cf's order."""
    known, current = _Rules(), ""
    for number, line in lines:
        if line.startswith("S"):
            current = known.start(line)
        elif line.startswith("R") and current:
            known.rules[current].append((number, line))
    found = (
        rule
        for name in known.routing()
        for number, text in known.rules[name]
        if (rule := _rule(number, name, text)).mailers or rule.maps
    )
    return tuple(sorted(found, key=lambda rule: rule.line))


def _rule(number: int, ruleset: str, text: str) -> CfRule:
    """One rule; what follows the second tab is its comment."""
    left, _tab, rest = text.partition("\t")
    right = rest.lstrip("\t").partition("\t")[0]
    found = [name for one in (_MAILER, _SPELT, _CHOSEN, _TRIPLE) for name in one.findall(right)]
    named = dict.fromkeys(name for name in found if name.lower() not in _NO_DELIVERY)
    shown = f"{left} {right}".strip() if right else text
    return CfRule(number, ruleset, shown, tuple(named), tuple(_MAP.findall(right)))
