"""What root reads or runs for Sendmail, each with the whole path to it (fact 8, escape check).

Whoever may write one of these, or a directory on the way to it, can have root do as they like.
Where the files of a platform's packages are, the platform tells; the rest follows from the cf,
the .mc, the Makefile and what they include. Contents are never asked for, only single lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from posixpath import dirname

from wizard.facts import grep, m4_files
from wizard.facts.cf_model import Cf
from wizard.facts.map_files import named_files
from wizard.facts.passages import passage
from wizard.facts.way_model import Passage, Trusted
from wizard.host.base import HostReader, Unreadable
from wizard.model import FileState, Kind
from wizard.platforms.base import Platform
from wizard.runs import state_directory

OPTIONS = {
    "HelpFile": "help file",
    "ErrorHeader": "error header",
    "ServiceSwitchFile": "service switch",
    "HostsFile": "hosts file",
    "ServerKeyFile": "TLS key",
    "ServerCertFile": "TLS certificate",
    "ClientKeyFile": "TLS key",
    "ClientCertFile": "TLS certificate",
    "CACertFile": "TLS certificates",
    "CACertPath": "TLS certificates",
    "DHParameters": "TLS parameters",
    "CRLFile": "TLS revocations",
    "CRLPath": "TLS revocations",
    "DefaultAuthInfo": "passwords",
    "RandFile": "random numbers",
}
"Options that name what the master reads while it is root (op guide 5.6)."
WRITTEN = {
    "PidFile": "directory of the pid file, which root writes and the init script believes",
    "ControlSocketName": "directory of the control socket, which root gives away by name",
    "SharedMemoryKeyFile": "directory of a file that root writes",
}
"Options whose file root makes or gives away by name: the directory must be root's."
MOST = 20_000
"Files below one directory; more are no configuration."
_CLASS_PROGRAM = re.compile(r"F(?:\w|\{\w+\})\s*\|\s*(/\S+)")
_SOURCED = re.compile(r"\s*(?:\.|source)\s+[\"']?(/[^\s;\"'$]+)")

Named = tuple[str, str, str]
"Path, role, `file:line` that names it."


def gather(host: HostReader, platform: Platform, cf: Cf) -> Trusted:
    """Walk to each of them. Raises Unreadable."""
    seen: dict[str, FileState] = {}
    found: dict[str, Passage] = {}
    for named, role, place in _named(host, platform, cf):
        path = named.rstrip("/") or "/"
        if path not in found:
            found[path] = passage(host, path, role, place, seen)
    return Trusted(tuple(found.values()))


def _named(host: HostReader, platform: Platform, cf: Cf) -> Iterator[Named]:
    """What says most of a path comes first, for the first role is kept."""
    yield platform.cf_path, "sendmail.cf", ""
    yield platform.mc_path, "sendmail.mc", ""
    yield platform.sendmail, "program", ""
    yield platform.m4, "program", ""
    yield from _of_cf(host, cf)
    yield from _makefiles(host, platform)
    yield from m4_files.included(host, platform)
    plain = [one for one in platform.root_reads if "*" not in one[0]]
    yield from ((path, role, "") for path, role in plain)
    for path, role in platform.root_reads:
        if "*" in path:
            yield from ((one, role, "") for one in _matching(host, path))
    for path in platform.guard_paths:
        yield path, "guard", ""
    yield str(state_directory()), "stepdown's records, from which a rollback is made", ""


def _of_cf(host: HostReader, cf: Cf) -> Iterator[Named]:
    """What the cf names: class files, keys, text of maps, programs of mailers."""
    for option, role in OPTIONS.items():
        path = cf.option(option)
        if path.startswith("/"):
            yield path, role, cf.place(f"O {option}")
    for option, role in WRITTEN.items():
        path = cf.option(option)
        if path.startswith("/"):
            yield dirname(path), role, cf.place(f"O {option}")
    for name, path, number in cf.class_files:
        yield path, f"file of class {name}", f"{cf.path}:{number}"
    for line in grep.lines(host, r"^F[^ ]*[ 	]*\|", [cf.path]):
        if program := _CLASS_PROGRAM.match(line.text):
            yield program[1], "program that root runs for a class", f"{cf.path}:{line.number}"
    for mailer in cf.mailers:
        if mailer.path.startswith("/"):
            yield mailer.path, f"program of mailer {mailer.name}", f"{cf.path}:{mailer.line}"
    for role, path in named_files(cf):
        yield path, role, ""
        if role.startswith("map ") or role == "aliases":
            yield re.sub(r"\.(?:db|cdb|pag)$", "", path), f"text of {role}", ""


def _makefiles(host: HostReader, platform: Platform) -> Iterator[Named]:
    """What make(1) includes, and what shell scripts of the configuration source, as root."""
    names = ("GNUmakefile", "makefile", "Makefile", "Makefile.local")
    paths = [f"{platform.mail_dir}/{name}" for name in names]
    for line in grep.lines(host, r"^ *[-s]?include[ 	]", paths):
        for word in line.text.split()[1:]:
            if not re.search(r"[$*%]", word):
                path = word if word.startswith("/") else f"{platform.mail_dir}/{word}"
                yield path, "Makefile", f"{line.path}:{line.number}"
    conf = f"{platform.mail_dir}/sendmail.conf"
    for line in grep.lines(host, r"^[ 	]*(\.|source)[ 	]", [conf]):
        if sourced := _SOURCED.match(line.text):
            yield sourced[1], "what root's shell sources", f"{line.path}:{line.number}"


def _matching(host: HostReader, pattern: str) -> Iterator[str]:
    """The directory and what is in it for `/*`, all below it for `/**`, else the names alone."""
    directory, _slash, name = pattern.rpartition("/")
    if name in ("*", "**"):
        yield directory
    if name == "**":
        yield from _below(host, directory)
        return
    names = host.listdir(directory)
    yield from (f"{directory}/{one}" for one in names if fnmatchcase(one, name))


def _below(host: HostReader, top: str) -> Iterator[str]:
    waiting, count = [top], 0
    while waiting:
        directory = waiting.pop()
        for name in host.listdir(directory):
            path = f"{directory}/{name}"
            count += 1
            if count > MOST:
                raise Unreadable(f"{top}: more than {MOST:,} files, too many for a configuration")
            yield path
            if host.state(path).kind is Kind.DIRECTORY:
                waiting.append(path)
