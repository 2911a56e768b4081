"""Mail logs of 1 GB: our scan beside grep's and zgrep's count of the same lines.

grep answers with one number; ours counts by mailer, keeps the lines, their numbers and the
recipients, and is not fooled by a mailer= within an address. Both peers' patterns are run: the
short one, which is, and the longer one that leaves out lines which are no deliveries.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.frame import Row, in_a_process, in_turns, output_of
from benchmarks.mail_logs import make_log
from wizard.host.local import LocalReader
from wizard.host.scan_parts import MOST, WORTH, processors

MAILERS = ("local", "prog", "*file*", "*include*")
SHORT = r"mailer=(local|prog|\*file\*|\*include\*),"
LONG = r": to=.*, mailer=(local|prog|\*file\*|\*include\*)(,|\s|$)"
SIZE = 1_000_000_000
PEAK = """\
import sys, threading, time
import psutil
from wizard.host.local import LocalReader
me, peak, ended = psutil.Process(), 0, False
def watch():
    global peak
    while not ended:
        rss = 0
        for one in (me, *me.children(recursive=True)):
            try:
                rss += one.memory_info().rss
            except psutil.Error:
                pass
        peak = max(peak, rss)
        time.sleep(0.01)
watcher = threading.Thread(target=watch)
watcher.start()
if len(sys.argv) > 1:
    LocalReader().scan_log(sys.argv[1], ("local", "prog", "*file*", "*include*"))
else:
    time.sleep(0.1)
ended = True
watcher.join()
print(peak / 1e6)
"""
"Resident memory of the process and of those it started, taken together, at its highest."


def rows(room: Path) -> Iterator[Row]:
    """Plain, gzip, and how much memory it takes."""
    path = room / "mail.log"
    make_log(path, SIZE, local=False)
    yield _beside(path, "grep", SHORT, "C", "1 GB plain, no local mail")
    yield _beside(path, "grep", LONG, "C", "1 GB plain, no local mail")
    make_log(path, SIZE, local=True)
    for pattern in (SHORT, LONG):
        for locale in ("C", "C.UTF-8"):
            yield _beside(path, "grep", pattern, locale, "1 GB plain, local mail numbered")
    yield _numbered(path)
    for size in (SIZE // 10, SIZE // 4):
        small = room / f"{size}.log"
        make_log(small, size, local=True)
        yield from _memory(small)
    yield from _memory(path)
    output_of(["/bin/gzip", "-6", str(path)])
    packed = path.with_suffix(".log.gz")
    yield _beside(packed, "zgrep", SHORT, "C", "1 GB in gzip, local mail numbered", rounds=3)


def _beside(path: Path, program: str, pattern: str, locale: str, what: str, rounds: int = 5) -> Row:
    """Our scan and the peer's count, in turns."""
    counts = ["", ""]

    def ours() -> None:
        counts[0] = str(LocalReader().scan_log(str(path), MAILERS).local.total)

    def peer() -> None:
        argv = [f"/bin/{program}", "-cE", pattern, str(path)]
        counts[1] = output_of(argv, {"LC_ALL": locale, "PATH": "/usr/bin:/bin"})

    taken = in_turns(ours, peer, rounds)
    note = f"local deliveries: ours {counts[0]}, theirs {counts[1]}"
    return Row(what, *taken, f"LC_ALL={locale} {program} -cE '{pattern}'", note=note)


def _numbered(path: Path) -> Row:
    """The same question to both: grep numbers its lines as well."""
    found = [0, 0]

    def ours() -> None:
        found[0] = LocalReader().scan_log(str(path), MAILERS).local.total

    def peer() -> None:
        argv = ["/bin/grep", "-nE", SHORT, str(path)]
        found[1] = len(output_of(argv, {"LC_ALL": "C", "PATH": "/usr/bin:/bin"}).splitlines())

    note = "both number the lines: ours {}, theirs {}"
    taken = in_turns(ours, peer)
    what = "1 GB plain, local mail numbered"
    return Row(what, *taken, f"LC_ALL=C grep -nE '{SHORT}'", note=note.format(*found))


def _memory(path: Path) -> Iterator[Row]:
    """Peak memory of all processes that scan it."""
    idle = float(in_a_process(PEAK))
    peak = float(in_a_process(PEAK, str(path)))
    size = path.stat().st_size
    parts = min(MOST, processors()) if size >= WORTH and processors() > 1 else 0
    note = f"{parts} processes besides" if parts else "no process besides"
    what = f"{size / 1e6:,.0f} MB plain: peak memory"
    yield Row(what, peak, idle, "the same program, nothing scanned", "MB", note)
