"""`stepdown check` on the practice relay, whole: process start, all facts, all checks.

Beside it stands the least that any check of where mail goes must do: ask the installed Sendmail
for three addresses. It is a floor, not a rival: nothing else asks what stepdown asks.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.frame import Row, in_turns
from wizard.lab.errors import LabUnavailable
from wizard.lab.practice import Lab

ADDRESSES = ("root", "postmaster", "MAILER-DAEMON")


def rows(room: Path) -> Iterator[Row]:
    """One row; none where no practice relay can be opened here."""
    try:
        lab = Lab.open("relay")
    except LabUnavailable as problem:
        yield Row("stepdown check, practice relay", 0.0, None, f"not measured: {problem}")
        return
    with lab:
        taken = in_turns(
            lambda: lab.run(["stepdown", "check", "--json"]),
            lambda: [lab.run(["/usr/sbin/sendmail", "-bv", name]) for name in ADDRESSES],
        )

    beside = f"a floor: sendmail -bv {', '.join(ADDRESSES)}"
    yield Row("stepdown check, practice relay", *taken, beside)
