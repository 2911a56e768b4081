"""What a killed or refused write leaves, what comes back, and whose files are believed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from struct import pack
from tempfile import TemporaryDirectory

import pytest

from wizard import journal
from wizard.errors import StepdownError
from wizard.events import Output
from wizard.host.base import Unwritable
from wizard.host.files import TEMPORARY
from wizard.host.local import LocalHost
from wizard.host.private import NotPrivate
from wizard.journal import Journal
from wizard.model import FileState, Kind
from wizard.plan_file import seal
from wizard.plans import Choices, Plan
from wizard.runs import Busy, Runs
from wizard.snapshot import Snapshot

HOST = LocalHost()
OTHER = 4242
CAPABILITY = bytes.fromhex("0100000200040000000000000000000000000000")
"cap_net_bind_service=ep, as setcap(8) writes it."
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory of ours that nobody else may write, on the way neither."""
    with TemporaryDirectory(prefix="stepdown-tests-", dir=Path.home()) as made:
        yield Path(made)


@pytest.fixture
def runs(place: Path) -> Runs:
    return Runs(str(place / "state"))


def plan() -> Plan:
    return seal(Plan("stepdown.plan/1", "h", "i", "debian", Choices(), "", {}, ()))


@needs_root
@pytest.mark.parametrize("kind", ["file", "link"])
def test_what_a_killed_write_left_is_replaced_and_never_followed(place: Path, kind: str) -> None:
    (place / "elsewhere").write_text("another's")
    left = place / (TEMPORARY % "cf")
    left.symlink_to("elsewhere") if kind == "link" else left.write_text("half of i")
    HOST.put(str(place / "cf"), b"whole", uid=0, gid=0, mode=0o644)
    assert sorted(p.name for p in place.iterdir()) == ["cf", "elsewhere"]
    assert (place / "cf").read_bytes() == b"whole"
    assert (place / "elsewhere").read_text() == "another's"


@needs_root
def test_what_a_killed_write_left_is_swept(place: Path) -> None:
    (place / (TEMPORARY % "cf")).write_text("half of i")
    (place / "cf").write_text("the old one")
    HOST.sweep(str(place / "cf"))
    HOST.sweep(str(place / "cf"))
    HOST.sweep(str(place / "nowhere/cf"))
    assert [p.name for p in place.iterdir()] == ["cf"]


@needs_root
def test_a_chown_takes_capabilities_and_set_id_bits_and_the_undo_gives_them_back(
    place: Path,
) -> None:
    path = place / "tool"
    path.write_bytes(b"#!")
    path.chmod(0o6755)
    os.setxattr(path, "security.capability", CAPABILITY)
    os.setxattr(path, "user.note", b"kept")
    before = HOST.meta(str(path))
    HOST.set_meta(str(path), uid=OTHER, gid=OTHER, mode=0o755)
    assert "security.capability" not in os.listxattr(path), "that is what chown(2) does"
    HOST.restore(str(path), before)
    assert HOST.meta(str(path)) == before
    assert os.getxattr(path, "security.capability") == CAPABILITY
    assert path.stat().st_mode & 0o7777 == 0o6755


@needs_root
def test_what_is_as_it_was_is_not_touched(place: Path) -> None:
    """So an immutable file that could not be changed is no failure of the undo either."""
    path = place / "cf"
    path.write_bytes(b"x")
    before = HOST.meta(str(path))
    changed = path.stat().st_ctime_ns
    HOST.restore(str(path), before)
    assert path.stat().st_ctime_ns == changed


@needs_root
def test_an_acl_that_others_gave_meanwhile_goes_and_a_label_stays(place: Path) -> None:
    path = place / "map"
    path.write_bytes(b"x")
    path.chmod(0o640)
    before = HOST.meta(str(path))
    entries = ((1, 6, -1), (2, 4, OTHER), (4, 4, -1), (16, 6, -1), (32, 0, -1))
    acl = pack("<I", 2) + b"".join(pack("<HHi", *entry) for entry in entries)
    os.setxattr(path, "system.posix_acl_access", acl)
    os.setxattr(path, "user.note", b"another's")
    HOST.restore(str(path), before)
    assert os.listxattr(path) == ["user.note"]
    assert path.stat().st_mode & 0o7777 == 0o640


@needs_root
def test_a_link_that_became_a_file_is_a_link_again(place: Path) -> None:
    path = place / "aliases"
    (place / "text").write_text("another's")
    path.symlink_to("text")
    os.utime(path, ns=(1, 1), follow_symlinks=False)
    before = HOST.state(str(path), content=True)
    path.unlink()
    path.write_text("newaliases wrote a file")
    HOST.restore(str(path), before)
    assert path.readlink() == Path("text")
    assert HOST.state(str(path)) == before
    assert (place / "text").read_text() == "another's"


@needs_root
def test_a_refusal_names_the_path_and_the_reason(place: Path) -> None:
    with pytest.raises(Unwritable, match=f"{place}/nowhere/cf: No such file"):
        HOST.put(f"{place}/nowhere/cf", b"x", uid=0, gid=0, mode=0o600)


def test_a_run_that_was_killed_while_it_was_made_is_none(runs: Runs) -> None:
    made = runs.create(plan())
    half = runs.directory / "runs" / ".20200101T000000Z-x.new"
    half.mkdir(0o700)
    (half / "plan.json").write_text("{")
    assert runs.names() == [made]
    with pytest.raises(StepdownError, match="no run"):
        runs.path(half.name)
    again = runs.create(plan())
    assert runs.names() == sorted([made, again])
    assert not half.exists()
    assert {p.stat().st_mode & 0o777 for p in runs.path(again).iterdir()} == {0o600}


def test_a_run_that_was_never_begun_is_told_and_stands_in_nobodys_way(runs: Runs) -> None:
    run = runs.create(plan())
    status = runs.status(run)
    assert (status.unfinished, status.resumable) == (False, False)
    assert status.message == "never begun: nothing was changed"
    with pytest.raises(StepdownError, match="no run"):
        runs.latest()


def spoilt(path: Path, how: str) -> None:
    if how == "writable":
        path.chmod(0o660)
    elif how == "another's":
        os.chown(path, OTHER, 0)
    elif how == "two names":
        os.link(path, path.with_name("another-name"))
    else:
        path.rename(path.with_name("real"))
        path.symlink_to("real")


@needs_root
@pytest.mark.parametrize("name", ["plan.json", "journal.jsonl", "confirm", "confirm-within"])
@pytest.mark.parametrize("how", ["writable", "another's", "two names", "link"])
def test_what_others_may_have_written_is_refused_by_name(runs: Runs, name: str, how: str) -> None:
    run = runs.create(plan(), 5.0)
    place = runs.path(run)
    Journal(place).close()
    runs.ask(run, "confirm")
    assert (runs.plan(run), journal.read(place)) == (plan(), [])
    assert (runs.asked(run, "confirm"), runs.confirm_within(run)) == (True, 5.0)
    spoilt(place / name, how)
    used: dict[str, Callable[[], object]] = {
        "plan.json": lambda: runs.plan(run),
        "journal.jsonl": lambda: journal.read(place),
        "confirm": lambda: runs.asked(run, "confirm"),
        "confirm-within": lambda: runs.confirm_within(run),
    }
    with pytest.raises(NotPrivate, match=name):
        used[name]()


@needs_root
def test_a_snapshot_that_others_may_write_is_not_used(place: Path) -> None:
    snapshot = Snapshot(place)
    saved = snapshot.save(FileState(Kind.FILE, content=b"good"))
    (place / "snapshot" / saved.blob).chmod(0o620)
    with pytest.raises(NotPrivate, match=saved.blob):
        snapshot.load(saved)
    (place / "snapshot").chmod(0o770)
    with pytest.raises(NotPrivate, match="snapshot"):
        Snapshot(place)


def test_a_line_that_the_disk_took_half_of_spoils_no_other(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ENOSPC in the middle of a line, then room again: as while a rollback goes on."""
    log = Journal(place)
    log.tolerant = True
    log.add(Output(0, 0.0, "", "first"))
    write = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: write(fd, data[: len(data) // 2]))
    log.add(Output(0, 0.0, "", "lost"))
    monkeypatch.setattr(os, "write", write)
    log.add(Output(0, 0.0, "", "second"))
    log.close()
    assert [getattr(e, "text", "") for e in journal.read(place)] == ["first", "second"]


def test_a_second_engine_is_told_who_holds_the_lock_since_when(runs: Runs) -> None:
    run = runs.create(plan())
    with runs.lock(run):
        with pytest.raises(Busy, match=rf"{run} pid {os.getpid()} since 2\d\d\d-"), runs.lock("b"):
            pass
        assert runs.held().startswith(f"{run} pid {os.getpid()} since ")
        assert runs.status(run).engine == runs.held()
    assert runs.held() == ""
