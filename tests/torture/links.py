"""A hostile account swaps entries for links while its queue changes hands.

A process with the account's uid replaces entries of the queue by symbolic and hard links to root's
files elsewhere, directories by links to directories, puts them back, holds what it has open and
links it elsewhere, as fast as it can. Meanwhile every pass over the queue runs, and the giving
back. What lies outside must be afterwards as it was before: owner, group, mode, content.

`main` takes away fs.protected_symlinks and its like for as long, as root of the whole machine.
"""

# An attacker is in a hurry: no Path is made for each call.
# ruff: noqa: PTH104, PTH108, PTH114, PTH123, PTH211

from __future__ import annotations

import mmap
import os
import shutil
import signal
import stat
import struct
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from wizard.host.paths import opened_directory
from wizard.host.tree import reown
from wizard.host.tree.give_back import give_back, give_directories, give_entries
from wizard.host.tree.looked import Looked
from wizard.host.tree.message_files import SPLIT, of_a_message
from wizard.host.tree_records import TreeRecorder, TreeRecords

RACES = 10_000
ACCOUNT, OLD = 4242, 4141
ENTRIES = 120
PROTECTIONS = ("symlinks", "hardlinks", "fifos", "regular")
RELAYED = "V8\nS<a@example.com>\nRPFD:<x@example.org>\n.\n"
Outside = dict[str, tuple[int, int, int, bytes]]


@dataclass
class Outcome:
    """What was tried and what came of it."""

    races: dict[str, int] = field(default_factory=dict)
    "Swaps that the hostile process made while a pass was under way, by pass."
    changed: list[str] = field(default_factory=list)
    "What outside is not as it was."
    taken_out: list[str] = field(default_factory=list)
    "Entries with a link outside that are another's than the account's; while the kernel protects."

    left: list[str] = field(default_factory=list)
    "What root's daemon would have followed once it had its directories again."

    @property
    def total(self) -> int:
        """All races."""
        return sum(self.races.values())


class Room:
    """A queue, root's files beside it, and a directory of the account's own."""

    def __init__(self, top: Path) -> None:
        top.chmod(0o755)  # the account comes by its path
        self.queue, self.outside, self.lair = top / "queue", top / "outside", top / "lair"
        self.records = top / "records"
        self.outside.mkdir()
        self.lair.mkdir()
        os.chown(self.lair, ACCOUNT, ACCOUNT)
        for n in range(8):
            secret = self.outside / f"secret{n}"
            secret.write_text(f"secret {n}\n")
            secret.chmod(0o600)
            (self.outside / f"dir{n}").mkdir(mode=0o700)
            (self.outside / f"dir{n}" / "qf").write_text("x")
            (self.outside / f"dir{n}" / f"qfE{n}").write_text("x")

    def fill(self) -> None:
        """A queue of the account's, with some entries that root's last children left in it."""
        shutil.rmtree(self.queue, ignore_errors=True)
        shutil.rmtree(self.records, ignore_errors=True)
        for name in (".", "qf", "df"):
            (self.queue / name).mkdir(parents=True, exist_ok=True)
        for n in range(ENTRIES):
            path = self.queue / (f"qf/qfE{n}", f"df/dfE{n}", f"qfE{n}")[n % 3]
            path.write_text(RELAYED)
            if n % 4:
                os.chown(path, ACCOUNT, ACCOUNT)
        for name in ("qf", "df", "."):
            os.chown(self.queue / name, ACCOUNT, ACCOUNT)

    def seen_outside(self) -> Outside:
        """All that must stay as it is."""
        found: Outside = {}
        for path in (self.outside, *sorted(self.outside.rglob("*"))):
            state = path.lstat()
            content = path.read_bytes() if stat.S_ISREG(state.st_mode) else b""
            found[str(path)] = (state.st_uid, state.st_gid, state.st_mode, content)
        return found

    def taken_out(self) -> list[str]:
        """Links that the account made to what it had open, and that are another's now."""
        return [str(one) for one in self.lair.iterdir() if one.lstat().st_uid != ACCOUNT]


class Hostile:
    """The process that swaps. Its count of swaps is shared; it ends with the block."""

    def __init__(self, room: Room, seed: int) -> None:
        self._shared = mmap.mmap(-1, 8)
        parent = os.getpid()
        self._pid = os.fork()
        if self._pid == 0:
            try:
                os.setgroups([])
                os.setgid(ACCOUNT)
                os.setuid(ACCOUNT)
                _Swapper(room, Random(seed), self._shared).run(parent)  # noqa: S311
            finally:
                os._exit(0)

    @property
    def swaps(self) -> int:
        """How many it has made so far."""
        return int(struct.unpack("Q", self._shared[:8])[0])

    def __enter__(self) -> Hostile:
        return self

    def __exit__(self, *_exception: object) -> None:
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)


class _Swapper:
    """What an attacker with the account's uid does, over and over."""

    def __init__(self, room: Room, random: Random, shared: mmap.mmap) -> None:
        self._room, self._random, self._shared = room, random, shared
        self._made = 0
        self._held: list[int] = []
        self._acts = (self._symlink, self._hard_link, self._directory, self._link_out, self._own)

    def run(self, parent: int) -> None:
        """Until killed, or orphaned."""
        while os.getppid() == parent:
            for _ in range(200):
                with suppress(OSError):
                    self._random.choice(self._acts)(self._place())
                    self._made += 1
                    self._shared[:8] = struct.pack("Q", self._made)

    def _place(self) -> str:
        n = self._random.randrange(ENTRIES)
        name = self._random.choice((f"qf/qfE{n}", f"df/dfE{n}", f"qfE{n}"))
        return f"{self._room.queue}/{name}"

    def _secret(self) -> str:
        return f"{self._room.outside}/secret{self._random.randrange(8)}"

    def _symlink(self, place: str) -> None:
        with suppress(FileNotFoundError):
            os.unlink(place)
        os.symlink(self._secret(), place)

    def _hard_link(self, place: str) -> None:
        with suppress(FileNotFoundError):
            os.unlink(place)
        os.link(self._secret(), place, follow_symlinks=False)

    def _directory(self, _place: str) -> None:
        name = f"{self._room.queue}/{self._random.choice(('qf', 'df'))}"
        away = f"{name}.away"
        if os.path.islink(name):
            os.unlink(name)
            os.rename(away, name)
            return
        os.rename(name, away)
        os.symlink(f"{self._room.outside}/dir{self._random.randrange(8)}", name)

    def _link_out(self, place: str) -> None:
        self._held.append(os.open(place, os.O_RDONLY | os.O_NOFOLLOW))
        if len(self._held) > 40:
            os.close(self._held.pop(0))
        held = self._random.choice(self._held)
        if os.fstat(held).st_uid != ACCOUNT:
            return
        target = f"{self._room.lair}/{self._random.randrange(50)}"
        with suppress(FileNotFoundError):
            os.unlink(target)
        os.link(f"/proc/self/fd/{held}", target, follow_symlinks=True)

    def _own(self, place: str) -> None:
        with suppress(FileNotFoundError):
            os.unlink(place)
        with open(place, "w") as stream:
            stream.write(RELAYED)


def races(count: int, seed: int, room: Room, *, kernel_protects: bool) -> Outcome:
    """Race until the hostile process has made so many swaps while passes were under way."""
    outcome = Outcome()
    while outcome.total < count:
        room.fill()
        before = room.seen_outside()
        with Hostile(room, seed + outcome.total) as hostile:
            end = time.monotonic() + 60
            while hostile.swaps < 50:
                time.sleep(0.001)
                assert time.monotonic() < end, "the hostile process cannot reach the queue"
            _passes(room, hostile, outcome)
        after = room.seen_outside()
        outcome.changed += [path for path in before | after if before.get(path) != after.get(path)]
        if kernel_protects:
            outcome.taken_out += room.taken_out()
    return outcome


def _passes(room: Room, hostile: Hostile, outcome: Outcome) -> None:
    """A repair's whole walk and the walks again, an undo, a migration's walks, and its undo."""
    _timed("whole", room, hostile, outcome)
    for _ in range(5):
        _timed("again", room, hostile, outcome)
    _timed("give back", room, hostile, outcome)
    for name in ("qf", "df", "."):
        with suppress(OSError):
            os.chown(room.queue / name, ACCOUNT, ACCOUNT, follow_symlinks=False)
    shutil.rmtree(room.records)
    for name in ("ahead", "again", "give back"):
        _timed(name, room, hostile, outcome)
    _take_directories(room.queue)
    shutil.rmtree(room.records)
    for name in ("whole", "in parts"):
        _timed(name, room, hostile, outcome)


def _take_directories(queue: Path) -> None:
    """They were root's before the run; first the queue, in which nothing is swapped then."""
    os.chown(queue, 0, 0)
    for entry in os.scandir(queue):
        if entry.is_dir(follow_symlinks=False):
            os.chown(entry.path, 0, 0)


def _timed(name: str, room: Room, hostile: Hostile, outcome: Outcome) -> None:
    began = hostile.swaps
    to = reown.Target(ACCOUNT, ACCOUNT, 0o700, TreeRecorder(room.records), lambda _n, _of: None)
    with opened_directory(str(room.queue)) as top:
        if name == "whole":
            reown.whole(top, to, helped=1)
        elif name == "again":
            _roots_own(room)
            reown.again(top, to)
        elif name == "ahead":
            _lines, arrivals = reown.ahead(top, to)
            reown.rest(top, to, arrivals)
        elif name == "in parts":
            _in_parts(room, top, outcome)
        else:
            records = TreeRecords(room.records)
            give_back(top, records, taken_uid=ACCOUNT, progress=lambda _n: None)
    outcome.races[name] = outcome.races.get(name, 0) + hostile.swaps - began


def _in_parts(room: Room, top: int, outcome: Outcome) -> None:
    """The account swaps between the look and the moment in which it loses its directories."""
    records, looked = TreeRecords(room.records), Looked()
    looked.read_all(top, ACCOUNT)
    time.sleep(0.02)
    give_directories(top, records, looked, taken_uid=ACCOUNT, progress=lambda _n: None)
    outcome.left += _followed(room.queue)
    give_entries(top, records, looked, taken_uid=ACCOUNT, progress=lambda _n: None)


def _followed(queue: Path) -> list[str]:
    """Entries by which root would read what is not the queue's: links, and what is linked in.

    Sendmail does not run a Qf.
    """
    found = []
    for path in queue.rglob("*"):
        try:
            state, name = path.lstat(), os.fsencode(path.name)
        except FileNotFoundError:
            found.append(f"{path.relative_to(queue)}: somebody swaps yet")
            continue
        if stat.S_ISLNK(state.st_mode):
            wrong = of_a_message(name) or name in SPLIT
        else:
            foreign = stat.S_ISREG(state.st_mode) and state.st_nlink > 1
            wrong = foreign and state.st_uid != ACCOUNT and of_a_message(name)
        if wrong and name[:1] != b"Q":
            found.append(str(path.relative_to(queue)))
    return found


def _roots_own(room: Room) -> None:
    """What root's last children leave in the queue, for the walk again to find."""
    for n in range(0, ENTRIES, 5):
        with suppress(OSError):
            flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW
            os.close(os.open(room.queue / f"tfE{n}", flags, 0o600))
            os.rename(room.queue / f"tfE{n}", room.queue / f"qfE{n}")


@contextmanager
def protections(value: str) -> Iterator[None]:
    """The kernel's own protections, all of the machine's, set for the block and put back."""
    places = [Path(f"/proc/sys/fs/protected_{name}") for name in PROTECTIONS]
    kept = {place: place.read_text() for place in places}
    try:
        for place in places:
            place.write_text(value)
        yield
    finally:
        for place, was in kept.items():
            place.write_text(was)


def main(seed: int) -> int:
    """How many things outside were changed."""
    with tempfile.TemporaryDirectory(prefix="stepdown-links-") as place, protections("0"):
        outcome = races(RACES, seed, Room(Path(place)), kernel_protects=False)
    told = ", ".join(f"{name} {count:,}" for name, count in outcome.races.items())
    print(f"links: {outcome.total:,} races with fs.protected_* off, seed {seed} ({told})")
    print(f"links: {len(outcome.changed)} changes outside the tree")
    print(f"links: {len(outcome.left)} links that root's daemon would have followed")
    for path in (*outcome.changed, *outcome.left):
        print(f"  {path}", file=sys.stderr)
    return len(outcome.changed) + len(outcome.left)
