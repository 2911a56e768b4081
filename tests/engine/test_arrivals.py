"""What the kernel tells of a tree, and that nobody waits for it for ever."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from wizard.host.tree import arrivals
from wizard.host.tree.arrivals import Arrivals


@pytest.mark.parametrize("wakes", [True, False])
def test_it_ends_whether_or_not_it_can_be_woken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wakes: bool
) -> None:
    """A pipe that refuses its byte once hung an engine; what came is told all the same."""
    monkeypatch.setattr(arrivals, "LOOKS", 0.05)
    monkeypatch.setattr(arrivals, "tells_all", lambda _directory: True)
    watched = Arrivals()
    directory = os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY)
    watched.watch(directory, b".")
    (tmp_path / "qfA").touch()
    if not wakes:
        monkeypatch.setattr(os, "write", refuse)
    found = watched.close()
    os.close(directory)
    assert found == {b".": {b"qfA"}}


def refuse(_descriptor: int, _data: bytes) -> int:
    raise OSError(30, "Read-only file system")
