"""A run's undo as a plain sh(1) script: for the day on which neither we nor Python are there.

A library that is the same for every run, then a line for each operation, the last first. What the
script must know of the host before the first change stands in those lines, or lies below
`original/` beside it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from shlex import quote

from wizard.engine.address import smtp_address
from wizard.errors import StepdownError
from wizard.host.files import write_private
from wizard.plans import Command, Plan
from wizard.undo_script.lines import Lines, sockets

NAME = "undo.sh"
"Of the script, in the run's directory."
ROOMS = ("journal.sh", "files.sh", "commands.sh", "waits.sh", "queue.sh", "ends.sh")
"The library's parts, in their order."
HEAD = """\
#!/bin/sh
# Written by stepdown before the first change of run {run}
# on {host}. It undoes that run, and needs neither stepdown nor Python nor a
# working Sendmail: only sh, GNU coreutils, findutils, grep, sed, and util-linux.
#
#     sh {path}
#
# At any time: after the change, in the middle of it, or in the middle of a rollback; and again,
# where it was interrupted. Nothing is done where an engine of stepdown is still at work.
# It tells what it does, and keeps that in undo.log. Exit code 0: all is undone, and what is not
# exactly as before is named; 6: something is not undone and needs a person.
#
# What it does is at the end, below the long line of dashes. Queue entries are never restored: what
# was delivered since must not come back, what arrived since must not be lost.
#
# shellcheck disable=SC2015,SC2016,SC2094,SC2317

"""


def write_undo_script(place: Path, plan: Plan, restart: tuple[Command, ...] = ()) -> None:
    """Write `undo.sh` into the run's directory, on disk before this returns.

    restart: what stops and starts the relay, for one that does not answer at the end.

    Raises OSError, StepdownError. The originals must lie there already.
    """
    path = place / NAME
    text = script(place, plan, restart)
    write_private(str(path), text.encode("utf-8", "surrogateescape"))
    os.chmod(path, 0o700)


def script(place: Path, plan: Plan, restart: tuple[Command, ...]) -> str:
    """The whole text. Raises StepdownError where a part of the library is missing."""
    path = _comment(quote(str(place / NAME)))
    head = HEAD.format(run=place.name, host=_comment(plan.host), path=path)
    return "".join(
        (head, *_settings(place, plan), _library(), *_undo(Lines(place, plan, restart), plan))
    )


def _settings(place: Path, plan: Plan) -> Iterator[str]:
    state = place.parent.parent
    yield f"run={quote(str(place))}\n"
    yield f"state={quote(str(state))}\n"
    yield f"id={quote(place.name)}\n"
    yield f"digest={quote(plan.digest)}\n"
    address = smtp_address(plan)
    yield f"smtp={quote(address)}\n"
    yield f"sockets={sockets(address)}\n"
    yield f"user={quote(plan.choices.user)}\n"
    yield f"group={quote(plan.choices.group)}\n\n"


def _library() -> str:
    here = files("wizard.undo_script")
    try:
        return "\n".join((here / room).read_text() for room in ROOMS)
    except OSError as problem:
        raise StepdownError(f"a part of undo.sh is missing here: {problem}") from problem


def _undo(lines: Lines, plan: Plan) -> Iterator[str]:
    yield "\n# " + "-" * 99 + "\n\n"
    yield from lines.functions()
    yield "undo() {\n\tbegin\n"
    for step in reversed(plan.steps):
        made = list(lines.of(step))
        if made:
            yield f"\n\t# {step.id}: {_comment(step.title)}\n"
            yield from (f"\t{line}\n" for line in made)
    yield "\n\t# the relay answers, and nothing is left to a group that is gone\n"
    yield from (f"\t{line}\n" for line in lines.at_the_end())
    yield "\n\tfinish\n}\n\nundo\n"


def _comment(text: str) -> str:
    """On one line, whatever it holds."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
