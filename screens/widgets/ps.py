"""The mail processes as ps shows them, with the child that serves the proof marked."""

from __future__ import annotations

from textual.content import Content

from screens.text import fit, lines, say
from screens.words import Tone
from wizard.events import ProcessTable
from wizard.model import Process

_YOU = " ◂ you"


def ps_content(
    table: ProcessTable | None, served: ProcessTable | None, width: int, unprivileged: bool
) -> Content:
    """The table, then the serving child's ids spelled out; unprivileged where that was proven.

    That child ends with its connection: it stays in the picture as it was last seen.
    """
    if table is None:
        return say(("waiting for the first connection", Tone.QUIET))
    seen = served or table
    you = [row for row in seen.rows if row.pid == seen.serving]
    ended = bool(you) and all(row.pid != seen.serving for row in table.rows)
    rows = [*table.rows, *(you if ended else [])]
    user = max([8, *(len(row.user) for row in rows)])
    out = [say((f"{'USER':<{user}} {'PID':>6} {'PPID':>6}  COMMAND", Tone.QUIET))]
    mark = _YOU + " (ended)" if ended else _YOU
    out += [_row(row, mark if row in you else "", user, width) for row in rows]
    if you:
        tense = "served" if ended else "serves"
        out += [say(""), say((f"{you[0].pid} {tense} this very connection", "bold"))]
        out += [say("  ", line) for line in seen.detail]
        if unprivileged:
            out[-1] = say(out[-1], "     ", ("cannot become root", Tone.GOOD.bold))
        out += [say("  ", (line, Tone.QUIET)) for line in _master(rows, you[0])]
    return lines(out)


def _master(rows: list[Process], child: Process) -> list[str]:
    """What the article says of the master, since its being root startles who reads ps."""
    master = next((row for row in rows if row.pid == child.ppid and row.uids[1] == 0), None)
    if master is None:
        return []
    return [
        f"{master.pid} is root, as the article expects: it binds",
        "port 25 and forks; nobody outside talks to it.",
    ]


def _row(row: Process, mark: str, user: int, width: int) -> Content:
    ids = f"{row.user:<{user}} {row.pid:>6} {row.ppid:>6}  "
    if mark:
        tone = Tone.BAD if 0 in row.uids else Tone.GOOD
        text = say((ids + row.title, tone.bold))
        return say(fit(text, min(text.cell_length, width - len(mark))), (mark, Tone.LEAD.bold))
    return fit(say((ids + row.title, Tone.PLAIN if row.user != "smmsp" else Tone.QUIET)), width)
