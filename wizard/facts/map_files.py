"""The files that unprivileged children must open, and the configuration directory as it is.

Maps, class files, aliases and the service switch as the cf names them, then everything below
/etc/mail with owner and mode, which the recipe re-groups (facts 3 and 4).
"""

from __future__ import annotations

from wizard.facts.cf_model import Cf
from wizard.facts.model import MapFile, MapFiles
from wizard.host.base import HostReader
from wizard.model import FileState, Kind

SUFFIXES = {"hash": ".db", "btree": ".db", "dbm": ".pag", "cdb": ".cdb", "implicit": ".db"}
"What Sendmail appends to a map's path, by type (op guide 5.14)."


def gather(host: HostReader, cf: Cf, directory: str) -> MapFiles:
    """Look at each file by lstat. Raises Unreadable where the directory cannot be read."""
    files = [_file(host, path, role) for role, path in named_files(cf)]
    tree = [(directory, host.state(directory)), *_below(host, directory)]
    return MapFiles(tuple(files), directory, tuple(tree))


def named_files(cf: Cf) -> list[tuple[str, str]]:
    """Role and path of each file that the cf has a child open."""
    named = [
        (f"map {m.name}", _with_suffix(m.path, m.type)) for m in cf.maps if m.path.startswith("/")
    ]
    named += [(f"class {name}", path) for name, path, _line in cf.class_files]
    for spec in cf.option("AliasFile").split(","):
        kind, colon, path = spec.strip().partition(":")
        if not colon:
            kind, path = "hash", spec.strip()
        path = path.split()[-1] if path.split() else ""
        if path.startswith("/"):
            named.append(("aliases", _with_suffix(path, kind.split()[0])))
    switch = cf.option("ServiceSwitchFile")
    if switch:
        named.append(("service switch", switch))
    return list(dict.fromkeys(named))


def _with_suffix(path: str, kind: str) -> str:
    suffix = SUFFIXES.get(kind, "")
    return path if path.endswith(suffix) else path + suffix


def _file(host: HostReader, path: str, role: str) -> MapFile:
    resolved = host.resolve(path)
    return MapFile(path, role, host.state(path), resolved, host.state(resolved))


def _below(host: HostReader, directory: str) -> list[tuple[str, FileState]]:
    found: list[tuple[str, FileState]] = []
    for name in host.listdir(directory):
        path = f"{directory}/{name}"
        state = host.state(path)
        found.append((path, state))
        if state.kind is Kind.DIRECTORY:
            found.extend(_below(host, path))
    return found
