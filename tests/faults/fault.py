"""What a fault is: how it is seeded, what it does, how it is healed, and who must name it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from tests.engine.relay import Relay

Act = str | Callable[[Relay], object]
"Shell lines, run as root inside, or what drives the relay."
Effect = str | Callable[[Relay], bool]
"Shell lines that end with 0, or what returns True, while the fault is there."


class Seeded(Protocol):
    """What the bench needs to know of a fault."""

    @property
    def seed(self) -> Act: ...
    @property
    def touches(self) -> tuple[str, ...]: ...
    @property
    def heal(self) -> Act: ...
    @property
    def reloads(self) -> bool: ...
    @property
    def held(self) -> bool: ...


@dataclass(frozen=True)
class Foreseen:
    """A fault on a host that was not migrated yet; the same id as the fault's, where it has one."""

    id: str
    seed: Act
    finds: str
    "Id of the check that must find it and block."
    names: tuple[str, ...]
    "Words that must stand in what is told."
    touches: tuple[str, ...] = ()
    heal: Act = ""
    choices: tuple[str, ...] = ()
    "Options of `stepdown check`, and of `stepdown plan`, which must be refused too."
    reloads: bool = False
    held: bool = False
    scenario: str = "relay"


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with a migrated relay."""

    id: str
    title: str
    seed: Act
    proofs: tuple[str, ...]
    "Ids of the proofs that must not hold; one of them at least names the thing."
    names: tuple[str, ...]
    "Words that must stand in the evidence or meaning of those proofs; `{qf}` is the waiting entry."
    effect: Effect
    "That the seed has really done its harm, seen by nothing that is under test."
    touches: tuple[str, ...] = ()
    "Paths whose content, owner, mode and ACL are kept before and put back after."
    heal: Act = ""
    "What else puts it right."
    reloads: bool = False
    "The daemon must read its cf again, after the seed and after what was touched is back."
    held: bool = False
    "The guard would put it right within a second: it is stopped meanwhile."
    unknown: bool = False
    "The proof cannot be made: its outcome is `unknown`, not `found`."
    probes: bool = True
    "Whether verify is given an address."
    scenario: str = "relay"
    init: str = "systemd"
