"""The log while a change waits to be kept: trouble that comes late is told when it comes."""

from __future__ import annotations

import time

from wizard.errors import StepdownError
from wizard.events import Proof
from wizard.host.base import HostReader
from wizard.model import Outcome
from wizard.platforms.base import Platform
from wizard.probes.log.watch import LogWatch
from wizard.probes.proof import proof_of

INTERVAL = 5.0
"Seconds between two looks."
TITLE = "The log stays clean"
MEANING = (
    "Something went wrong since the proof. Undo it, or find out what it is before you keep it: "
    "what nobody confirms undoes itself."
)
SHOWN = 5
"Troubling lines that are shown."


class LogStays:
    """Watches from its making on; tells `log.clean` anew."""

    def __init__(self, host: HostReader, platform: Platform, since: float, user: str) -> None:
        """since: moment of the switch. Looks first an interval from now."""
        self._host = host
        self._platform = platform
        self._since = since
        self._user = user
        self._begun = self._last = time.monotonic()

    def look(self) -> Proof | None:
        """The proof as it stands now; None where it is not yet time to look again."""
        now = time.monotonic()
        if now - self._last < INTERVAL:
            return None
        self._last = now
        try:
            watch = LogWatch(self._host, self._platform, self._since)
            bad, harmless = watch.trouble(self._user)
        except StepdownError as problem:
            return proof_of("log.clean", Outcome.UNKNOWN, TITLE, (str(problem),), MEANING)
        watched = f"watching: {now - self._begun:.0f} s, {len(bad)} troubling lines"
        named = tuple(f"known to be harmless: {why}" for why in harmless)
        outcome = Outcome.FOUND if bad else Outcome.PASS
        evidence = (*bad[:SHOWN], watched) if bad else (watched, *named)
        return proof_of("log.clean", outcome, TITLE, evidence, MEANING)
