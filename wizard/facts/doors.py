"""What the children must reach besides the queue: keys, sockets, logins, and files elsewhere."""

from __future__ import annotations

import re

from wizard.facts import logins
from wizard.facts.cf_model import Cf
from wizard.facts.map_files import named_files
from wizard.facts.passages import passage
from wizard.facts.way_model import Doors, Passage
from wizard.host.base import HostReader
from wizard.host.commands import TIMED_OUT
from wizard.model import FileState
from wizard.plans import Command
from wizard.platforms.base import Platform

KEYS = ("ServerKeyFile", "ClientKeyFile")
"Private keys."
KEY_OPTIONS = (
    *("ServerKeyFile", "ServerCertFile", "ClientKeyFile", "ClientCertFile"),
    *("CACertFile", "CACertPath", "DHParameters", "CRLFile", "CRLPath"),
)
EHLO = b"EHLO stepdown.test\r\nQUIT\r\n"
_SECONDS = 30.0
_OFFER = re.compile(r"250[- ]([A-Z0-9-]+(?: .*)?)$")


def gather(host: HostReader, platform: Platform, cf: Cf) -> Doors:
    """Walk to each of them. Raises Unreadable."""
    seen: dict[str, FileState] = {}
    keys = _keys(host, cf, seen)
    milters = [m for m in cf.milters if m.path.startswith("/")]
    return Doors(
        keys,
        tuple(
            passage(host, m.path, f"milter {m.name}", f"{cf.path}:{m.line}", seen) for m in milters
        ),
        _files(host, platform, cf, seen),
        tuple(f"{m.name} {m.socket}" for m in cf.milters if not m.path),
        {f"milter {m.name}": m.flags for m in cf.milters},
        *_offers(host, platform, keys),
        logins.gather(host, cf) if logins.wanted(host, cf) else (),
    )


def _keys(host: HostReader, cf: Cf, seen: dict[str, FileState]) -> tuple[Passage, ...]:
    """A value may name a second file after a comma: another kind of key (op guide, 5.6)."""
    return tuple(
        passage(host, path, option, cf.place(f"O {option}"), seen)
        for option in KEY_OPTIONS
        for path in cf.option(option).split(",")
        if path.startswith("/")
    )


def _files(
    host: HostReader, platform: Platform, cf: Cf, seen: dict[str, FileState]
) -> tuple[Passage, ...]:
    inside = f"{host.resolve(platform.mail_dir)}/"
    lines = {f"map {m.name}": m.line for m in cf.maps}
    lines |= {f"class {name}": line for name, _path, line in cf.class_files}
    options = {"aliases": "O AliasFile", "service switch": "O ServiceSwitchFile"}
    found = []
    for role, path in named_files(cf):
        if host.resolve(path).startswith(inside):
            continue
        place = f"{cf.path}:{lines[role]}" if role in lines else cf.place(options.get(role, ""))
        found.append(passage(host, path, role, place, seen))
    return tuple(found)


def _offers(
    host: HostReader, platform: Platform, keys: tuple[Passage, ...]
) -> tuple[tuple[str, ...], str]:
    """What Sendmail answers to EHLO now, or why it does not; asked only where there is a key.

    Milters are left out of it, and nothing is logged.
    """
    if not any(one.role == "ServerKeyFile" and one.end.exists for one in keys):
        return (), ""
    quiet = ("-O", "InputMailFilters=", "-O", "LogLevel=0")
    argv = (platform.sendmail, "-C", platform.cf_path, *quiet, "-bs")
    answer = host.probe(Command(argv, timeout=_SECONDS, stdin=EHLO, smtp=True))
    said = answer.output.splitlines()
    if not any(line.startswith("221") for line in said):
        how = "it took too long" if answer.code == TIMED_OUT else f"exit code {answer.code}"
        first = next((line for line in said if line[:1] in ("4", "5")), how)
        return (), f"{platform.sendmail} -C {platform.cf_path} -bs: {first}"
    return tuple(found.group(1) for line in said[1:] if (found := _OFFER.match(line))), ""
