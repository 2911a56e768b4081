"""The live proof: telnet and ps as the article has it, then what telnet and ps cannot see.

A host can pass the article's test and deliver nothing (fact 1). Here is only the order; each
proof is in the module that is named after what it looks at.
"""

from __future__ import annotations

from collections.abc import Callable

from wizard.errors import StepdownError
from wizard.events import Event
from wizard.host.base import HostReader, Unreadable
from wizard.model import Outcome
from wizard.platforms.base import Platform
from wizard.probes.log import proofs as log_proofs
from wizard.probes.process import proofs as process_proofs
from wizard.probes.proof import Proving, Target, proof_of
from wizard.probes.queue import proofs as queue_proofs
from wizard.probes.reach import account
from wizard.probes.reach import files as files_proofs
from wizard.probes.session import proofs as sessions
from wizard.probes.staying import escape, guarded, living, restored

Emit = Callable[[Event], None]
Part = Callable[[Proving], None]

PARTS: tuple[tuple[str, Part], ...] = (
    ("sessions", sessions.prove),
    ("processes", process_proofs.prove),
    ("account", account.prove),
    ("files", files_proofs.prove),
    ("living", living.prove),
    ("queue", queue_proofs.prove),
    ("escape", escape.prove),
    ("guarded", guarded.prove),
    ("log", log_proofs.prove),
)
"In the order in which they are told. A part tells at least one proof."
RESTORED: tuple[tuple[str, Part], ...] = (
    ("sessions", sessions.prove),
    ("restored", restored.prove),
    ("log", log_proofs.prove),
)
"Of a host that went back to root's children."


class Verifier:
    """Runs the proofs once and tells them as they come."""

    def __init__(self, host: HostReader, platform: Platform, target: Target, emit: Emit) -> None:
        self._host = host
        self._platform = platform
        self._target = target
        self._emit = emit

    def run(self) -> bool:
        """True where nothing failed. What could not be proven is told as SKIPPED, with why."""
        try:
            proving = Proving(self._host, self._platform, self._target, self._emit)
        except Unreadable as problem:
            title = "The mail log can be read"
            self._emit(proof_of("log.readable", Outcome.UNKNOWN, title, (str(problem),)))
            return False
        queue_proofs.watch(proving)
        proving.sampler.start()
        try:
            for name, part in RESTORED if self._target.purpose == "restore" else PARTS:
                try:
                    part(proving)
                except StepdownError as problem:  # what could not be looked at is not proven
                    title = f"The proof of {name} could be made"
                    proving.prove(f"{name}.made", Outcome.UNKNOWN, title, (str(problem),))
        finally:
            proving.sampler.stop()
        return not proving.failed
