"""Every account's .forward files, wherever the cf's ForwardPath says they may be.

Sendmail expands the path for one recipient at a time; here all places of all accounts are looked
up at once, so that a hundred thousand accounts take a few seconds. Where there is a file, Sendmail
is asked whether mail for the account gets that far at all.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable

from msgspec import Struct

from wizard.facts.cf_model import Cf
from wizard.facts.mail_model import Forwards
from wizard.facts.model import Account, Accounts, Classes
from wizard.facts.route.verified import SECONDS, Verified, hub_takes, verify
from wizard.host.base import HostReader, Unreadable
from wizard.model import FileState, Kind

DEFAULT_PATH = "$z/.forward"
"What Sendmail uses where the cf has no ForwardPath (op guide, 5.6); an empty one turns it off."
KEEP = 1000
"As many files are told, and as many homes that cannot be read."
ASKED = 200
"As many accounts are put to Sendmail; 10 ms each."
READ = 64 * 1024
"Bytes of a .forward file; a larger one is told, not read."
NO_OPTION = ("-O", "ForwardPath=")
"So asked, -bv tells where mail goes before any .forward is consulted."

_MACRO = re.compile(r"\$(?:\{[^}]*\}|.)")


def gather(
    host: HostReader, sendmail: str, cf: Cf, accounts: Accounts, classes: Classes
) -> Forwards:
    """Look into the home of every account. A home that cannot be read is told, never skipped."""
    path = cf.option("ForwardPath", DEFAULT_PATH).strip()
    patterns = [part for part in path.split(":") if part]
    if not patterns:
        return Forwards((), len(accounts.users), 0, (), path)
    homes = _homes(host, accounts)
    hits, problems = _hits(host, accounts, patterns, homes)
    problems = homes.problems | problems
    told = _told(host, hits[:KEEP], problems)
    ask = _asker(host, sendmail, cf, hub_takes(cf, classes))
    elsewhere = ask((*(account for account, _path, _text in told.found), *problems.values()))
    unreadable = [why for why, account in problems.items() if account not in elsewhere]
    if len(hits) > KEEP:
        unreadable.append(f"{len(hits) - KEEP:,} .forward files more: they were not read")
    unlisted = () if cf.macros.get("H") and not classes.l else accounts.unlisted
    return Forwards(
        tuple(told.found),
        len(accounts.users),
        len(homes.there),
        _few(unreadable),
        path,
        elsewhere,
        tuple(told.ignored),
        unlisted,
    )


def expand(patterns: list[str], account: Account, host_names: tuple[str, ...]) -> tuple[str, ...]:
    """Where this account's .forward files may be; `*` stands for what depends on the message."""
    return _places(_templates(patterns, host_names), account)


class _Template(Struct, frozen=True):
    """A pattern with the macros that are the same for all accounts expanded."""

    text: str
    "With $z and $u left in it."
    home: bool
    "Whether it lies in the account's home."


def _templates(patterns: list[str], host_names: tuple[str, ...]) -> list[_Template]:
    made: dict[str, _Template] = {}
    for pattern in patterns:
        for name in host_names if "$w" in pattern else ("",):
            text = _expanded(pattern, {"$z": "$z", "$u": "$u", "$w": name})
            made.setdefault(text, _Template(text, "$z" in text))
    return list(made.values())


def _why(host: HostReader, why: str) -> str:
    """What refuses even root is a server that takes root for nobody."""
    squashed = why == "Permission denied" and host.identity().euid == 0
    return f"{why}, to root too: its file server squashes root" if squashed else why


def _places(templates: list[_Template], account: Account) -> tuple[str, ...]:
    home = account.home.rstrip("/")
    places = (t.text.replace("$u", account.name).replace("$z", home) for t in templates)
    return tuple(dict.fromkeys(place for place in places if place.startswith("/")))


def _expanded(pattern: str, values: dict[str, str]) -> str:
    """The pattern with its macros' values; `*` where a macro has none here."""
    return _MACRO.sub(lambda macro: values.get(macro[0], "*"), pattern)


def _host_names(host: str) -> tuple[str, ...]:
    """What `$w` may be on this host: its full name, and the first label of it."""
    return tuple(dict.fromkeys((host, host.partition(".")[0])))


class _Homes(Struct):
    """Homes of the accounts."""

    there: set[str]
    problems: dict[str, str]
    "Why a home cannot be told, to an account that has it."


def _homes(host: HostReader, accounts: Accounts) -> _Homes:
    """Which homes are directories, or links to one."""
    owners: dict[str, str] = {}
    for account in accounts.users:
        if account.home.startswith("/"):
            owners.setdefault(account.home, account.name)
    by_path = {f"{home.rstrip('/')}/.": home for home in owners}
    looked = host.look_up(tuple(by_path))
    problems = {
        f"{by_path[path]}: {_why(host, why)}": owners[by_path[path]]
        for path, why in looked.problems
    }
    return _Homes({by_path[asked] for asked, _path, _state in looked.found}, problems)


Hit = tuple[str, str, FileState]
"Account, path, state."


def _hits(
    host: HostReader, accounts: Accounts, patterns: list[str], homes: _Homes
) -> tuple[list[Hit], dict[str, str]]:
    """What is there of all places, each path once; and places that cannot be told."""
    templates = _templates(patterns, _host_names(host.identity().host))
    outside = [template for template in templates if not template.home]
    owners: dict[str, str] = {}
    for account in accounts.users:
        for place in _places(templates if account.home in homes.there else outside, account):
            owners.setdefault(place, account.name)
    looked = host.look_up(tuple(owners))
    hits = {path: (owners[asked], path, state) for asked, path, state in looked.found}
    problems = {f"{path}: {_why(host, why)}": owners[path] for path, why in looked.problems}
    return list(hits.values()), problems


class _Told(Struct):
    """What the places hold."""

    found: list[tuple[str, str, str]]
    ignored: list[tuple[str, str]]


def _told(host: HostReader, hits: Iterable[Hit], problems: dict[str, str]) -> _Told:
    """The first line of each file; what cannot be read is added to the problems."""
    told = _Told([], [])
    for account, path, state in hits:
        if state.kind in (Kind.DIRECTORY, Kind.SOCKET, Kind.OTHER):
            what = "directory" if state.kind is Kind.DIRECTORY else "FIFO, socket or device"
            told.ignored.append((path, what))
            continue
        try:
            if (text := _first_line(host, path, state)) is not None:
                told.found.append((account, path, text))
        except Unreadable as problem:
            problems[str(problem)] = account
    return told


def _first_line(host: HostReader, path: str, state: FileState) -> str | None:
    """What a file says first; a link is never followed: it may lead to root's secrets.

    None for a link to nothing. Raises Unreadable.
    """
    if state.kind is Kind.SYMLINK:
        there = host.look_up((f"{path}/.",)).found or host.state(host.resolve(path)).exists
        return f"-> {state.target}" if there else None
    if state.nlink > 1:
        return f"a file with {state.nlink} links"
    if state.size > READ:
        return f"{state.size:,} bytes, which were not read"
    lines = (line.strip() for line in host.state(path, content=True).text().splitlines())
    return next((line for line in lines if line and not line.startswith("#")), "")


def _asker(
    host: HostReader, sendmail: str, cf: Cf, hub: Callable[[str], bool]
) -> Callable[[Iterable[str]], dict[str, str]]:
    """Asks where mail for accounts goes; those whose mail goes elsewhere, with Sendmail's line."""

    def ask(names: Iterable[str]) -> dict[str, str]:
        elsewhere: dict[str, str] = {}
        for_hub, until = "", time.monotonic() + SECONDS
        for number, name in enumerate(dict.fromkeys(names)):
            if number >= ASKED or time.monotonic() > until:
                if for_hub and hub(name):
                    elsewhere[name] = for_hub
                continue
            try:
                answer = verify(host, sendmail, cf.path, name, *NO_OPTION)
            except Unreadable:
                continue
            if _leaves(cf, answer):
                elsewhere[name] = answer.says[0]
                for_hub = for_hub or (answer.says[0] if hub(name) else "")
        return elsewhere

    return ask


def _leaves(cf: Cf, answer: Verified) -> bool:
    """Whether no mailer on the way looks up accounts (flag w) or delivers here."""
    looks_up = {mailer.name for mailer in cf.mailers if "w" in mailer.flags}
    stays = looks_up.union(cf.local_mailers)
    mailers = {destination.mailer for destination in answer.destinations}
    return bool(mailers) and not mailers & stays


def _few(lines: list[str]) -> tuple[str, ...]:
    if len(lines) <= KEEP:
        return tuple(lines)
    return (*lines[:KEEP], f"… and {len(lines) - KEEP:,} more")
