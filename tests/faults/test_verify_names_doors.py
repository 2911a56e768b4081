"""Faults of keys, milters and status files are named, on a relay that has all of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.engine.relay import Relay
from tests.faults.bench import Bench, assert_healthy, assert_named, migrated
from tests.faults.catalogue import of
from tests.faults.fault import Fault
from tests.lab.opening import open_or_skip

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with open_or_skip("milter-tls", init="systemd") as lab:
        yield migrated(Relay(lab))


def test_the_migrated_relay_is_proven(bench: Bench) -> None:
    assert_healthy(bench)


@pytest.mark.parametrize("fault", of("milter-tls", "systemd"), ids=lambda fault: fault.id)
def test_a_fault_is_named(bench: Bench, fault: Fault) -> None:
    assert_named(bench, fault)


def test_the_healed_relay_is_proven(bench: Bench) -> None:
    assert_healthy(bench)
    assert bench.relay.relays("after all faults")
