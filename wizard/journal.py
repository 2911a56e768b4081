"""The journal of a run: one JSON line an event, on disk before and after each act.

Everything that a run tells goes through here, so that the screens, line mode, `attach` and a
rollback a week later read the same story. Operations and phases are fsynced; chatter is not.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import BinaryIO

import msgspec
from msgspec.structs import replace

from wizard.errors import StepdownError
from wizard.events import Event, JournalRecord, OpState, PhaseChanged
from wizard.host.private import open_private, sync_directory

NAME = "journal.jsonl"
_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)


class Journal:
    """Appends to one run's journal. Only the engine process has one."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / NAME
        self._lock = Lock()
        self._torn = False
        "The last line could not be written whole: the next one begins on a line of its own."
        self.tolerant = False
        "True: what cannot be written is lost. For a rollback, which nothing may keep from undoing."
        self._descriptor = open_private(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
        self._seq = _end_torn_line(self._descriptor)
        sync_directory(directory)

    def add(self, event: Event) -> None:
        """Number, date and append an event. Raises OSError where the disk will not take it."""
        try:
            self._write(event)
        except OSError:
            if not self.tolerant:
                raise

    def _write(self, event: Event) -> None:
        with self._lock:
            numbered = replace(event, seq=self._seq + 1, time=time.time())
            data = msgspec.json.encode(numbered) + b"\n"
            data = b"\n" + data if self._torn else data
            written = os.write(self._descriptor, data)
            self._torn = written != len(data)
            self._seq += 1
        if written != len(data):
            raise OSError(f"{self._path}: only {written} of {len(data)} bytes were written")
        if isinstance(event, JournalRecord | PhaseChanged):
            os.fsync(self._descriptor)

    @property
    def run(self) -> str:
        """Id of the run that it is the journal of."""
        return self._path.parent.name

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)


def _end_torn_line(descriptor: int) -> int:
    """Lines so far. A line that a kill cut short is ended, so that the next one stands alone."""
    with os.fdopen(os.dup(descriptor), "rb") as stream:
        content = stream.read()
    lines = content.count(b"\n")
    if content and not content.endswith(b"\n"):
        os.write(descriptor, b"\n")
        return lines + 1
    return lines


class Reader:
    """Follows a journal that may still grow."""

    def __init__(self, directory: Path, *, foreign: bool = False) -> None:
        """foreign: one that came from elsewhere, to be shown and nothing else."""
        self._path = directory / NAME
        self._offset = 0
        self._foreign = foreign

    def new_events(self) -> list[Event]:
        """Events since the last call; a line that is not whole yet is left for the next.

        Raises NotPrivate where somebody else could have written it.
        """
        try:
            with self._opened() as stream:
                stream.seek(self._offset)
                data = stream.read()
        except FileNotFoundError:
            return []
        whole = data[: data.rfind(b"\n") + 1]
        self._offset += len(whole)
        return [event for line in whole.splitlines() if (event := _decode(line)) is not None]

    def _opened(self) -> BinaryIO:
        return self._path.open("rb") if self._foreign else os.fdopen(open_private(self._path), "rb")


def _decode(line: bytes) -> Event | None:
    try:
        return _decoder.decode(line)
    except msgspec.DecodeError:
        return None  # cut short by a kill; INTENT and DONE before it still stand


def read(directory: Path) -> list[Event]:
    """All whole events of a run. Raises StepdownError where there is no journal."""
    if not (directory / NAME).exists():
        raise StepdownError(f"{directory / NAME}: no journal", "stepdown status lists the runs.")
    return Reader(directory).new_events()


def phase_of(events: list[Event]) -> PhaseChanged | None:
    """The last phase that was entered."""
    phases = [e for e in events if isinstance(e, PhaseChanged)]
    return phases[-1] if phases else None


def to_undo(events: list[Event]) -> Iterator[JournalRecord]:
    """Operations whose act may have happened and was not undone, latest first.

    Each is the INTENT record, which holds what was there before, with what its DONE record says
    about how the command left its files. Its state is UNDONE or UNDOING where an earlier rollback
    has undone it, or had begun to. Once an undo has failed all of them are to be undone
    again: the host went on half-way, and its own tools may have taken back what was given back.
    """
    begun: dict[tuple[str, int], JournalRecord] = {}
    undone: set[tuple[str, int]] = set()
    undoing: set[tuple[str, int]] = set()
    failed = False
    for event in events:
        if not isinstance(event, JournalRecord):
            continue
        key = event.step, event.op
        if event.state is OpState.INTENT:
            begun[key] = event
            undone.discard(key)
            undoing.discard(key)
        elif event.state is OpState.DONE and key in begun:
            begun[key] = replace(begun[key], left=event.left)
        elif event.state is OpState.UNDOING:
            undoing.add(key)
        elif event.state is OpState.UNDONE:
            undone.add(key)
        elif event.state is OpState.FAILED and key in undoing:
            failed = True
    left = [key for key in begun if failed or key not in undone]
    for key in sorted(left, key=lambda key: begun[key].seq, reverse=True):
        yield replace(begun[key], state=_came_to(key in undoing, key in undone))


def _came_to(undoing: bool, undone: bool) -> OpState:
    if undone:
        return OpState.UNDONE
    return OpState.UNDOING if undoing else OpState.INTENT


def done_ops(events: list[Event]) -> set[tuple[str, int]]:
    """Step and index of each operation that was carried out and not undone since."""
    done: set[tuple[str, int]] = set()
    for event in events:
        if isinstance(event, JournalRecord):
            key = event.step, event.op
            (done.add if event.state is OpState.DONE else done.discard)(key)
    return done


def begun(events: list[Event]) -> bool:
    """Whether any operation was: before that the host is untouched."""
    return any(isinstance(event, JournalRecord) for event in events)
