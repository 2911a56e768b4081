"""Where the cf and the service switch say that aliases come from, each with its place.

By setalias() and switch_map_open() of Sendmail 8.17: several sources in one value, several values,
a class before a colon, `implicit` without one, and the switch's own maps `aliases.NAME`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from wizard.facts.cf import logical_lines
from wizard.facts.cf_model import Cf, CfMap
from wizard.host.base import HostReader, Unreadable
from wizard.model import Kind

TEXTS = ("implicit", "hash", "btree", "dbm", "cdb", "stab")
"Classes that are made from a text of aliases."
DATABASES = ("hash", "btree", "dbm", "cdb")
"Classes that Sendmail reads from a database only; `implicit` falls back to the text."
ASKED = ("nis", "nisplus", "netinfo", "hesiod", "ldap", "ldapx", "ldapv3", "ph", "udb", "socket")
"Classes that ask another program or host for one name at a time."
_SWITCH_DEFAULT = "/etc/mail/service.switch"
_CLASS = re.compile(r"^([^,\s/:]+):")
_OPTION = re.compile(r"^O\s*(?:AliasFile\b|A(?![A-Za-z]))", re.IGNORECASE)


class AliasSource(Struct, frozen=True):
    """One source of aliases, as the cf spells it."""

    map_class: str
    "hash, btree, dbm, implicit, nis, ldap ...; `map hash` for a K line."
    spec: str
    "The path, or what else such a map wants to know."
    place: str = ""
    "`file:line` that names it."


def parse_alias_option(values: tuple[str, ...]) -> tuple[AliasSource, ...]:
    """The sources in all values of AliasFile: each line of the cf adds to those before it.

    `class:spec` or a bare path, comma separated outside double quotes (setalias() in alias.c).
    """
    sources = []
    for part in (part for value in values for part in split_outside_quotes(value)):
        found = _CLASS.match(part)
        spec = part[found.end() :] if found else part
        words = [word for word in spec.split() if not word.startswith("-")]
        file_like = found is None or found[1] in TEXTS
        path = words[0] if words and file_like else spec.strip()
        sources.append(AliasSource(found[1] if found else "implicit", path))
    return tuple(sources)


def split_outside_quotes(text: str) -> tuple[str, ...]:
    """Parts between commas that stand outside double quotes, stripped, empty ones left out."""
    if '"' not in text and "\\" not in text:
        return tuple(part for raw in text.split(",") if (part := raw.strip()))
    parts, current, quoted, escaped = [], "", False, False
    for char in text:
        if char == "," and not quoted and not escaped:
            parts.append(current)
            current = ""
            continue
        if char == '"' and not escaped:
            quoted = not quoted
        escaped = char == "\\" and not escaped
        current += char
    return tuple(part.strip() for part in (*parts, current) if part.strip())


def sources_of(
    host: HostReader, cf: Cf
) -> tuple[tuple[AliasSource, ...], tuple[str, ...], tuple[str, ...]]:
    """Sources of the cf and of the service switch; what cannot be read; what is nothing at all."""
    sources = list(_placed(host, cf))
    unreadable: list[str] = []
    problems: list[str] = []
    try:
        switched = list(_switched(host, cf))
    except Unreadable as problem:
        switched, unreadable = [], [str(problem)]
    for place, service in switched:
        known = next((one for one in cf.maps if one.name == f"aliases.{service}"), None)
        if known is not None:
            sources.append(_of_map(cf, known, place))
        elif service in ASKED:
            sources.append(AliasSource(service, "aliases", place))
        else:
            problems.append(
                f"{place}  aliases come from {service} too, yet the cf has no map "
                f"aliases.{service}: Sendmail complains each time and finds nothing there"
            )
    return tuple(sources), tuple(unreadable), tuple(problems)


def _of_map(cf: Cf, known: CfMap, place: str) -> AliasSource:
    return AliasSource(f"map {known.type}", known.path, f"{place}, {cf.path}:{known.line}")


def _placed(host: HostReader, cf: Cf) -> Iterator[AliasSource]:
    """Sources of AliasFile, each with the line of the cf that names it."""
    values = next((v for k, v in cf.options.items() if k.lower() == "aliasfile"), ())
    try:
        text = host.state(host.resolve(cf.path), content=True).text()
    except Unreadable:
        text = ""
    lines = [number for number, line in logical_lines(text) if _OPTION.match(line)]
    for index, value in enumerate(values):
        place = f"{cf.path}:{lines[index]}" if len(lines) == len(values) else cf.path
        for source in parse_alias_option((value,)):
            yield replace(source, place=place)


def _switched(host: HostReader, cf: Cf) -> Iterator[tuple[str, str]]:
    """Sources but the files that the service switch names, each with its place.

    Without the file, or without a word behind `aliases`, the files alone count. Raises Unreadable.
    """
    path = cf.option("ServiceSwitchFile", _SWITCH_DEFAULT)
    state = host.state(host.resolve(path), content=True)
    if state.kind not in (Kind.FILE, Kind.ABSENT):
        raise Unreadable(f"{path}  is a {state.kind.value}, not a service switch")
    for number, line in enumerate(state.text().splitlines(), 1):
        words = line.partition("#")[0].split()
        if words[:1] == ["aliases"]:
            yield from ((f"{path}:{number}", word) for word in words[1:] if word != "files")
