"""Faults that need a host without systemd and its journal."""

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
    with open_or_skip("relay", init="script") as lab:
        yield migrated(Relay(lab))


@pytest.mark.parametrize("fault", of("relay", "script"), ids=lambda fault: fault.id)
def test_a_fault_is_named(bench: Bench, fault: Fault) -> None:
    assert_named(bench, fault)


def test_the_healed_relay_is_proven(bench: Bench) -> None:
    assert_healthy(bench)
