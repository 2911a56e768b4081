"""Sessions of a real relay while it is migrated and undone: listed, waited for, nothing lost."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engine.relay import PLAN, Relay
from tests.lab.opening import open_or_skip
from tests.torture.load import SINK, Loaded, loaded
from wizard.lab.namespaces import InsideProcess
from wizard.lab.practice import Lab

CLIENT = Path(__file__).parent / "slow_client.py"
CLIENTS = 2
"Of the load: one with a persistent session, one with a connection a message."
JOURNALS = "/var/lib/stepdown/runs/*/journal.jsonl"


@pytest.fixture(scope="module")
def load() -> Iterator[Loaded]:
    """A relay that two clients never leave alone, and a next hop that counts."""
    with open_or_skip(init="script") as lab:
        lab.write("/root/slow_client.py", CLIENT.read_bytes())
        yield Loaded(Relay(lab))


def within(seconds: float, happened: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def events(lab: Lab) -> list[dict[str, Any]]:
    """All that the runs of this lab tell, oldest first."""
    text = lab.run(["/bin/sh", "-c", f"cat {JOURNALS}"]).stdout.decode()
    return [json.loads(line) for line in text.splitlines() if line.endswith("}")]


def begun(lab: Lab, step: str) -> bool:
    return any(one.get("step") == step and one["type"] == "op" for one in events(lab))


def waited_for(lab: Lab, step: str) -> list[dict[str, Any]]:
    """The first list of sessions that a step told."""
    found = [one for one in events(lab) if one["type"] == "sessions" and one["step"] == step]
    return list(found[0]["rows"]) if found else []


def in_a_message(lab: Lab, name: str) -> InsideProcess:
    """A client that has sent all but the final dot, and sends that when `/root/go` is there."""
    lab.run(["rm", "-f", "/root/go", "/root/replies", "/root/replies.begun"])
    words = (f"id {name}", "/root/go", "/root/replies")
    client = lab.popen(["/usr/bin/python3", "/root/slow_client.py", *words])
    assert within(10, lambda: lab.run(["test", "-e", "/root/replies.begun"]).returncode == 0)
    return client


def replies(lab: Lab) -> list[str]:
    return lab.read("/root/replies").decode().splitlines()


def test_the_admin_goes_on_and_a_message_in_the_middle_comes_again(load: Loaded) -> None:
    relay, lab = load.relay, load.relay.lab
    relay.make_plan("--switch", "restart", "--drain", "600")
    client = in_a_message(lab, "in-the-middle")
    with load.under("apply", 100, CLIENTS) as counted:
        engine = lab.popen(["stepdown", "apply", PLAN, "--yes", "--confirm-within", "0"])
        assert within(60, lambda: bool(waited_for(lab, "service-drain")))
        found = [(one["peer"], one["state"]) for one in waited_for(lab, "service-drain")]
        assert ("localhost [127.0.0.1]", "DATA") in found
        relay.expect(0, "go-on")
        assert within(60, lambda: begun(lab, "old-children"))
        relay.said("touch", "/root/go")
        assert engine.wait(180) == 0
        assert client.wait(30) == 0
    assert replies(lab)[0].startswith("421"), replies(lab)
    assert replies(lab)[-1].startswith("250"), replies(lab)
    assert "in-the-middle mail" in lab.read(SINK).decode()
    assert counted[0].accepted >= 100
    assert counted[0].whole, str(counted[0])


def test_the_outage_of_it_is_told_with_what_was_predicted(load: Loaded) -> None:
    told = [one["text"] for one in events(load.relay.lab) if one["type"] == "output"]
    (sums,) = [text for text in told if "in all; predicted: 2.3 s" in text]
    assert sums.startswith("port 25 was closed for ")


def test_no_root_child_is_left_and_a_go_on_without_an_engine_is_refused(load: Loaded) -> None:
    rows = load.relay.said("ps", "-eo", "user=,args=").splitlines()
    assert [row for row in rows if row.startswith("root") and "cmd read" in row] == []
    assert "waits for no session" in load.relay.expect(1, "go-on")


def test_an_undo_takes_a_message_on_its_way_in_and_its_client_notices_nothing(
    load: Loaded,
) -> None:
    lab = load.relay.lab
    client = in_a_message(lab, "until-the-dot")
    mark = f"/var/lib/stepdown/runs/{load.relay.runs()[-1]['run']}/go-on"
    lab.write(mark, b"", 0o600)  # left when nobody waited; what was asked before counts no more
    with load.under("rollback", 100, CLIENTS) as counted:
        before = len(events(lab))
        engine = lab.popen(["stepdown", "rollback", "--yes"])
        assert within(30, lambda: any(x["type"] == "sessions" for x in events(lab)[before:]))
        load.relay.said("touch", "/root/go")
        assert engine.wait(120) == 0
        assert client.wait(30) == 0
    assert replies(lab)[0].startswith("250"), replies(lab)
    assert "until-the-dot mail" in lab.read(SINK).decode()
    assert not [x for x in events(lab)[before:] if "as asked" in x.get("text", "")]
    load.relay.said("test", "!", "-e", mark)
    assert counted[0].accepted >= 100
    assert counted[0].whole, str(counted[0])


@pytest.mark.long
@pytest.mark.parametrize("switch", ["restart", "reload"])
def test_ten_thousand_messages_in_each_phase(switch: str) -> None:
    with open_or_skip(init="script") as lab:
        for one in loaded(lab, switch, 10_000):
            assert one.accepted >= 10_000
            assert one.whole, str(one)
