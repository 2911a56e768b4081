"""Each fault of the relay is named by `stepdown verify`; the healed relay is proven."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.engine.relay import Relay
from tests.faults.bench import Bench, assert_healthy, assert_named, migrated
from tests.faults.catalogue import of
from tests.faults.fault import Fault
from tests.lab.opening import open_or_skip

pytestmark = pytest.mark.lab

FAULTS = of("relay", "systemd")
GROUP = 8
"Faults between two looks at the healed relay."


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with open_or_skip("relay", init="systemd") as lab:
        yield migrated(Relay(lab))


def test_the_migrated_relay_is_proven(bench: Bench) -> None:
    assert_healthy(bench)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.id)
def test_a_fault_is_named(bench: Bench, fault: Fault) -> None:
    assert_named(bench, fault)
    if FAULTS.index(fault) % GROUP == GROUP - 1:
        assert_healthy(bench)


def test_the_healed_relay_is_proven(bench: Bench) -> None:
    assert_healthy(bench)
    assert bench.relay.relays("after all faults")
