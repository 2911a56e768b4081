"""A million aliases: read, judged, and held against their database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.frame import Row, in_a_process, in_turns, output_of, timed
from wizard.facts.alias.text import Parsed, read_text, started
from wizard.lab.errors import LabUnavailable
from wizard.lab.practice import Lab
from wizard.lab.program import APP, SITE

ALIASES = 1_000_000
PROGRAM = b'ticket: "|/usr/local/bin/ticket"\n'
SUSPECT = r'[:,][[:space:]]*"?[|/]|:include:'
"What an administrator would search for."
_PEAK = """
import sys
from benchmarks.aliases import read
from benchmarks.frame import peak_mb
before = peak_mb()
read(sys.argv[1])
print(peak_mb() - before)
"""
_BUILD = r"""
(printf '@\t@\n'; sed 's/: /\t/' /etc/aliases) | /usr/sbin/makemap hash /etc/mail/aliases
"""
_COMPARE = r"""
/usr/sbin/makemap -u hash /etc/mail/aliases.db | sort >/root/stored
(printf '@\t@\n'; sed 's/: /\t/' /etc/aliases) | sort >/root/text
comm -3 /root/stored /root/text | wc -l
"""
"What an administrator would do; only for a text as plain as this one. newaliases takes minutes."
_GATHER = """
import time
from wizard.facts import (aliases, cf, classes)
from wizard.host.local import LocalReader
from wizard.platforms.detect import detect
host = LocalReader()
platform = detect(host)
known = classes.gather(host, platform)
start = time.perf_counter()
found = aliases.gather(host, platform.sendmail, cf.gather(host, platform.cf_path), known)
print(time.perf_counter() - start, found.files[0].total, found.files[0].unlike_total)
"""


def text() -> bytes:
    """Aliases to other hosts, one program among them."""
    lines = (b"user%d: first.last%d@mail%d.example.org\n" % (n, n, n % 50) for n in range(ALIASES))
    return PROGRAM + b"".join(lines)


def read(path: str) -> Parsed:
    """As the fact reads a text."""
    parsed = started(path, frozenset({"localhost"}))
    read_text(parsed, Path(path).read_bytes())
    return parsed


def rows(room: Path) -> Iterator[Row]:
    """Against grep(1), which knows no continuation lines; for the database against comm(1)."""
    path = room / "aliases"
    path.write_bytes(text())
    grep = ["/usr/bin/grep", "-nE", SUSPECT, str(path)]
    found = len(read(str(path)).entries)
    seen = len(output_of(grep).splitlines())
    what = f"{ALIASES:,} aliases"
    ours, peer = in_turns(lambda: read(str(path)), lambda: output_of(grep), rounds=3)
    note = f"both found {found}" if found == seen else f"found {found} and {seen}"
    yield Row(f"{what}, the text", ours, peer, "grep -nE '[:,] *\"?[|/]|:include:'", note=note)
    yield Row(f"{what}, memory", float(in_a_process(_PEAK, str(path))), None, "", "MB")
    try:
        with Lab.open("relay") as lab:
            yield _in_a_relay(lab, what)
    except LabUnavailable:
        return


def _in_a_relay(lab: Lab, what: str) -> Row:
    """Text and database of a real Sendmail, each alias compared."""
    lab.write("/etc/aliases", text())
    lab.run(["/bin/sh", "-c", _BUILD])
    peer = timed(lambda: lab.run(["/bin/sh", "-c", _COMPARE], env={"LC_ALL": "C"}))
    done = lab.run(["/usr/bin/python3", "-c", _GATHER], env={"PYTHONPATH": f"{APP}:{SITE}"})
    ours, total, unlike = done.stdout.split()
    note = f"{int(total):,} aliases, {int(unlike)} of them unlike"
    beside = "makemap -u | sort; sed | sort; comm -3"
    return Row(f"{what}, text against database", float(ours), peer, beside, note=note)
