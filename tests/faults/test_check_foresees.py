"""What can be foreseen stops the migration before anything has changed, and is named."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.engine.relay import Relay
from tests.faults.bench import Bench, assert_foreseen, assert_ready, not_migrated
from tests.faults.catalogue import FORESEEN
from tests.faults.fault import Foreseen
from tests.lab.opening import open_or_skip

pytestmark = pytest.mark.lab

PLAIN = [one for one in FORESEEN if one.scenario == "relay"]
DOORS = [one for one in FORESEEN if one.scenario == "milter-tls"]


@pytest.fixture(scope="module")
def plain() -> Iterator[Bench]:
    with open_or_skip("relay", init="systemd") as lab:
        yield not_migrated(Relay(lab))


@pytest.fixture(scope="module")
def doors() -> Iterator[Bench]:
    with open_or_skip("milter-tls", init="systemd") as lab:
        yield not_migrated(Relay(lab))


@pytest.mark.parametrize("fault", PLAIN, ids=lambda fault: fault.id)
def test_a_fault_is_foreseen(plain: Bench, fault: Foreseen) -> None:
    assert_foreseen(plain, fault)


def test_the_healed_relay_is_ready(plain: Bench) -> None:
    assert_ready(plain)


@pytest.mark.parametrize("fault", DOORS, ids=lambda fault: fault.id)
def test_a_fault_of_keys_and_milters_is_foreseen(doors: Bench, fault: Foreseen) -> None:
    assert_foreseen(doors, fault)


def test_the_healed_relay_with_keys_and_a_milter_is_ready(doors: Bench) -> None:
    assert_ready(doors)
