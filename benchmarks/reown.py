"""A queue of a million entries changes hands, with the record that its undo needs.

REOWN_ENTRIES in the environment makes it another number, for a quick look. As root only.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from benchmarks.frame import Row, in_a_process, in_turns
from wizard.host.paths import opened_directory
from wizard.host.tree import reown
from wizard.host.tree.workers import HELPED
from wizard.host.tree_records import TreeRecorder

ENTRIES = int(os.environ.get("REOWN_ENTRIES", "1000000"))
DEMANDED = 1.3
"Ours may take so many times as long at most."
FEW = 50_000
"Entries of the tree that the memory is compared with."
BEFORE = "V8\nS<a@example.com>\nRPFD:<x@example.org>\n.\n"
_PEAK = """
import sys
from pathlib import Path
from benchmarks.frame import peak_mb
from benchmarks.reown import once
before = peak_mb()
once(Path(sys.argv[1]), Path(sys.argv[2]), 7000, helped=10**9)
print(peak_mb() - before)
"""


def fill(queue: Path, entries: int) -> None:
    """A queue as Sendmail leaves it: a df and a qf for each message, all of them small."""
    queue.mkdir()
    top = os.open(queue, os.O_RDONLY)
    for number in range(entries):
        kind = "qf" if number % 2 else "df"
        name = f"{kind}6AMHa{number // 2:09d}"
        os.close(os.open(name, os.O_CREAT | os.O_WRONLY, 0o600, dir_fd=top))
    os.close(top)


def once(queue: Path, records: Path, uid: int, helped: int = HELPED) -> None:
    """One whole walk, recorded anew."""
    shutil.rmtree(records, ignore_errors=True)
    to = reown.Target(uid, uid, 0o700, TreeRecorder(records), lambda _done, _of: None)
    with opened_directory(str(queue)) as top:
        reown.whole(top, to, helped)


def rows(room: Path) -> Iterator[Row]:
    """Against chown(1), which records nothing. The queue is root's each time, as a relay's is."""
    if os.geteuid() != 0:
        return
    queue, records, few = room / "mqueue", room / "records", room / "few"
    fill(queue, ENTRIES)
    fill(few, FEW)
    uids = count(5000)

    def peer() -> None:
        owner = f"{(uid := next(uids))}:{uid}"
        subprocess.run(["/bin/chown", "-R", "-h", owner, str(queue)], check=True)

    def back() -> None:
        subprocess.run(["/bin/chown", "-R", "-h", "0:0", str(queue)], check=True)
        os.sync()

    ours, theirs = in_turns(lambda: once(queue, records, next(uids)), peer, rounds=3, before=back)
    what = f"{ENTRIES:,} queue entries re-owned"
    verdict = "held" if ours <= DEMANDED * theirs else "NOT held"
    note = (
        f"at most {DEMANDED}x, {verdict}: {ours / theirs:.2f}x; ours has the undo's record on disk "
        "before; a second process helps where there are two CPUs"
    )
    yield Row(what, ours, theirs, "chown -R -h, the same tree", note=note)
    many = float(in_a_process(_PEAK, str(queue), str(records)))
    other = float(in_a_process(_PEAK, str(few), str(room / "other")))
    yield Row(f"{what}, memory", many, other, f"ours with {FEW:,} entries", "MB")
