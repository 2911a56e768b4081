"""The sessions that a drain waits for, as a small table with the time that is left."""

from __future__ import annotations

from textual.content import Content

from screens.run_view import RunView
from screens.text import fit, lines, say
from screens.words import Tone, clock, count, duration
from wizard.events import MailSession

GO_ON = "g goes on at once: who is in the middle of a message gets 421 and sends it again."
_FOR = 11
"Columns of the last column."


def drain_content(view: RunView, now: float, width: int) -> Content:
    """The table, the longest first; empty where nothing is waited for."""
    waits = view.sessions
    if waits is None:
        return say("")
    rows = sorted(waits.rows, key=lambda row: -row.seconds)
    passed = max(0.0, now - waits.time)
    peer = _peer_width(rows, width)
    state = max(0, width - 7 - peer - 1 - _FOR)
    head = f"{'PID':>6} {'PEER':<{peer}} {'STATE':<{state}}{'HOW LONG':>{_FOR}}"
    told = [drain_sums(view, now), fit(say((head, Tone.QUIET)), width)]
    for row in rows:
        left = say(f"{row.pid:>6} ", fit(say(row.peer or "not known"), peer), " ")
        shown = fit(say((row.state, _tone(row))), max(0, state - 1))
        told.append(say(left, shown, " ", duration(row.seconds + passed).rjust(_FOR)))
    return lines([*told, say(""), say((GO_ON, Tone.QUIET))])


def drain_sums(view: RunView, now: float) -> Content:
    """`3 sessions open, goes on in  0:42`; empty where nothing is waited for."""
    if view.sessions is None:
        return say("")
    chip = (f" {clock(view.drain_left(now))} ", "bold $chip-text on $countdown")
    number = count(len(view.sessions.rows), "session")
    return say((f"… {number} still open", Tone.LEAD.bold), ", goes on in ", chip)


def drain_brief(view: RunView, now: float) -> Content:
    """The same for a title, where room is dear."""
    if view.sessions is None:
        return say("")
    chip = (f" {clock(view.drain_left(now))} ", "bold $chip-text on $countdown")
    return say(f"{count(len(view.sessions.rows), 'session')} open ", chip)


def _peer_width(rows: list[MailSession], width: int) -> int:
    """As wide as the longest peer, with at least a few columns left for the state."""
    longest = max((say(row.peer).cell_length for row in rows), default=0)
    return max(12, min(longest, width - 7 - _FOR - 12))


def _tone(row: MailSession) -> Tone:
    """In the middle of a message: that is what the waiting is for."""
    return Tone.WARN if "DATA" in row.state.upper() else Tone.PLAIN
