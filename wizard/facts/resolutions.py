"""Where Sendmail would deliver the addresses that matter: `sendmail -bv` decides.

One address a call, because several are merged in what it prints; always with `-C`, so that a
candidate cf can be asked as well. Only root gets an answer that holds: for anybody else Sendmail
itself says that it may mislead.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from msgspec.structs import replace

from wizard.facts.cf_model import Cf
from wizard.facts.mail_model import Destination, Logs, Resolution, Resolutions, Tables
from wizard.facts.model import Accounts, Classes
from wizard.facts.route.interesting import Question, questions
from wizard.host.base import HostReader, Unreadable
from wizard.host.commands import TIMED_OUT
from wizard.plans import Command, Completed
from wizard.platforms.base import Platform

CALLS = 1200
"About 10 ms each."
SECONDS = 60.0
"A cf that asks a DNS server that is down takes seconds for an address; nobody waits for all."
_CALL_TIMEOUT = 10.0
_SILENT = f"no answer within {_CALL_TIMEOUT:.0f} s: does the name server answer?"
_SILENCES = 3
"So many in a row, and no more are asked."
_ADDRESS_LIMIT = 1000
_KEPT_LINES = 40
"Of what it says of one address; an alias may be a list of thousands."
_DELIVERABLE = re.compile(
    r"^(?P<to>.*)\.\.\. deliverable: mailer (?P<mailer>\S+?), "
    r"(?:host (?P<host>.*?), )?user (?P<user>.*)$"
)
_REFUSALS = frozenset((0, 64, 65, 67, 68, 69, 77))
"sysexits(3) of a definite answer: usage (an address without a host), no such user, no such host."
_TROUBLE = re.compile(
    r"(?i)unsafe map file|missing map file|cannot open|permission denied|unknown mailer|ldap_\w+"
    r"|not available|transient|temporar|timeout|timed out|\bdeferred\b|map \S+ not found"
    r"|\.\.\. 4\d\d |\b4\.\d\.\d\b|no route to|name server"
)
_NOTICE = ("Notice: -bv may give misleading", "Warning: Cannot use HostStatusDirectory")
"Printed first and of no consequence: the former also for root, where the cf has RunAsUser."


class Answer(NamedTuple):
    """What one call told."""

    destinations: tuple[Destination, ...]
    says: tuple[str, ...]
    trouble: str


def gather(
    host: HostReader,
    platform: Platform,
    cf: Cf,
    classes: Classes,
    tables: Tables,
    accounts: Accounts,
) -> Resolutions:
    """Ask for each address that the configuration makes interesting. Raises Unreadable."""
    asked, left = questions(host, cf, classes, tables, accounts)
    return ask_all(host, platform, asked, left)


def of_recipients(host: HostReader, platform: Platform, logs: Logs) -> Resolutions:
    """Ask for each recipient of a logged local delivery. Raises Unreadable."""
    asked = [
        Question(address, "logged", one.place)
        for one in logs.recipients
        for address in recipients(one.address)
    ]
    left = [f"logged: {logs.more_recipients:,} more recipients"] if logs.more_recipients else []
    return ask_all(host, platform, asked, left)


def recipients(to: str) -> tuple[str, ...]:
    """The addresses of a log's `to=`: `<a@b>,<c@d>`, `root`, `"|/usr/bin/x"`."""
    found, current, quoted = [], "", False
    for char in to:
        quoted = quoted != (char == '"')
        if char == "," and not quoted:
            found.append(current)
            current = ""
        else:
            current += char
    stripped = (one.strip().removeprefix("<").removesuffix(">") for one in (*found, current))
    return tuple(dict.fromkeys(one for one in stripped if one and one != "..."))


def ask_all(
    host: HostReader, platform: Platform, asked: Iterable[Question], left: list[str]
) -> Resolutions:
    """Ask for each, as long as that may take; `left` is what was not asked. Raises Unreadable."""
    if host.identity().euid != 0:
        raise Unreadable("sendmail -bv misleads anybody but root", "Run it as root.")
    known: dict[str, Resolution] = {}
    unasked: dict[str, int] = {}
    answers = []
    silent = 0
    ends = time.monotonic() + SECONDS
    for address, asked_for, place in asked:
        if address not in known:
            if len(known) >= CALLS or time.monotonic() > ends or silent >= _SILENCES:
                unasked[asked_for] = unasked.get(asked_for, 0) + 1
                continue
            known[address] = ask(host, platform, address, asked_for, place)
            silent = silent + 1 if known[address].trouble == _SILENT else 0
        answers.append(replace(known[address], asked_for=asked_for, place=place))
    left += [f"{kind}: {number:,} addresses were not asked" for kind, number in unasked.items()]
    return Resolutions(tuple(answers), tuple(left))


def ask(
    host: HostReader,
    platform: Platform,
    address: str,
    asked_for: str,
    place: str,
    *,
    cf_path: str = "",
) -> Resolution:
    """Sendmail's answer for one address. Raises Unreadable where it cannot be run at all."""
    if len(address) > _ADDRESS_LIMIT or not address.isprintable():
        shown = address[:60].encode("unicode_escape").decode()
        trouble = f"{shown}: not an address that can be asked"
        return Resolution(address, asked_for, place, (), (), trouble)
    command = Command(
        (platform.sendmail, "-C", cf_path or platform.cf_path, "-bv", "--", address),
        timeout=_CALL_TIMEOUT,
        ok_codes=tuple(sorted(_REFUSALS)),
    )
    answer = parse_answer(host.probe(command))
    return Resolution(address, asked_for, place, *answer)


def parse_answer(done: Completed) -> Answer:
    """What -bv printed of one address: destinations, or a refusal, or why neither can be told."""
    lines = [line.strip() for line in done.output.splitlines() if line.strip()]
    lines = [line for line in lines if not line.startswith(_NOTICE)]
    destinations = dict.fromkeys(_destinations(lines))
    return Answer(tuple(destinations), _shortened(lines), _trouble(done, lines))


def _destinations(lines: Iterable[str]) -> Iterator[Destination]:
    for line in lines:
        if found := _DELIVERABLE.match(line):
            yield Destination(found["mailer"], found["host"] or "", found["user"])


def _trouble(done: Completed, lines: list[str]) -> str:
    """The line that says why the answer may be wrong; empty for a definite answer."""
    if done.code == TIMED_OUT:
        return _SILENT
    others = [line for line in lines if not _DELIVERABLE.match(line)]
    marked = next((line for line in others if _TROUBLE.search(line)), "")
    if marked:
        return marked
    if done.code not in _REFUSALS:
        return next(iter(others), f"sendmail -bv ended with code {done.code}")
    return "" if lines else "sendmail -bv said nothing"


def _shortened(lines: list[str]) -> tuple[str, ...]:
    if len(lines) <= _KEPT_LINES:
        return tuple(lines)
    return (*lines[:_KEPT_LINES], f"… and {len(lines) - _KEPT_LINES:,} lines more")
