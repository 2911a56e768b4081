"""A sealed plan reads back as it was; anything else is refused by name."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from wizard.errors import Drift, Refused, StepdownError
from wizard.model import Kind
from wizard.plan_file import SCHEMA, decode, difference, encode, seal
from wizard.plans import (
    Await,
    Choices,
    Command,
    Condition,
    Expected,
    Gate,
    Op,
    Plan,
    RunCommand,
    SetMeta,
    SetMetaTree,
    Step,
    WriteFile,
)

EXPECT = Expected(Kind.FILE, 0, 0, 0o644, "ab" * 32)
TEXT = st.text(max_size=20)
CF = "/etc/mail/sendmail.cf"
BANNER = b"##### built by root@relay1 on %b\n"
IDS = st.integers(0, 2**32 - 1)
COMMANDS = st.builds(
    Command,
    argv=st.lists(TEXT, min_size=1, max_size=4).map(tuple),
    timeout=st.floats(0, 1e6, allow_nan=False),
    stdin=st.binary(max_size=20),
)
OPS: st.SearchStrategy[Op] = st.one_of(
    st.builds(
        WriteFile,
        path=TEXT,
        content=st.binary(),
        uid=IDS,
        gid=IDS,
        mode=IDS,
        expect=st.just(EXPECT),
    ),
    st.builds(SetMeta, path=TEXT, uid=IDS, gid=IDS, mode=IDS, expect=st.just(EXPECT)),
    st.builds(SetMetaTree, path=TEXT, uid=IDS, gid=IDS, dir_mode=IDS, expect=st.just(EXPECT)),
    st.builds(RunCommand, command=COMMANDS, undo=st.none() | COMMANDS),
    st.builds(Gate, command=COMMANDS, reject=TEXT, meaning=TEXT),
    st.builds(
        Await, condition=st.sampled_from(Condition), subject=TEXT, timeout=st.integers(0, 90)
    ),
)
STEPS = st.builds(
    Step,
    id=TEXT,
    title=TEXT,
    why=TEXT,
    recipe=TEXT,
    stage=st.just("before"),
    ops=st.lists(OPS, max_size=4).map(tuple),
)


def plan_of(*steps: Step) -> Plan:
    return seal(Plan(SCHEMA, "relay1", "0" * 16, "debian", Choices(), "f", {}, steps, cf_path=CF))


def step(*ops: Op, name: str = "one") -> Step:
    return Step(name, "", "", "", "before", ops)


META = SetMeta("/etc/mail", 0, 997, 0o2755, EXPECT)


@given(st.lists(STEPS, max_size=4))
def test_any_plan_reads_back_as_it_was(steps: list[Step]) -> None:
    plan = plan_of(*steps)
    assert decode(encode(plan), "plan.json") == plan


@pytest.mark.parametrize(
    ("key", "value"),
    [("host", "relay2"), ("uid", 4), ("cf_path", "/etc/shadow"), ("accepted", {"a": "b"})],
)
def test_an_edited_plan_is_refused(key: str, value: object) -> None:
    document = json.loads(encode(plan_of(step(META))))
    assert document[key] != value
    document[key] = value
    with pytest.raises(Drift, match="changed after it was sealed"):
        decode(json.dumps(document).encode(), "plan.json")


def test_an_operation_cannot_be_slipped_in() -> None:
    document = json.loads(encode(plan_of(step(META))))
    document["steps"][0]["ops"].append({**document["steps"][0]["ops"][0], "path": "/etc"})
    with pytest.raises(Drift):
        decode(json.dumps(document).encode(), "plan.json")


def test_every_torn_plan_is_refused_by_the_files_name() -> None:
    whole = encode(plan_of(step(META)))
    for length in range(len(whole.rstrip())):
        with pytest.raises(StepdownError, match=r"plan\.json"):
            decode(whole[:length], "plan.json")


def test_another_schema_is_named() -> None:
    document = json.loads(encode(plan_of()))
    document["schema"] = "stepdown.plan/9"
    with pytest.raises(StepdownError, match=r"stepdown\.plan/9"):
        decode(json.dumps(document).encode(), "plan.json")


def test_the_moment_in_m4s_banner_alone_is_no_difference() -> None:
    sunday, monday = (BANNER % d for d in (b"Sun Nov 22 08:00:00 UTC 2026", b"Mon Nov 23 1:00"))
    write = WriteFile(CF, sunday + b"O A\n", 0, 0, 0o644, EXPECT)
    reviewed = plan_of(step(write))
    assert difference(reviewed, plan_of(step(replace(write, content=monday + b"O A\n")))) == ""
    assert CF in difference(reviewed, plan_of(step(replace(write, content=monday + b"O B\n"))))
    hidden = sunday + b"O A\n" + BANNER % b"x"
    assert CF in difference(reviewed, plan_of(step(replace(write, content=hidden))))
    mc = replace(write, path="/etc/mail/sendmail.mc")
    assert difference(plan_of(step(mc)), plan_of(step(replace(mc, content=monday + b"O A\n"))))


def test_differences_are_named() -> None:
    one, two = step(META), step(META, name="two")
    assert difference(plan_of(one), plan_of(one)) == ""
    assert "two" in difference(plan_of(one), plan_of(one, two))
    assert "two" in difference(plan_of(one, two), plan_of(one))
    changed = step(replace(META, gid=998))
    assert "/etc/mail" in difference(plan_of(one), plan_of(changed))


def test_a_name_that_is_no_utf8_is_refused_by_name() -> None:
    path = b"/etc/mail/x\xff.db".decode("utf-8", "surrogateescape")
    with pytest.raises(Refused, match=r"x\\udcff\.db.*no UTF-8"):
        plan_of(step(replace(META, path=path)))
