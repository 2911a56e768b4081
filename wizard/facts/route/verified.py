"""What `sendmail -bv` says of one name in which aliases end, or of one account.

The name may be any text of a file, so it follows a `--`. Options go before it: with an empty
ForwardPath the answer tells whether a .forward is consulted at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec import Struct

from wizard.facts.alias.model import Destination
from wizard.facts.cf_model import Cf
from wizard.facts.model import Classes
from wizard.facts.resolutions import parse_answer
from wizard.host.base import HostReader, Unreadable
from wizard.plans import Command

TIMEOUT = 20.0
"Seconds: a map that asks the network may be slow; one that is down must not keep us."
SECONDS = 60.0
"For all questions of one fact: a resolver that is down costs seconds for each."
_PLAIN = re.compile(r"\w[\w.-]*", re.ASCII)
LONGEST = 1000
"Characters of a name that is put to it."


class Verified(Struct, frozen=True):
    """Sendmail's answer."""

    destinations: tuple[Destination, ...]
    "None where it refuses the address."
    says: tuple[str, ...]


def verify(host: HostReader, sendmail: str, cf_path: str, address: str, *options: str) -> Verified:
    """Ask. Raises Unreadable where there is no answer that holds."""
    if not address or not address.isprintable() or len(address) > LONGEST:
        raise Unreadable("a name that cannot be put to Sendmail")
    if host.identity().euid != 0:
        raise Unreadable("sendmail -bv misleads anybody but root", "Run it as root.")
    argv = (sendmail, "-C", cf_path, *options, "-bv", "--", address)
    answer = parse_answer(host.probe(Command(argv, TIMEOUT, ok_codes=tuple(range(256)))))
    if answer.trouble:
        raise Unreadable(f"{Command(argv)}: {answer.trouble}")
    said = tuple(line for line in answer.says if " deliverable: " in line)
    return Verified(answer.destinations, said or answer.says[:3])


def hub_takes(cf: Cf, classes: Classes) -> Callable[[str], bool]:
    """Whether MAIL_HUB takes mail for a plain name: all but those of class L go there."""
    kept = frozenset(name.lower() for name in classes.l)
    here = bool(cf.macros.get("H", ""))
    return lambda name: here and bool(_PLAIN.fullmatch(name)) and name.lower() not in kept
