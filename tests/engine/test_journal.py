"""The journal: numbered, whole lines only, and what is to be undone in which order."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard import journal
from wizard.errors import StepdownError
from wizard.events import Event, JournalRecord, OpState, Output, PhaseChanged, Saved
from wizard.journal import Journal, Reader, to_undo
from wizard.model import FileState, Kind, Phase
from wizard.snapshot import Snapshot


def record(step: str, op: int, state: OpState, seq: int = 0, **more: object) -> JournalRecord:
    return JournalRecord(seq, 0.0, "digest", step, op, state, **more)  # type: ignore[arg-type]


def test_events_are_numbered_and_read_back(tmp_path: Path) -> None:
    log = Journal(tmp_path)
    log.add(PhaseChanged(0, 0.0, Phase.APPLYING))
    log.add(Output(0, 0.0, "one", "ünïcode\nand two lines"))
    log.close()
    events = journal.read(tmp_path)
    assert [e.seq for e in events] == [1, 2]
    assert (tmp_path / journal.NAME).read_bytes().count(b"\n") == 2
    assert (tmp_path / journal.NAME).stat().st_mode & 0o777 == 0o600


def test_a_torn_last_line_is_ended_and_passed_over(tmp_path: Path) -> None:
    log = Journal(tmp_path)
    log.add(record("one", 0, OpState.INTENT))
    log.close()
    with (tmp_path / journal.NAME).open("ab") as stream:
        stream.write(b'{"type":"op","seq":2,"ti')
    again = Journal(tmp_path)
    again.add(record("one", 0, OpState.UNDONE))
    again.close()
    events = journal.read(tmp_path)
    assert [getattr(e, "state", None) for e in events] == [OpState.INTENT, OpState.UNDONE]
    assert events[-1].seq == 3


def test_a_reader_leaves_a_line_that_is_not_whole_yet(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    assert reader.new_events() == []
    log = Journal(tmp_path)
    log.add(Output(0, 0.0, "", "first"))
    with (tmp_path / journal.NAME).open("ab") as stream:
        stream.write(b'{"type":"output","seq":2,"time":0,')
    assert len(reader.new_events()) == 1
    assert reader.new_events() == []
    with (tmp_path / journal.NAME).open("ab") as stream:
        stream.write(b'"step":"","text":"second"}\n')
    assert [getattr(e, "text", "") for e in reader.new_events()] == ["second"]
    log.close()


def test_no_journal_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(StepdownError, match=journal.NAME):
        journal.read(tmp_path)


def test_what_is_to_be_undone_latest_first() -> None:
    events: list[Event] = [
        record("a", 0, OpState.INTENT, 1),
        record("a", 0, OpState.DONE, 2, left={"/etc/passwd": "x"}),
        record("a", 1, OpState.INTENT, 3),
        record("a", 1, OpState.FAILED, 4),
        record("b", 0, OpState.INTENT, 5),
    ]
    found = list(to_undo(events))
    assert [(r.step, r.op) for r in found] == [("b", 0), ("a", 1), ("a", 0)]
    assert found[-1].left == {"/etc/passwd": "x"}


def test_what_was_undone_is_not_undone_again() -> None:
    events: list[Event] = [
        record("a", 0, OpState.INTENT, 1),
        record("b", 0, OpState.INTENT, 2),
        record("b", 0, OpState.UNDOING, 3),
        record("b", 0, OpState.UNDONE, 4),
        record("a", 0, OpState.UNDOING, 5),
    ]
    assert [r.step for r in to_undo(events)] == ["a"]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(OpState)), max_size=30))
def test_an_intent_without_undone_is_never_forgotten(story: list[tuple[str, OpState]]) -> None:
    events: list[Event] = [record(s, 0, state, n) for n, (s, state) in enumerate(story)]
    still_open: set[str] = set()
    for step, state in story:
        if state is OpState.INTENT:
            still_open.add(step)
        elif state is OpState.UNDONE:
            still_open.discard(step)
    found = {r.step for r in to_undo(events)}
    assert found >= still_open
    if OpState.FAILED not in {state for _step, state in story}:
        assert found == still_open


def test_once_an_undo_has_failed_all_is_undone_again() -> None:
    """The guard gives the queue away again while the cf could not be given back."""
    events: list[Event] = [
        record("queue", 0, OpState.INTENT, 1),
        record("cf", 0, OpState.INTENT, 2),
        record("cf", 0, OpState.UNDOING, 3),
        record("cf", 0, OpState.FAILED, 4),
        record("queue", 0, OpState.UNDOING, 5),
        record("queue", 0, OpState.UNDONE, 6),
    ]
    assert [r.step for r in to_undo(events)] == ["cf", "queue"]


def test_a_snapshot_gives_back_what_was_saved(tmp_path: Path) -> None:
    snapshot = Snapshot(tmp_path)
    state = FileState(Kind.FILE, 0o600, size=2, content=b"\0\xff")
    saved = snapshot.save(state)
    assert saved.state.content is None, "no content in the journal"
    assert snapshot.load(saved) == state
    assert snapshot.load(Saved(FileState(Kind.ABSENT))).exists is False
    for path in (tmp_path / "snapshot").iterdir():
        assert path.stat().st_mode & 0o777 == 0o600


def test_a_damaged_snapshot_is_never_put_back(tmp_path: Path) -> None:
    snapshot = Snapshot(tmp_path)
    saved = snapshot.save(FileState(Kind.FILE, content=b"good"))
    (tmp_path / "snapshot" / saved.blob).write_bytes(b"evil")
    with pytest.raises(StepdownError, match="damaged"):
        snapshot.load(saved)
