"""The command line's public contract: exit codes, JSON documents, no prompt without a terminal."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest

from tests.engine.relay import PLAN, PROBE, Relay
from tests.lab.opening import open_or_skip

pytestmark = pytest.mark.lab

RESULT = {"id", "outcome", "severity", "title", "evidence", "why", "remedy"}
RUN = {"run", "phase", "alive", "unfinished", "started", "plan_digest", "deadline", "message"}


def waiting_run(relay: Relay, minutes: str) -> str:
    """An apply that comes to AWAITING_CONFIRMATION; the run's id."""
    relay.make_plan()
    front = relay.lab.popen(["stepdown", "apply", PLAN, "--yes", "--confirm-within", minutes])
    end = time.monotonic() + 60
    while not (runs := relay.runs()) or runs[-1]["phase"] != "awaiting-confirmation":
        assert time.monotonic() < end, runs
        time.sleep(0.1)
    front.kill()
    front.wait()
    return str(runs[-1]["run"])


def rows_of(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in document["results"]}


def test_check_is_ready_and_one_document(relay: Relay) -> None:
    told = relay.document(0, "check")
    assert told["schema"] == "stepdown.check/1"
    assert (told["host"], told["verdict"]) == ("relay1.example.net", "ready")
    assert len(told["results"]) >= 12
    for row in told["results"]:
        assert set(row) >= RESULT, row
        assert isinstance(row["evidence"], list)


def test_plan_is_one_sealed_document(relay: Relay) -> None:
    told = relay.document(0, "plan", *PROBE)
    assert told["schema"] == "stepdown.plan/1"
    assert re.fullmatch(r"[0-9a-f]{64}", told["digest"])
    assert told["choices"]["probe_to"] == "x@example.org"


def test_a_saved_plan_is_for_its_owner_only(relay: Relay) -> None:
    relay.make_plan()
    assert relay.lab.manifest(PLAN)[PLAN].mode == 0o600


def test_verify_before_the_migration_fails_by_name(relay: Relay) -> None:
    told = relay.document(1, "verify", *PROBE)
    assert (told["schema"], told["verdict"]) == ("stepdown.verify/1", "failed")
    rows = rows_of(told)
    assert rows["child.identity"]["outcome"] == "found"
    assert rows["message.relayed"]["outcome"] == "pass"


def test_no_run_yet(relay: Relay) -> None:
    with open_or_skip(init="script") as lab:
        fresh = Relay(lab)
        assert fresh.document(0, "status")["runs"] == []
        for words in (("rollback", "--yes"), ("confirm",), ("attach",)):
            assert "no run" in fresh.expect(1, *words)


@pytest.mark.parametrize("command", ["rollback", "attach", "confirm"])
@pytest.mark.parametrize("run", ["20200101T000000Z-none", "../../etc", ".", "/etc"])
def test_an_unknown_run(relay: Relay, command: str, run: str) -> None:
    words = (command, run, "--yes") if command == "rollback" else (command, run)
    told = relay.expect(1, *words)
    assert "no run" in told
    assert "Traceback" not in told


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("apply",), "PLAN"),
        (("nonsense",), "nonsense"),
        (("plan", "--uid", "many"), "--uid"),
        (("plan", "--uid", "0"), "uid"),
        (("plan", "--user", "Send Mail"), "user"),
        (("plan", "--user", "-r"), "user"),
        (("plan", "--edit", "both"), "--edit"),
        (("plan", "--switch", "magic"), "--switch"),
        (("plan", "--probe-to", "nobody"), "probe_to"),
        (("plan", "--probe-to", "a@b\nRCPT TO:<c@d>"), "probe_to"),
        (("plan", "--accept", "relay.alias-programs"), "reason"),
        (("plan", "--accept", "relay.no-such-check=because"), "relay.no-such-check"),
        (("plan", "--confirm-within", "-1"), "confirm"),
        ((), "terminal"),
    ],
)
def test_words_that_are_off_end_with_2(relay: Relay, words: tuple[str, ...], named: str) -> None:
    told = relay.expect(2, *words)
    assert named in told
    assert "Traceback" not in told


def test_nothing_is_asked_without_a_terminal(relay: Relay) -> None:
    relay.make_plan()
    before = relay.whole()
    assert "--yes" in relay.expect(2, "apply", PLAN)
    assert relay.whole() == before


@pytest.mark.parametrize(
    ("answers", "named"),
    [
        (b'{"usr": "sendmail"}', "usr"),
        (b'{"uid": "many"}', "uid"),
        (b'{"edit": "both"}', "edit"),
        (b"not json", "/root/answers.json"),
        (b"", "/root/answers.json"),
    ],
)
def test_an_answers_file_with_a_bad_field(relay: Relay, answers: bytes, named: str) -> None:
    relay.lab.write("/root/answers.json", answers)
    assert named in relay.expect(2, "plan", "--answers", "/root/answers.json")


def test_an_answers_file_is_all_of_the_choices(relay: Relay) -> None:
    answers = b'{"user": "relay", "group": "relay", "uid": 433, "gid": 433, "probe_to": "a@b.net"}'
    relay.lab.write("/root/answers.json", answers)
    told = relay.document(0, "plan", "--answers", "/root/answers.json", "--uid", "434")
    assert (told["uid"], told["gid"]) == (434, 433), "an option wins over the file"
    assert told["choices"]["user"] == "relay"


def test_taken_names_and_ids_are_refused(relay: Relay) -> None:
    for words in (("--user", "smmsp", "--group", "smmsp"), ("--gid", "24"), ("--uid", "101")):
        assert "Traceback" not in relay.expect(3, "plan", *words), words


def test_a_change_that_nobody_confirms_undoes_itself(relay: Relay) -> None:
    """Exit code 5, and attach tells the whole story afterwards."""
    relay.make_plan()
    before = relay.whole()
    told = relay.expect(5, "apply", PLAN, "--yes", "--confirm-within", "0.02")
    assert "stepdown confirm" in told
    assert "Nobody confirmed" in told
    assert relay.whole() == before
    assert relay.relays("after the deadline")
    assert "Nobody confirmed" in relay.expect(5, "attach")
    assert "rolled back already" in relay.expect(1, "rollback", "--yes")
    assert "no run waits to be confirmed" in relay.expect(1, "confirm")


def test_trouble_that_comes_while_a_change_waits_is_told(relay: Relay) -> None:
    run = waiting_run(relay, "5")
    journal = f"/var/lib/stepdown/runs/{run}/journal.jsonl"
    assert "The log stays clean" not in relay.lab.read(journal).decode()
    said = 'NOQUEUE: SYSERR(root): hash map "access": unsafe map file /etc/mail/access.db'
    relay.said("logger", "-t", "sm-mta[99]", "-p", "mail.crit", said)
    end = time.monotonic() + 30
    while "The log stays clean" not in (told := relay.lab.read(journal).decode()):
        assert time.monotonic() < end, told[-500:]
        time.sleep(0.5)
    last = [json.loads(line) for line in told.splitlines() if "The log stays clean" in line][-1]
    assert last["outcome"] == "found"
    assert "unsafe map file /etc/mail/access.db" in last["evidence"][0]
    relay.rollback()


def test_a_confirmed_change_is_kept_and_one_run_at_a_time(relay: Relay) -> None:
    run = waiting_run(relay, "5")
    busy = relay.expect(3, "apply", PLAN, "--yes")
    assert run in busy or "checks block" in busy
    row = relay.runs()[-1]
    assert set(row) >= RUN
    assert row["alive"] is True
    assert row["deadline"] > row["started"]
    assert "Kept" in relay.expect(0, "confirm", run)
    assert "Done" in relay.expect(0, "attach", run)
    rows = rows_of(relay.document(0, "verify", *PROBE))
    assert {row["outcome"] for row in rows.values()} <= {"pass", "skipped"}
    assert "host.migrated" in relay.expect(3, "plan")
    assert run in relay.expect(0, "status")
    assert "--yes" in relay.expect(2, "rollback")
    relay.expect(0, "rollback", run, "--yes")
    assert relay.document(0, "check")["verdict"] == "ready"


def test_rollback_while_the_engine_waits_ends_it(relay: Relay) -> None:
    run = waiting_run(relay, "5")
    assert "Rolled back" in relay.expect(0, "rollback", run, "--yes")
    assert relay.runs()[-1]["phase"] == "rolled-back"


def test_a_second_engine_is_refused_by_the_lock_and_told_the_holder(relay: Relay) -> None:
    run = waiting_run(relay, "5")
    engine = ["/usr/bin/python3", "-P", "-m", "wizard.engine_process", run, "rollback"]
    environ = relay.said(
        "/bin/sh", "-c", "tr '\\0' '\\n' < /proc/$(pgrep -of engine_proces[s])/environ"
    )
    env = dict(line.split("=", 1) for line in environ.splitlines() if "=" in line)
    done = relay.lab.run(engine, env=env)
    assert done.returncode != 0
    assert run in (done.stdout + done.stderr).decode()
    relay.expect(0, "rollback", run, "--yes")


def test_runs_are_roots(relay: Relay) -> None:
    """Whoever may not look is told so, whatever run is named."""
    relay.said("sh", "-c", "umask 077; mkdir -p /var/lib/stepdown/runs")
    for words in (("status",), ("confirm", "x"), ("attach", "x")):
        done = relay.stepdown(*words, user="smmsp")
        assert done.returncode == 1
        assert b"Permission denied\n  Run as root." in done.stderr
