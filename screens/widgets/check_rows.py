"""The checks as rows: by area, each area with how it stands, each check with how it ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from textual.content import Content

from screens.board import Board, Entry, Tally, attention, tally
from screens.text import mark, say
from screens.widgets.rows import Row
from screens.words import (
    BLOCKS,
    MENDED,
    PASSED,
    RUNNING,
    SKIPPED,
    WAITING,
    WARNED,
    Tone,
    count,
    result_sign,
)


def check_rows(
    board: Board, put_right: Mapping[str, str], shown: frozenset[str] | None = None
) -> list[Row]:
    """Every area with its checks; `shown` leaves out all others, but no area."""
    rows: list[Row] = []
    for area, heading, entries in board.groups():
        title = say(" ", (heading, Tone.SHOWN.bold))
        rows.append(Row(f"area-{area}", title, _sums(tally(entries)), heading=True))
        rows += [
            check_row(one, board.looking, put_right.get(one.check_id, ""))
            for one in entries
            if shown is None or one.check_id in shown
        ]
    return rows


def check_row(entry: Entry, looking: str, put_right: str) -> Row:
    """One check; while it waits its last result stands there in grey, or its question."""
    if entry.waiting or entry.result is None:
        sign = RUNNING if entry.running else WAITING
        title = say((entry.title, "" if entry.running else Tone.QUIET))
        told = looking or "looking again"
        beside = say((f"{told} …", Tone.LEAD)) if entry.running else say("")
        return Row(entry.check_id, say(" ", mark(sign), " ", title), beside)
    result = entry.result
    sign, summary = result_sign(result), say((result.summary, Tone.QUIET))
    if put_right and not result.blocks:
        sign = sign if attention(result) else MENDED
        summary = say((f"by the plan: {put_right}", MENDED.tone))
    style = "bold" if result.blocks else ""
    return Row(entry.check_id, say(" ", mark(sign), " ", (result.title, style)), summary)


def _sums(sums: Tally) -> Content:
    """`✔ 12  ⚠ 1  ✖ 1`, each only where there is one."""
    parts = (
        (BLOCKS, sums.blocking),
        (WARNED, sums.warned + sums.accepted),
        (PASSED, sums.passed),
        (SKIPPED, sums.skipped),
        (WAITING, sums.to_go),
    )
    told = [say((f"{sign.symbol} {n}", sign.tone)) for sign, n in parts if n]
    return say("  ").join(told)


def sums_content(sums: Tally, wide: bool) -> Content:
    """`14 passed · 1 warning · 1 blocks · 9 to go`."""
    parts = [say((f"{sums.passed} passed", Tone.GOOD))]
    if sums.warned:
        parts.append(say((count(sums.warned, "warning"), Tone.WARN)))
    if sums.accepted:
        parts.append(say((f"{sums.accepted} accepted", Tone.WARN)))
    if sums.blocking:
        word = "blocks" if sums.blocking == 1 else "block"
        words = f"{sums.blocking} {word}{' the way' if wide else ''}"
        parts.append(say((words, Tone.BAD.bold)))
    if sums.to_go:
        parts.append(say((f"{sums.to_go} to go", Tone.LEAD)))
    return join_dots(parts)


def join_dots(parts: Iterable[Content]) -> Content:
    """Parts of a sum with dots between them."""
    return say((" · ", Tone.QUIET)).join(parts)
