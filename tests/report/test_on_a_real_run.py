"""A finding accepted on a real relay is in plan, journal and report, with the reason."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.engine.relay import PLAN, Relay
from tests.lab.opening import open_or_skip

pytestmark = pytest.mark.lab

CHECK = "config.hand-edited"
REASON = "the <edit> was for a test, ticket 4711 | *gone*"
STATE = "/var/lib/stepdown"


@pytest.fixture(scope="module")
def relay() -> Iterator[Relay]:
    """A relay with a cf edited by hand, taken there with the edit accepted as lost."""
    with open_or_skip("hand-edited-cf") as lab:
        one = Relay(lab)
        one.make_plan("--edit", "mc", "--accept", f"{CHECK}={REASON}")
        one.apply()
        yield one


def written(relay: Relay, what: str, name: str) -> str:
    """What `stepdown report` writes to a file of that name."""
    assert name in relay.expect(0, "report", what, "-o", f"/root/{name}")
    assert relay.lab.manifest(f"/root/{name}")[f"/root/{name}"].mode == 0o600
    return relay.lab.read(f"/root/{name}").decode()


def run_of(relay: Relay) -> str:
    return str(relay.runs()[-1]["run"])


def accepted(source: str) -> list[dict[str, Any]]:
    return list(json.loads(source)["accepted"])


def test_the_plan_holds_it(relay: Relay) -> None:
    assert json.loads(relay.lab.read(PLAN))["accepted"] == {CHECK: REASON}
    (one,) = accepted(written(relay, PLAN, "plan.json.json"))
    assert (one["check_id"], one["reason"], one["journaled"]) == (CHECK, REASON, None)


def test_the_journal_holds_it_and_tells_it(relay: Relay) -> None:
    path = f"{STATE}/runs/{run_of(relay)}/journal.jsonl"
    events = [json.loads(line) for line in relay.lab.read(path).splitlines()]
    told = [e for e in events if e["type"] == "accepted"]
    assert [(e["check_id"], e["reason"]) for e in told] == [(CHECK, REASON)]
    first_op = next(e["seq"] for e in events if e["type"] == "op")
    assert told[0]["seq"] < first_op
    assert f"accepted: {CHECK}: {REASON}" in relay.expect(0, "attach")


def test_the_report_of_the_run_holds_it(relay: Relay) -> None:
    run = run_of(relay)
    document = written(relay, run, "run.json")
    (one,) = accepted(document)
    assert (one["reason"], one["journaled"]) == (REASON, True)
    assert one["question"].endswith("?")
    told = json.loads(document)
    assert (told["kind"], told["state"]["word"], told["run"]["id"]) == ("run", "Done", run)
    assert {proof["outcome"] for proof in told["run"]["proofs"]} <= {"pass", "skipped"}
    assert {step["ran"]["state"] for step in told["steps"]} == {"done"}
    assert 0 < told["run"]["outage_seconds"] < 60
    assert told["run"]["unread"] == 0
    assert "&lt;edit&gt;" in written(relay, run, "run.html")
    assert r"the \<edit\> was for a test, ticket 4711 \| \*gone\*" in written(relay, run, "run.md")


def test_others_are_told_nothing_and_given_no_traceback(relay: Relay) -> None:
    done = relay.stepdown("report", run_of(relay), "-o", "/tmp/theirs.md", user="smmsp")
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    listed = relay.stepdown("check", "--list", user="smmsp")
    assert (listed.returncode, listed.stderr) == (0, b"")
    assert CHECK.encode() in listed.stdout


def test_after_the_rollback_the_report_tells_that_too(relay: Relay) -> None:
    relay.rollback()
    told = json.loads(written(relay, run_of(relay), "undone.json"))
    assert told["state"]["word"] == "Rolled back"
    assert {step["ran"]["state"] for step in told["steps"]} == {"undone"}
    assert told["accepted"][0]["reason"] == REASON
