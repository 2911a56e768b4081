"""What a cf file says: options, maps, classes, mailers, macros, and the rules that route.

A pure parser of the configuration language (Sendmail Installation and Operation Guide, section
5). Lines that start with a blank continue the line before; `#` starts a comment line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard.facts.cf_model import Cf, CfMailer, CfMap, CfMilter
from wizard.facts.cf_options import OLD, full_name
from wizard.facts.cf_rules import routing_rules
from wizard.host.base import HostReader, Unreadable
from wizard.model import Kind

FILE_MAPS = ("hash", "btree", "dbm", "cdb", "text", "implicit", "stab")
"Map types whose last argument is a file (op guide 5.14)."
OPTION = re.compile(r"^O\s*([A-Za-z]\w*)\s*(?:=\s*(.*))?$")
OLD_OPTION = re.compile(r"^O(\S)(.*)$")
LARGEST = 8 << 20
"A cf takes some 100 kB; Sendmail itself takes minutes over a line of 100 MB, at each call."


def gather(host: HostReader, path: str) -> Cf:
    """Parse the cf at the path. Raises Unreadable where there is none or it cannot be read."""
    state = host.state(host.resolve(path), content=True)
    if state.kind is not Kind.FILE:
        raise Unreadable(f"{path}: {state.kind}, not a configuration file")
    if state.size > LARGEST:
        raise Unreadable(f"{path}: {state.size:,} bytes, not a configuration file")
    return parse(path, state.text())


def parse(path: str, text: str) -> Cf:
    """Parse a cf's text. Unknown lines are left alone: the m4 proof judges the whole."""
    options: dict[str, tuple[str, ...]] = {}
    maps: list[CfMap] = []
    files: list[tuple[str, str, int]] = []
    mailers: list[CfMailer] = []
    milters: list[CfMilter] = []
    macros: dict[str, str] = {}
    classes: dict[str, tuple[str, ...]] = {}
    places: dict[str, int] = {}
    for number, line in logical_lines(text):
        if line.startswith("O") and (option := _option(line)):
            options[option[0]] = (*options.get(option[0], ()), option[1])
            places[f"O {option[0]}"] = number
        elif line.startswith("K") and (found := _map(line, number)):
            maps.append(found)
        elif line.startswith("F") and (named := _class_file(line)):
            files.append((*named, number))
        elif line.startswith("M") and (mailer := _mailer(line, number)):
            mailers.append(mailer)
        elif line.startswith("X") and (milter := _milter(line, number)):
            milters.append(milter)
        elif line[:1] in ("D", "C") and len(line) > 1:
            name, value = _name(line[1:])
            places[line[0] + name] = number
            if line.startswith("C"):
                classes[name] = (*classes.get(name, ()), *value.split())
                continue
            macros[name] = value
    known = (options, tuple(maps), tuple(files), tuple(mailers), macros, text.count("\n"))
    rules = routing_rules(logical_lines(text))
    return Cf(path, *known, classes, rules, places, tuple(milters))


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Active lines with the number they start on; continuations joined, comments dropped."""
    start, held = 0, ""
    for number, line in enumerate(text.splitlines(), 1):
        if line[:1] in (" ", "\t") and held:
            held += " " + line.strip()
            continue
        if held:
            yield start, held
        start, held = number, "" if line.startswith("#") else line.rstrip()
    if held:
        yield start, held


def active_options(text: str, name: str) -> list[str]:
    """Values of every active `O Name=` line, comments not counted (fact 6)."""
    return [
        value
        for _number, line in logical_lines(text)
        if line.startswith("O") and (option := _option(line)) and option[0].lower() == name.lower()
        for value in [option[1]]
    ]


def _option(line: str) -> tuple[str, str] | None:
    if line.startswith("O "):
        found = OPTION.match(line)
        return (full_name(found.group(1)), (found.group(2) or "").strip()) if found else None
    old = OLD_OPTION.match(line)
    return (OLD.get(old.group(1), old.group(1)), old.group(2).strip()) if old else None


def _name(text: str) -> tuple[str, str]:
    """A macro's or class's name, one letter or {long}, and the rest."""
    if text.startswith("{") and "}" in text:
        name, rest = text[1:].split("}", 1)
        return name, rest.strip()
    return text[0], text[1:].strip()


def _map(line: str, number: int) -> CfMap | None:
    words = line[1:].split()
    if len(words) < 2:
        return None
    name, kind, arguments = words[0], words[1], words[2:]
    path = ""
    if kind in FILE_MAPS:
        path = next((w for w in arguments if not w.startswith("-")), "")
    optional = any(w.startswith("-") and "o" in w[1:2] for w in arguments)
    return CfMap(name, kind, path, optional, number, tuple(arguments))


def _class_file(line: str) -> tuple[str, str] | None:
    if len(line) < 2:
        return None
    name, rest = _name(line[1:])
    words = [w for w in rest.split() if not w.startswith("-")]
    if not words or words[0].startswith("|") or "@" in words[0] or not words[0].startswith("/"):
        return None
    return name, words[0]


def _milter(line: str, number: int) -> CfMilter | None:
    name, _comma, rest = line[1:].strip().partition(",")
    fields = _fields(rest)
    return (
        CfMilter(name.strip(), fields.get("S", ""), fields.get("F", ""), number) if name else None
    )


def _mailer(line: str, number: int) -> CfMailer | None:
    name, _comma, rest = line[1:].partition(",")
    fields = _fields(rest)
    if not name:
        return None
    argv = rest.rpartition("A=")[2].strip()
    return CfMailer(name.strip(), fields.get("P", ""), fields.get("F", ""), argv, number)


def _fields(text: str) -> dict[str, str]:
    """`P=[IPC], F=mDFMuX`: of each key the first letter counts."""
    fields = {}
    for field in text.split(","):
        key, equals, value = field.strip().partition("=")
        if equals:
            fields[key.strip()[:1]] = value.strip()
    return fields
