"""Screenshots of every screen, from the recorded relay: `python -m screens.gallery DIRECTORY`.

Drives the real app by keys and saves what it shows, narrow and wide. The pictures are written by
this and never by hand.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from textual.app import App
from textual.events import Key, Paste
from textual.pilot import Pilot
from textual.widgets import Input

from screens.app import StepdownApp, build_app
from screens.replay import Cut, Replay, at_phase, in_step, waits_for_sessions
from screens.widgets.rows import Rows
from wizard.model import Phase
from wizard.session import Session

SIZES = ((80, 24), (140, 40))
"Columns and rows of each picture."

Walk = Callable[[Pilot[int]], Awaitable[None]]


async def settle(pilot: Pilot[int]) -> None:
    """Wait until no work is under way but following, and the screen is drawn.

    A session for rehearsing tells by `told_all` that its run has no more to say for now, and by
    `still` that it stands still while it looks at the host.
    """
    app = pilot.app
    assert isinstance(app, StepdownApp)
    for _ in range(1000):
        if app.return_code is not None:
            return
        told_all = getattr(app.session, "told_all", None)
        following = "follow" in app.busy and told_all is not None and not told_all.is_set()
        still = getattr(app.session, "still", None)
        stands = still is not None and still.is_set() and app.told_all_but(app.judging)
        if (app.at_rest or stands) and not following:
            break
        await asyncio.sleep(0.005)
    for field in app.screen.query(Input):
        field.cursor_blink = False
    await pilot.pause()


def _press(app: App[int], key: str) -> None:
    """A key as the driver sends it, or text as a terminal pastes it.

    Without the waiting of Pilot.press, which takes most of the time of a picture.
    """
    if " " in key:
        app.post_message(Paste(key.strip()))
    else:
        app.post_message(Key(key, key if len(key) == 1 else None))


def keys(*pressed: str) -> Walk:
    """Press keys, each once what the one before began has ended; `text ` with a blank is typed."""

    async def walk(pilot: Pilot[int]) -> None:
        await settle(pilot)
        for key in pressed:
            _press(pilot.app, key)
            await pilot.pause()
            await settle(pilot)

    return walk


async def picture(
    session: Session, walk: Walk, size: tuple[int, int], clock: Callable[[], float]
) -> str:
    """What the app shows after the walk, as SVG."""
    app = build_app(session, clock, eight=False)
    async with app.run_test(size=size, tooltips=False) as pilot:
        await walk(pilot)
        app.clear_notifications()
        await settle(pilot)
        await pilot.pause(0.05)
        svg = app.export_screenshot(title="stepdown", simplify=True)
        app.leave()
    # Some renderers drop a leading blank of a segment unless told to keep it.
    return svg.replace("<svg ", '<svg xml:space="preserve" ', 1)


_TO_PREVIEW = ("n", "n", "n")
_HOST = "relay1.example.net "
_APPLY = (*_TO_PREVIEW, "a", _HOST, "enter")
_KILLED = "config-cf"
"The step in which the engine of the picture of recovery was killed."
_PROVEN = at_phase(Phase.AWAITING_CONFIRMATION)


def to_step(step: str, *then: str) -> Walk:
    """To the preview, down to a step of the plan, and these keys there."""

    async def walk(pilot: Pilot[int]) -> None:
        await keys(*_TO_PREVIEW)(pilot)
        rows = pilot.app.screen.query_one("#plan-steps", Rows)
        for _ in range(40):
            if rows.row == step:
                break
            await keys("down")(pilot)
        await keys(*then)(pilot)

    return walk


SCENES: dict[str, tuple[Cut | None, Walk]] = {
    "host": (None, keys()),
    "checks": (None, keys("n")),
    "checks-all": (None, keys("n", "f")),
    "checks-evidence": (None, keys("n", "e")),
    "choices": (None, keys("n", "n", *["down"] * 6)),
    "preview-commands": (None, keys(*_TO_PREVIEW)),
    "preview-files": (None, to_step("config-cf")),
    "preview-owner": (None, to_step("mail-directory")),
    "preview-why": (None, to_step("queue-owner", "4")),
    "preview-undo": (None, to_step("queue-owner", "5")),
    "preview-timer": (None, keys(*_TO_PREVIEW, "home")),
    "preview-way-back": (None, keys(*_TO_PREVIEW, "end")),
    "apply-confirm": (None, keys(*_TO_PREVIEW, "a")),
    "apply-drain": (waits_for_sessions, keys(*_APPLY)),
    "apply": (in_step("service-start"), keys(*_APPLY)),
    "verify": (_PROVEN, keys(*_APPLY)),
    "verify-ps": (_PROVEN, keys(*_APPLY, "tab")),
    "done": (at_phase(Phase.DONE), keys(*_APPLY)),
    "rolled-back": (at_phase(Phase.ROLLED_BACK), keys(*_APPLY)),
    "certificate": (at_phase(Phase.ROLLED_BACK), keys(*_APPLY, "c")),
    "recovery": (in_step(_KILLED), keys()),
    "help": (None, keys("question_mark")),
}


def main(directory: str) -> int:
    """Take all pictures. Each is of an app of its own."""
    out = Path(directory)
    out.mkdir(parents=True, exist_ok=True)
    for name, (cut, walk) in SCENES.items():
        if not Replay(cut).reaches_cut:
            sys.stderr.write(f"{name}: the recorded run has no such moment; no picture\n")
            continue
        for size in SIZES:
            session = Replay(cut, dead=name == "recovery")
            moment = session.now
            svg = asyncio.run(picture(session, walk, size, lambda at=moment: at))  # type: ignore[misc]
            path = out / f"{name}-{size[0]}x{size[1]}.svg"
            path.write_text(svg, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
