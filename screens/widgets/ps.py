"""The mail processes as ps shows them, with the child that serves the proof marked."""

from __future__ import annotations

from textual.content import Content

from screens.text import fit, lines, say
from screens.words import Tone
from wizard.model import Process, ProcessTable

_YOU = " ◂ you"


def ps_content(table: ProcessTable | None, width: int) -> Content:
    """The table, then the serving child's ids spelled out."""
    if table is None:
        return say(("waiting for the first connection", Tone.QUIET))
    user = max([8, *(len(row.user) for row in table.rows)])
    out = [say((f"{'USER':<{user}} {'PID':>6} {'PPID':>6}  COMMAND", Tone.QUIET))]
    out += [_row(row, table.serving, user, width) for row in table.rows]
    if table.serving:
        out += [say(""), say((f"{table.serving} serves this very connection", "bold"))]
        out += [say("  ", (line, _detail_style(line))) for line in table.detail]
    return lines(out)


def _row(row: Process, serving: int, user: int, width: int) -> Content:
    ids = f"{row.user:<{user}} {row.pid:>6} {row.ppid:>6}  "
    if row.pid == serving:
        tone = Tone.BAD if 0 in row.uids else Tone.GOOD
        text = say((ids + row.title, tone.bold))
        return say(fit(text, min(text.cell_length, width - len(_YOU))), (_YOU, Tone.LEAD.bold))
    return fit(say((ids + row.title, Tone.PLAIN if row.user != "smmsp" else Tone.QUIET)), width)


def _detail_style(line: str) -> str:
    if "cannot become root" in line:
        return Tone.GOOD.bold
    return Tone.PLAIN.style
