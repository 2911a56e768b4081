from __future__ import annotations

import os
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.facts.paper_host import DIRECTORY, PaperHost, link, text
from wizard.facts.clock import DATE
from wizard.facts.mailboxes import gather
from wizard.host.base import Unreadable
from wizard.host.local import LocalReader
from wizard.host.spool import KEEP
from wizard.plans import Completed
from wizard.platforms.debian import Debian

DEBIAN = Debian("Debian", "systemd")
NOW = 1_700_000_000
CLOCK = {str(DATE): Completed(0, f"{NOW}\n".encode())}


def test_each_spool_is_looked_into_once() -> None:
    host = PaperHost(
        {
            "/var/mail": DIRECTORY,
            "/var/spool/mail": link("/var/mail"),
            "/var/mail/bob": replace(text("From x\n", NOW - 86_400), uid=1000),
            "/var/mail/al": text("", NOW - 10 * 86_400),
        },
        CLOCK,
    )
    found = gather(host, DEBIAN)
    assert found.directories == ("/var/mail",)
    assert [(box.path, box.uid, box.size, box.days) for box in found.boxes] == [
        ("/var/mail/bob", 1000, 7, 1.0)
    ]
    assert (found.held, found.empty, found.emptied_days) == (1, 1, 10.0)


def test_no_spool_and_no_clock() -> None:
    assert gather(PaperHost({}, CLOCK), DEBIAN).directories == ()
    with pytest.raises(Unreadable):
        gather(PaperHost(), DEBIAN)
    with pytest.raises(Unreadable, match="denied"):
        gather(PaperHost({}, CLOCK, locked=("/var/mail",)), DEBIAN)


def test_a_real_directory(tmp_path: Path) -> None:
    (tmp_path / "bob").write_bytes(b"From x\n")
    (tmp_path / "bob.lock").write_bytes(b"1")
    (tmp_path / "al").touch()
    (tmp_path / "link").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "fifo")
    Path(os.fsdecode(os.fsencode(tmp_path / "b") + b"\xff\n\x1b[2J")).write_bytes(b"x")
    for part in ("new", "cur", "tmp"):
        (tmp_path / "maildir" / part).mkdir(parents=True)
        (tmp_path / "quiet" / part).mkdir(parents=True)
    (tmp_path / "maildir/new/1").touch()
    found = LocalReader().spool(str(tmp_path))
    names = {(one.name, one.size, one.directory) for one in found.newest}
    assert names == {("bob", 7, False), ("b\\xff\n\x1b[2J", 1, False), ("maildir", 1, True)}
    assert (found.held, found.empty) == (3, 2)
    assert not LocalReader().spool("/nowhere/at/all").exists


def test_many_mailboxes_are_told_in_part_the_newest(tmp_path: Path) -> None:
    for number in range(KEEP * 21):
        path = tmp_path / f"u{number}"
        path.write_bytes(b"x")
        os.utime(path, (number, number))
    found = LocalReader().spool(str(tmp_path))
    assert (found.held, len(found.newest), found.newest[0].name) == (
        KEEP * 21,
        KEEP,
        f"u{KEEP * 21 - 1}",
    )
