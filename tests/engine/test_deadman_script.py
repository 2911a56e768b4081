"""The timer's script alone, by sh(1), in a run's directory that is made up."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from wizard.deadman.layout import Timer

RUN = "20990101T000000Z-0badcafe"
ROLLED_BACK = '{"type":"phase","seq":9,"time":1.5e9,"phase":"rolled-back","message":""}'
WAITS = '{"type":"phase","seq":3,"time":1.5e9,"phase":"awaiting-confirmation","message":""}'
HOLDER = """
import fcntl, os, sys, time
lock = os.open(sys.argv[2], os.O_RDWR | os.O_CREAT, 0o600)
fcntl.flock(lock, fcntl.LOCK_EX)
os.write(lock, f"{sys.argv[1]} pid {os.getpid()} since now\\n".encode())
print(flush=True)
time.sleep(60)
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A run's directory whose engine, once started, says that all is undone."""
    made = tmp_path / "runs" / RUN
    made.mkdir(parents=True)
    for one in Timer(RUN, str(made), 25, systemd=False).private_files("0"):
        text = one.content.decode().replace("grace=5", "grace=1")
        # Nothing of this machine is asked or told.
        text = text.replace("logger ", ": ").replace("-lt 60 ]", "-lt 0 ]")
        Path(one.path).write_text(text)
    said(made, WAITS)
    engine(made, f"echo expired >>$0.ran; echo '{ROLLED_BACK}' >>{made}/journal.jsonl")
    undo(made, "echo undone >>$0.ran")
    due(made, 0)
    return made


def said(place: Path, line: str) -> None:
    (place / "journal.jsonl").write_text(f'{{"type":"output","text":"x"}}\n{line}\n')


def engine(place: Path, does: str) -> None:
    (place / "engine").write_text(f'[ "$1" = expire ] || exit 9\n{does}\n')


def undo(place: Path, does: str) -> None:
    (place / "undo.sh").write_text(f"{does}\n")


def due(place: Path, seconds: float) -> None:
    new = place / "deadline.new"
    new.write_text(f"{int(time.time() + seconds)}\n")
    new.rename(place / "deadline")


def started(place: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(["/bin/sh", str(place / "unless-confirmed")])


def run(place: Path) -> None:
    """To its end."""
    with started(place) as script:
        assert script.wait(20) == 0


def ran(place: Path, what: str) -> list[str]:
    found = place / f"{what}.ran"
    return found.read_text().split() if found.exists() else []


@pytest.fixture
def holder(place: Path) -> Iterator[subprocess.Popen[bytes]]:
    """An engine of this run that is alive and never does anything."""
    words = [sys.executable, "-c", HOLDER, RUN, str(place.parents[1] / "lock")]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stdout.readline()
        yield process
        process.kill()


def test_past_the_deadline_the_engine_is_started(place: Path) -> None:
    run(place)
    assert ran(place, "engine") == ["expired"]
    assert ran(place, "undo.sh") == []
    assert not (place / "deadline").exists()


def test_it_waits_for_the_deadline(place: Path) -> None:
    due(place, 2)
    deadline = int((place / "deadline").read_text())
    run(place)
    assert ran(place, "engine") == ["expired"]
    assert (place / "engine.ran").stat().st_mtime >= deadline


def test_a_deadline_that_is_set_anew_is_waited_for(place: Path) -> None:
    due(place, 1)
    with started(place) as script:
        due(place, 600)
        with pytest.raises(subprocess.TimeoutExpired):
            script.wait(1.5)
        due(place, -1)
        assert script.wait(20) == 0
    assert ran(place, "engine") == ["expired"]


@pytest.mark.parametrize("phase", ["done", "rolled-back"])
def test_a_run_that_has_ended_is_left_alone(place: Path, phase: str) -> None:
    said(place, WAITS.replace("awaiting-confirmation", phase))
    run(place)
    assert ran(place, "engine") == []
    assert not (place / "deadline").exists()


def test_without_a_deadline_nothing_is_done(place: Path) -> None:
    (place / "deadline").unlink()
    run(place)
    assert ran(place, "engine") == []


def test_a_phase_in_somebodys_words_is_none(place: Path) -> None:
    words = '{"type":"output","seq":4,"time":1.5,"text":"\\"phase\\":\\"done\\""}'
    said(place, f"{WAITS}\n{words}")
    run(place)
    assert ran(place, "engine") == ["expired"]


def test_two_of_it_are_one(place: Path) -> None:
    due(place, 2)
    with started(place) as first:
        while not (place / "unless-confirmed.lock").exists():
            time.sleep(0.01)
        time.sleep(0.3)
        run(place)
        assert first.poll() is None
        assert first.wait(20) == 0
    assert ran(place, "engine") == ["expired"]


@pytest.mark.parametrize(
    "does", ["exit 127", f"echo '{WAITS}' >>$0.log; exit 1"], ids=["no-python", "an-engine-fails"]
)
def test_where_the_engine_cannot_the_plain_script_does(place: Path, does: str) -> None:
    engine(place, f"echo tried >>$0.ran; {does}")
    run(place)
    assert ran(place, "engine") == ["tried", "tried"]
    assert ran(place, "undo.sh") == ["undone"]
    assert "undone by undo.sh" in (place / "unless-confirmed.log").read_text()


def test_what_cannot_be_undone_at_all_is_told(place: Path) -> None:
    engine(place, "exit 1")
    undo(place, "exit 6")
    run(place)
    assert "could NOT be undone" in (place / "unless-confirmed.log").read_text()


def test_an_incomplete_rollback_is_not_begun_a_second_time(place: Path) -> None:
    """The engine has taken the timer away: a person is needed now."""
    engine(place, f"echo tried >>$0.ran; rm {place}/deadline")
    run(place)
    assert ran(place, "engine") == ["tried"]
    assert ran(place, "undo.sh") == []


def test_an_engine_at_work_is_waited_for(place: Path, holder: subprocess.Popen[bytes]) -> None:
    said(place, WAITS.replace("awaiting-confirmation", "applying"))
    due(place, -60)
    with started(place) as script:
        with pytest.raises(subprocess.TimeoutExpired):
            script.wait(1)
        assert holder.poll() is None, "it is at work"
        holder.kill()
        assert script.wait(20) == 0
    assert ran(place, "engine") == ["expired"]


def test_an_engine_that_does_not_answer_is_ended(
    place: Path, holder: subprocess.Popen[bytes]
) -> None:
    run(place)
    assert holder.wait(5) == -9
    assert ran(place, "engine") == ["expired"]


def test_an_engine_that_is_stopped_is_ended(place: Path, holder: subprocess.Popen[bytes]) -> None:
    said(place, WAITS.replace("awaiting-confirmation", "applying"))
    holder.send_signal(19)
    run(place)
    assert holder.wait(5) == -9
    assert ran(place, "engine") == ["expired"]


def test_another_runs_engine_is_never_ended(place: Path, holder: subprocess.Popen[bytes]) -> None:
    lock = place.parents[1] / "lock"
    lock.write_text(lock.read_text().replace(RUN, "20990101T000000Z-another1"))
    due(place, -60)
    with started(place) as script:
        with pytest.raises(subprocess.TimeoutExpired):
            script.wait(1)
        assert holder.poll() is None
        script.kill()
    assert ran(place, "engine") == []
