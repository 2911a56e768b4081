from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.facts.paper_host import PaperHost, text
from wizard.host import table_files
from wizard.host.base import HostReader, Unreadable
from wizard.host.bundle import BundleHost, RecordingHost
from wizard.host.local import LocalReader
from wizard.host.overlay import OverlayHost
from wizard.host.table import SiftedRow, TableQuestion

ROWS = "# c\na.example\tesmtp:[hub]\nb.example\tlocal:\n"


def _asked(path: Path, database: str = "") -> TableQuestion:
    return TableQuestion(str(path), database, "hash" if database else "text", "mailer")


def _makemap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """A makemap of our own, since this machine may have none."""
    program = tmp_path / "makemap"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr(table_files, "MAKEMAP", str(program))


def test_a_text_in_force(tmp_path: Path) -> None:
    (tmp_path / "t").write_text(ROWS)
    found = LocalReader().table(_asked(tmp_path / "t"))
    assert found.rows[1] == SiftedRow("b.example", "local:", 3, "local")
    assert found.entries == 2


def test_lines_are_counted_over_blocks(tmp_path: Path) -> None:
    lines = [f"d{n}.example esmtp:[h]\n" for n in range(30_000)]
    (tmp_path / "t").write_text("".join([*lines, "x.example local:\n"]))
    found = LocalReader().table(_asked(tmp_path / "t"))
    assert [(row.kind, row.line) for row in found.rows] == [("esmtp", 1), ("local", 30_001)]


def test_a_database_beside_its_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _makemap(
        tmp_path,
        monkeypatch,
        "echo 'WARNING: World writable directory /tmp' >&2\n"
        "printf 'a.example\\tesmtp:[hub]\\nc.example\\tprog:x\\n'",
    )
    (tmp_path / "t").write_text(ROWS)
    found = LocalReader().table(_asked(tmp_path / "t", "/t.db"))
    assert [(row.key, row.line) for row in found.rows] == [("a.example", 2), ("c.example", 0)]
    assert set(found.unlike) == {
        "/t.db  c.example prog:x  (not in the text)",
        f"{tmp_path}/t:3  b.example local:  (not in the database)",
    }
    (tmp_path / "t").unlink()
    alone = LocalReader().table(_asked(tmp_path / "t", "/t.db"))
    assert not alone.text
    assert alone.unlike == ()


def test_makemap_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    why = "makemap: error opening type hash map /t.db: Permission denied"
    _makemap(tmp_path, monkeypatch, f"echo 'WARNING: x' >&2; echo '{why}' >&2; exit 73")
    with pytest.raises(Unreadable, match="Permission denied") as refused:
        LocalReader().table(_asked(tmp_path / "t", "/t.db"))
    assert "root" in refused.value.remedy
    monkeypatch.setattr(table_files, "MAKEMAP", "/no/such/makemap")
    with pytest.raises(Unreadable, match="cannot be run"):
        LocalReader().table(_asked(tmp_path / "t", "/t.db"))


def test_what_is_no_table(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to(tmp_path / "fifo")
    (tmp_path / "directory").mkdir()
    for name in ("fifo", "link", "directory", "absent"):
        with pytest.raises(Unreadable, match=name):
            LocalReader().table(_asked(tmp_path / name))


def test_under_another_root_no_command_is_run(tmp_path: Path) -> None:
    (tmp_path / "t").write_text(ROWS)
    assert LocalReader(str(tmp_path)).table(_asked(Path("/t"))).entries == 2
    with pytest.raises(Unreadable, match="commands are not run"):
        LocalReader(str(tmp_path)).table(_asked(Path("/t"), "/t.db"))


def test_a_recording_answers_the_same() -> None:
    paper = PaperHost({"/t": text(ROWS), "/t.db": text(ROWS)})
    recording = RecordingHost(paper)
    asked, missing = _asked(Path("/t"), "/t.db"), _asked(Path("/no"), "/no.db")
    host: HostReader = OverlayHost(recording)
    found = host.table(asked)
    with pytest.raises(Unreadable):
        host.table(missing)
    replayed = BundleHost(recording.bundle())
    assert replayed.table(asked) == found
    with pytest.raises(Unreadable, match="makemap"):
        replayed.table(missing)
