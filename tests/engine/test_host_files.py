"""Opening, replacing and restoring paths as root without being led astray."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from wizard.errors import StepdownError
from wizard.host.base import Unreadable, Unwritable
from wizard.host.files import write_private
from wizard.host.local import LocalHost, LocalReader
from wizard.host.paths import Unsafe, opened_parent
from wizard.model import FileState, Kind

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="owners are root's to give")
OTHER = 4242
HOST = LocalHost()


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory on a way that belongs to root alone: /tmp does not qualify for links."""
    with TemporaryDirectory(dir="/root", prefix="stepdown-tests-") as name:
        yield Path(name)


def saved(path: Path) -> FileState:
    return HOST.state(str(path), content=True)


def test_a_link_of_roots_on_the_way_is_followed(place: Path) -> None:
    (place / "real").mkdir()
    (place / "real/file").write_text("x")
    (place / "way").symlink_to("real")
    assert saved(place / "way/file").content == b"x"


@pytest.mark.parametrize("whose", ["link", "directory", "mode"])
def test_a_link_that_another_could_have_placed_is_refused(place: Path, whose: str) -> None:
    holder = place / "holder"
    holder.mkdir()
    (holder / "real").mkdir()
    (holder / "real/file").write_text("x")
    (holder / "way").symlink_to("real")
    if whose == "link":
        os.chown(holder / "way", OTHER, OTHER, follow_symlinks=False)
    elif whose == "directory":
        os.chown(holder, OTHER, OTHER)
    else:
        holder.chmod(0o777)
    with pytest.raises(Unsafe, match="way"):
        HOST.set_meta(str(holder / "way/file"), uid=OTHER, gid=OTHER, mode=0o666)
    assert (holder / "real/file").stat().st_uid == 0


def test_the_last_component_is_never_followed(place: Path) -> None:
    (place / "shadow").write_text("secret")
    (place / "file").symlink_to("shadow")
    with pytest.raises(Unwritable, match="symbolic links"):
        HOST.set_meta(str(place / "file"), uid=OTHER, gid=OTHER, mode=0o666)
    with pytest.raises(Unreadable, match="symlink"):
        HOST.put(str(place / "file"), b"new", uid=0, gid=0, mode=0o644)
    assert (place / "shadow").read_text() == "secret"


def test_a_file_with_several_links_keeps_its_owner(place: Path) -> None:
    (place / "shadow").write_text("secret")
    os.link(place / "shadow", place / "file")
    with pytest.raises(Unreadable, match="2 links"):
        HOST.set_meta(str(place / "file"), uid=OTHER, gid=OTHER, mode=0o666)
    assert (place / "shadow").stat().st_uid == 0


def test_relative_and_endless_paths_are_refused(place: Path) -> None:
    (place / "loop").symlink_to("loop")
    with pytest.raises(Unreadable, match="absolute"), opened_parent("etc/passwd"):
        pass
    with pytest.raises(Unreadable, match="too many links"), opened_parent(f"{place}/loop/x"):
        pass


def test_a_restored_file_is_the_same_to_the_nanosecond(place: Path) -> None:
    path = place / "file"
    path.write_bytes(b"before\0\xff")
    os.chown(path, 7, 8)
    path.chmod(0o2640)
    os.setxattr(path, "user.note", b"kept")
    os.utime(path, ns=(1, 1_700_000_000_123_456_789))
    before = saved(path)
    HOST.put(str(path), b"after", uid=0, gid=0, mode=0o600)
    assert saved(path).xattrs == {"user.note": b"kept"}, "a replaced file keeps its label"
    HOST.restore(str(path), before)
    assert saved(path) == before
    assert sorted(p.name for p in place.iterdir()) == ["file"], "no temporary file is left"


def test_a_file_is_restored_in_place_of_a_link_not_through_it(place: Path) -> None:
    path = place / "file"
    path.write_text("before")
    before = saved(path)
    (place / "shadow").write_text("secret")
    path.unlink()
    path.symlink_to("shadow")
    HOST.restore(str(path), before)
    assert saved(path) == before
    assert (place / "shadow").read_text() == "secret"


def test_what_was_absent_is_removed_and_a_directory_in_its_place_is_not(place: Path) -> None:
    absent = FileState(Kind.ABSENT)
    (place / "file").write_text("made")
    (place / "directory").mkdir()
    HOST.restore(str(place / "file"), absent)
    HOST.restore(str(place / "file"), absent)
    HOST.restore(str(place / "nowhere/file"), absent)
    assert not (place / "file").exists()
    with pytest.raises(Unreadable, match="directory took its place"):
        HOST.restore(str(place / "directory"), absent)


def test_a_directorys_owner_is_not_given_to_a_file_in_its_place(place: Path) -> None:
    (place / "it").mkdir(mode=0o750)
    before = HOST.state(str(place / "it"))
    (place / "it").rmdir()
    (place / "it").write_text("x")
    with pytest.raises(Unreadable, match="no longer a directory"):
        HOST.restore(str(place / "it"), before)


def test_a_fifo_does_not_keep_us_waiting(place: Path) -> None:
    os.mkfifo(place / "fifo")
    assert saved(place / "fifo").kind is Kind.OTHER
    with pytest.raises(Unreadable, match="no plain file"):
        HOST.set_meta(str(place / "fifo"), uid=1, gid=1, mode=0o600)


def test_a_private_file_is_its_owners_only(place: Path) -> None:
    path = place / "plan.json"
    path.write_text("old")
    path.chmod(0o644)
    write_private(str(path), b"new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(StepdownError, match="nowhere"):
        write_private(str(place / "nowhere/plan.json"), b"")


def test_a_host_under_a_directory_runs_nothing_and_stays_inside(place: Path) -> None:
    (place / "etc").mkdir()
    (place / "etc/passwd").write_text("inside")
    (place / "etc/link").symlink_to("/etc/passwd")
    reader = LocalReader(str(place))
    assert reader.state("/etc/passwd", content=True).text() == "inside"
    assert reader.state(reader.resolve("/etc/link"), content=True).text() == "inside"
    from wizard.plans import Command

    with pytest.raises(Unreadable, match="not run"):
        reader.probe(Command(("/bin/true",)))
