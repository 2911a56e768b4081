"""Which program answers to /usr/sbin/sendmail, and which version it says it is."""

from __future__ import annotations

import re

from wizard.facts.model import Sendmail
from wizard.host.base import HostReader
from wizard.plans import Command

_SECONDS = 15.0
"It tells its version before it reads a cf or waits for a name server."
VERSION = re.compile(r"^Version (\S+)", re.MULTILINE)


def gather(host: HostReader, path: str) -> Sendmail:
    """Ask the binary with `-d0.1 -bv`, which reads no map and starts nothing (op guide 4.5).

    Raises Unreadable where it cannot be run.
    """
    real = host.resolve(path)
    if not host.state(real).exists:
        return Sendmail(path, False, says=f"{path} is not there")
    command = Command((path, "-d0.1", "-bv", "root"), timeout=_SECONDS, ok_codes=tuple(range(256)))
    output = host.probe(command).output
    found = VERSION.search(output)
    if found is None:
        first = next(iter(output.splitlines()), "nothing")
        return Sendmail(real, False, says=f"{path} -d0.1 says: {first}")
    return Sendmail(real, True, found.group(1), f"{path} is Sendmail {found.group(1)}")
