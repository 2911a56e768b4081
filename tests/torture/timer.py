"""The timer outside the wizard: it undoes an unconfirmed run whatever became of the wizard."""

from __future__ import annotations

from tests.engine.deadman import CASES
from tests.engine.relay import Relay
from wizard.lab.practice import Init, Lab

INITS: tuple[Init, ...] = ("systemd", "script")


def main(_seed: int) -> int:
    """Every case under both inits; returns how many did not hold."""
    wrong = 0
    for init in INITS:
        with Lab.open("relay", init=init) as lab:
            for case in CASES:
                found = case(Relay(lab))
                held = found.undone and 0 <= found.fired <= found.allowed
                wrong += not held
                print(f"  {found.line()}{'' if held else '   WRONG'}", flush=True)
    print(f"timer: {len(INITS) * len(CASES)} cases, {wrong} wrong", flush=True)
    return wrong
