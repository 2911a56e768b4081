"""Reading a mailertable of a million rows, text and database, beside makemap(8) itself.

It runs where makemap is: in a practice relay, or on this machine where there is one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from benchmarks.frame import Row, in_a_process
from wizard.lab.errors import LabUnavailable
from wizard.lab.practice import Lab

ROWS = 1_000_000
ROUNDS = 3
WHERE = "/var/tmp/stepdown-tables"  # noqa: S108  (in the practice relay)
CODE = r"""
import json, os, resource, subprocess, sys, time
from pathlib import Path
from statistics import median
from wizard.facts import (cf, tables)
from wizard.facts.model import Classes
from wizard.host.local import LocalReader

room, rows, rounds = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
room.mkdir(mode=0o755, exist_ok=True)
text, base = room / "mailertable", str(room / "mailertable")
with text.open("w") as out:
    out.writelines(f"d{n}.example\tesmtp:[h{n % 7}.example.org]\n" for n in range(rows))
build = ["/usr/sbin/makemap", "hash", base]
dump = ["/usr/sbin/makemap", "-u", "hash", base]
spelt = f"Sparse=0\nR$*\t$: $(mailertable $1 $)\nKmailertable hash {base}\n"
parsed, names = cf.parse("sendmail.cf", spelt), Classes(("relay1",), ())
compared = (
    f"/usr/sbin/makemap -u hash {base} 2>/dev/null | sort > {base}.1; sort {base} > {base}.2;"
    f" comm -3 {base}.1 {base}.2 | wc -l; awk -F'[\t:]' '{{n[$2]++}} END {{for (m in n) print m}}'"
    f" {base}.1"
)


def run(argv, **more):
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more)


def built():
    with text.open() as stream:
        run(build, stdin=stream)


def ours():
    global found
    found = tables.gather(LocalReader(), parsed, names)


acts = {
    "ours": ours,
    "build": built,
    "dump": lambda: run(dump),
    "compared": lambda: run(["/bin/sh", "-c", compared], env={**os.environ, "LC_ALL": "C"}),
}
built()
taken = {name: [] for name in acts}
for turn in range(rounds + 1):
    for name, act in acts.items():
        start = time.perf_counter()
        act()
        if turn:
            taken[name].append(time.perf_counter() - start)
table = found.tables[0]
told = {name: median(times) for name, times in taken.items()}
told["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
told["note"] = f"{table.entries:,} rows, {len(table.unlike)} differ, mailers {list(table.kinds)}"
print(json.dumps(told))
"""


def rows(room: Path) -> Iterator[Row]:
    """One reading of both, beside each of the tools that an admin would use for a part of it."""
    told = _told(room)
    if not told:
        return
    what = f"read and compare a mailertable, {ROWS:,} rows"
    peers = (
        (
            *("compared", "makemap -u hash | sort, sort TEXT, comm -3, awk"),
            f"the same question; {told['note']}",
        ),
        (
            *("dump", "makemap -u hash"),
            "an easier question: it only prints the database, which ours runs as well",
        ),
        (
            *("build", "makemap hash"),
            "another question: what building that database takes, on each change",
        ),
    )
    for key, beside, note in peers:
        yield Row(what, float(told["ours"]), float(told[key]), beside, note=note)
    yield Row(f"memory for that, {ROWS:,} rows", float(told["peak"]), None, "", unit="MB")


def _told(room: Path) -> dict[str, str]:
    """What the measuring process printed; nothing where there is no makemap to be had."""
    if Path("/usr/sbin/makemap").exists():
        return _read(in_a_process(CODE, str(room), str(ROWS), str(ROUNDS)))
    try:
        with Lab.open("relay") as lab:
            return _read(_in_the_lab(lab))
    except LabUnavailable:
        return {}


def _read(printed: str) -> dict[str, str]:
    return {name: str(value) for name, value in json.loads(printed).items()}


def _in_the_lab(lab: Lab) -> str:
    paths = "PYTHONPATH=/opt/stepdown/app:/opt/stepdown/site"
    done = lab.run(
        ["/usr/bin/env", paths, "python3", "-c", CODE, WHERE, str(ROWS), str(ROUNDS)],
    )
    if done.returncode:
        raise RuntimeError(done.stderr.decode())
    return done.stdout.decode()
