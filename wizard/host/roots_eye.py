"""A host whose Sendmail is asked as root, although its cf says who to become.

On a host that steps down already, wholly or half, `sendmail -bv` by root becomes the account
first: what the account cannot open is then no answer, and every check that asks where mail goes
would be UNKNOWN. Root's own answer is what the children's will be once the account can open it.
"""

from __future__ import annotations

from posixpath import basename

from msgspec.structs import replace

from wizard.host.overlay import OverlayHost
from wizard.plans import Command, Completed

AS_ROOT = ("-O", "RunAsUser=root")


class RootsEye(OverlayHost):
    """Nothing is laid over; only Sendmail itself is asked otherwise."""

    def probe(self, command: Command) -> Completed:
        """As HostReader.probe."""
        program, *words = command.argv
        if basename(program) == "sendmail" and not _as_msp(words):
            command = replace(command, argv=(program, *AS_ROOT, *words))
        return super().probe(command)


def _as_msp(words: list[str]) -> bool:
    """Whether it is asked as the MSP, which refuses to be root."""
    return "-Ac" in words or any(basename(word) == "submit.cf" for word in words)
