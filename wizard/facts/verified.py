"""What `sendmail -bv` says of one address: the decisive answer (facts, section 5).

One address a call: several in one call are merged. It reads maps and the cf, and changes nothing.
"""

from __future__ import annotations

import re

from msgspec import Struct

from wizard.facts.alias_model import Destination
from wizard.host.base import HostReader, Unreadable
from wizard.plans import Command

_DELIVERABLE = re.compile(
    r"^.*\.\.\. deliverable: mailer (\S+?),(?: host (\S+?),)? user (.*)$", re.MULTILINE
)
_TROUBLE = re.compile(
    r"unsafe map file|missing map file|[Cc]annot open|Permission denied|not running|failed to|"
    r"unknown configuration line|unknown alias class|can't handle aliases|unknown member map"
)
_ANY_CODE = tuple(range(256))
TIMEOUT = 20.0
"Seconds: a map that asks the network may be slow; one that is down must not keep us."


class Verified(Struct, frozen=True):
    """Sendmail's answer."""

    destinations: tuple[Destination, ...]
    "None where it refuses the address."
    says: tuple[str, ...]


def askable(address: str) -> bool:
    """Whether it may be an argument: printable, and taken for no option."""
    return bool(address) and address[0] != "-" and address.isprintable() and len(address) < 250


def verify(host: HostReader, sendmail: str, cf_path: str, address: str, *options: str) -> Verified:
    """Ask. Raises Unreadable where it does not answer, or could not read what it needs."""
    argv = (sendmail, "-C", cf_path, *options, "-bv", address)
    command = Command(argv, timeout=TIMEOUT, ok_codes=_ANY_CODE)
    answer = host.probe(command)
    lines = tuple(line for line in answer.output.splitlines() if line.strip())
    found = tuple(
        Destination(mailer, where.rstrip("."), user)
        for mailer, where, user in _DELIVERABLE.findall(answer.output)
    )
    trouble = next((line for line in lines if _TROUBLE.search(line)), "")
    if trouble or not lines:
        raise Unreadable(f"{command}: {trouble or f'no answer, code {answer.code}'}")
    return Verified(found, tuple(ln for ln in lines if " deliverable: " in ln) or lines[-3:])
