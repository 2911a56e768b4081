"""Reading a mailertable of a million rows, text and database, beside makemap(8) itself.

It runs where makemap is: in a practice relay, or on this machine where there is one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
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
from wizard.facts import cf, tables
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
    with ExitStack() as stack:
        if Path("/usr/sbin/makemap").exists():
            told = json.loads(in_a_process(CODE, str(room), str(ROWS), str(ROUNDS)))
        else:
            try:
                lab = stack.enter_context(Lab.open("relay"))
            except LabUnavailable:
                return
            told = json.loads(_in_the_lab(lab))
    what = f"read and compare a mailertable, {ROWS:,} rows"
    note = str(told["note"])
    yield Row(
        what,
        told["ours"],
        told["compared"],
        "makemap -u hash | sort, sort TEXT, comm -3, awk",
        note=f"the same question; {note}",
    )
    yield Row(
        what,
        told["ours"],
        told["dump"],
        "makemap -u hash",
        note="an easier question: it only prints the database, which ours runs as well",
    )
    yield Row(
        what,
        told["ours"],
        told["build"],
        "makemap hash",
        note="another question: what building that database takes, on each change",
    )
    yield Row(f"memory for that, {ROWS:,} rows", told["peak"], None, "", unit="MB")


def _in_the_lab(lab: Lab) -> str:
    paths = "PYTHONPATH=/opt/stepdown/app:/opt/stepdown/site"
    done = lab.run(
        ["/usr/bin/env", paths, "python3", "-c", CODE, WHERE, str(ROWS), str(ROUNDS)],
    )
    if done.returncode:
        raise RuntimeError(done.stderr.decode())
    return done.stdout.decode()
