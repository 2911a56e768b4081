"""The catalogue itself: enough faults, each another one."""

from __future__ import annotations

from tests.faults.catalogue import FAULTS, FORESEEN, of

LABS = (("relay", "systemd"), ("milter-tls", "systemd"), ("relay", "script"))
"Those that a test module opens."


def test_there_are_at_least_thirty_five_faults_each_with_an_id_of_its_own() -> None:
    assert len(FAULTS) >= 35
    assert len({one.id for one in FAULTS}) == len(FAULTS)


def test_each_fault_is_seeded_in_another_way() -> None:
    assert len({one.seed for one in FAULTS}) == len(FAULTS)
    assert len({one.seed for one in FORESEEN}) == len(FORESEEN)


def test_each_fault_names_something_and_has_an_effect_of_its_own() -> None:
    for one in FAULTS:
        assert one.proofs and all(one.names) and one.names and one.effect and one.title, one.id
        assert one.touches or one.heal, f"{one.id} is not healed"


def test_each_fault_is_tried() -> None:
    assert sum(len(of(scenario, init)) for scenario, init in LABS) == len(FAULTS)


def test_what_is_foreseen_is_in_the_catalogue_or_only_there() -> None:
    assert len({one.id for one in FORESEEN}) == len(FORESEEN)
    assert all(one.names and one.finds for one in FORESEEN)
