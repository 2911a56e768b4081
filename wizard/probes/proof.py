"""What is to be proven, what every proof may look at, and how a proof is worded."""

from __future__ import annotations

import time
from collections.abc import Callable

from msgspec import Struct

from wizard.events import Event, Proof
from wizard.facts.cf import parse
from wizard.facts.cf_model import Cf
from wizard.host.base import HostReader
from wizard.model import Outcome
from wizard.platforms.base import Platform
from wizard.probes.log.watch import LogWatch
from wizard.probes.process.sampler import Sampler
from wizard.probes.session.baseline import Baseline

UNDO = "Roll back: until this is mended the relay does not do its work."


class Target(Struct, frozen=True):
    """What is to be proven."""

    address: str
    "`ADDRESS:PORT` to speak SMTP to, of the port that is asked first."
    uid: int
    "Of the account; 0 where the cf names none."
    gid: int
    user: str
    probe_to: str
    since: float
    "Moment of the switch; 0: now."
    baseline: Baseline | None
    "What the relay did before the switch; None where that was not recorded."
    unrecorded: str = "not recorded"
    "Why there is no baseline, where there is none."
    run: str = ""
    group: str = ""
    purpose: str = "migrate"
    "As in Choices: what a `restore` has to prove is that children are root again."
    edit: str = ""
    "As in Choices: `cf` where a cf that no .mc makes was chosen."
    later: bool = False
    "True: asked of a host that was switched some time ago, not by the switch itself."
    accepted: dict[str, str] = {}
    "Check id to the reason why its finding was accepted."
    guard: dict[str, bytes] = {}
    "Path to content of what the run wrote as its guard; empty where that is not known."


class Proving:
    """One round of proofs: what each of them may look at, and where it tells what it found."""

    def __init__(
        self, host: HostReader, platform: Platform, target: Target, emit: Callable[[Event], None]
    ) -> None:
        """Begin to watch the log and the processes. Raises Unreadable where there is no log."""
        self.host = host
        self.platform = platform
        self.target = target
        self.emit = emit
        self.since_switch = LogWatch(host, platform, target.since)
        "The log since the switch, or since now where no switch is known."
        self.of_round = LogWatch(host, platform)
        "The log since this round of proofs began."
        self.sampler = Sampler(host)
        self.proofs: list[Proof] = []

    def cf(self) -> Cf:
        """The cf as it is this moment. Raises Unreadable."""
        path = self.host.resolve(self.platform.cf_path)
        return parse(path, self.host.state(path, content=True).text())

    def prove(
        self,
        proof_id: str,
        outcome: Outcome,
        title: str,
        evidence: tuple[str, ...] = (),
        meaning: str = "",
    ) -> None:
        """Tell a proof; its meaning only where it failed."""
        self.tell(proof_of(proof_id, outcome, title, evidence, meaning))

    def tell(self, proof: Proof) -> None:
        """Tell a proof."""
        self.proofs.append(proof)
        self.emit(proof)

    @property
    def failed(self) -> bool:
        """Whether one of the proofs so far does not hold."""
        return not all(holds(proof) for proof in self.proofs)


def proof_of(
    proof_id: str,
    outcome: Outcome,
    title: str,
    evidence: tuple[str, ...] = (),
    meaning: str = "",
) -> Proof:
    """A proof as an event; what a failure means is told of failures only."""
    good = outcome in (Outcome.PASS, Outcome.SKIPPED)
    return Proof(0, time.time(), proof_id, outcome, title, evidence, "" if good else meaning)


def holds(proof: Proof) -> bool:
    """False for what failed or could not be looked at; SKIPPED is told, and holds."""
    return proof.outcome in (Outcome.PASS, Outcome.SKIPPED)
