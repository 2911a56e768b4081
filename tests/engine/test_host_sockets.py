"""Owner, group and mode of a socket whose directory belongs to somebody else."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from wizard.host.base import Unreadable, Unwritable
from wizard.host.local import LocalHost
from wizard.model import Kind

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="owners are root's to give")
MILTER, GROUP = 4242, 4343
HOST = LocalHost()


@pytest.fixture
def place() -> Iterator[Path]:
    """The directory of an account that is not root's."""
    with TemporaryDirectory(dir="/root", prefix="stepdown-tests-") as name:
        os.chown(name, MILTER, MILTER)
        yield Path(name)


def listening(path: Path) -> Path:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))
    os.chown(path, MILTER, MILTER)
    path.chmod(0o660)
    return path


def meta(path: Path) -> tuple[int, int, int]:
    found = path.lstat()
    return found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)


def test_a_socket_gets_another_group_and_gets_its_own_back(place: Path) -> None:
    path = listening(place / "sock")
    before = HOST.state(str(path))
    assert before.kind is Kind.SOCKET
    HOST.set_meta(str(path), uid=MILTER, gid=GROUP, mode=0o670)
    assert meta(path) == (MILTER, GROUP, 0o670)
    HOST.restore(str(path), before)
    assert meta(path) == (MILTER, MILTER, 0o660)


def test_one_that_was_made_anew_gets_the_owners_back_too(place: Path) -> None:
    path = listening(place / "sock")
    before = HOST.state(str(path))
    path.unlink()
    listening(path).chmod(0o666)
    HOST.restore(str(path), before)
    assert meta(path) == (MILTER, MILTER, 0o660)


def test_a_link_put_in_its_place_is_not_followed(place: Path) -> None:
    secret = place / "secret"
    secret.write_text("root's")
    secret.chmod(0o600)
    (place / "sock").symlink_to(secret)
    with pytest.raises((Unreadable, Unwritable)):
        HOST.set_meta(str(place / "sock"), uid=MILTER, gid=GROUP, mode=0o666)
    assert meta(secret) == (0, 0, 0o600)


@pytest.mark.parametrize("turn", ["link", "file"])
def test_a_swap_between_looking_and_acting_gains_nothing(
    place: Path, monkeypatch: pytest.MonkeyPatch, turn: str
) -> None:
    path, secret = listening(place / "sock"), place / "secret"
    secret.write_text("root's")
    secret.chmod(0o600)
    opened = os.open

    def swapped(name: Any, flags: int, *rest: Any, **more: Any) -> int:
        if flags & os.O_PATH:
            path.unlink()
            if turn == "link":
                path.symlink_to(secret)
            else:
                os.link(secret, path)
        return opened(name, flags, *rest, **more)

    monkeypatch.setattr("wizard.host.files.os.open", swapped)
    with pytest.raises(Unreadable, match="no plain socket"):
        HOST.set_meta(str(path), uid=MILTER, gid=GROUP, mode=0o666)
    assert meta(secret) == (0, 0, 0o600)


def test_a_second_name_of_somebodys_socket_is_refused(place: Path) -> None:
    theirs = listening(place / "theirs")
    os.link(theirs, place / "sock")
    with pytest.raises(Unreadable, match="no plain socket"):
        HOST.set_meta(str(place / "sock"), uid=MILTER, gid=GROUP, mode=0o666)
    assert meta(theirs) == (MILTER, MILTER, 0o660)


def test_a_socket_of_another_owner_is_left_alone(place: Path) -> None:
    theirs = listening(place / "sock")
    os.chown(theirs, 0, 0)
    with pytest.raises(Unreadable, match="belongs to uid 0"):
        HOST.set_meta(str(theirs), uid=MILTER, gid=GROUP, mode=0o666)
    assert meta(theirs) == (0, 0, 0o660)
