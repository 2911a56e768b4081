"""Screenshots of every screen: `python -m screens.gallery DIRECTORY`.

Drives the real app with a session and saves what it shows, narrow and wide. The pictures are
written by this and never by hand.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from importlib import import_module
from pathlib import Path

from textual.pilot import Pilot

from screens.app import StepdownApp, build_app
from wizard.session import Session

SIZES = ((80, 24), (140, 40))
"Columns and rows of each picture."

Walk = Callable[[Pilot[int]], Awaitable[None]]


async def settle(pilot: Pilot[int]) -> None:
    """Wait until no work is under way but following, and the screen is drawn.

    A rehearsed session tells by `told_all` that its run has no more to say for now.
    """
    app = pilot.app
    assert isinstance(app, StepdownApp)
    for _ in range(500):
        await pilot.pause(0.002)
        told_all = getattr(app.session, "told_all", None)
        following = "follow" in app.busy and told_all is not None and not told_all.is_set()
        if app.at_rest and not following:
            break
    await pilot.pause()


async def _type(pilot: Pilot[int], text: str) -> None:
    """Text into the field that has the focus."""
    for character in text.strip():
        await pilot.press(character)


def keys(*pressed: str) -> Walk:
    """Press keys, each once what the one before began has ended; `text ` with a blank is typed."""

    async def walk(pilot: Pilot[int]) -> None:
        await settle(pilot)
        for key in pressed:
            await (pilot.press(key) if " " not in key else _type(pilot, key))
            await settle(pilot)

    return walk


async def shoot(
    session: Session, walk: Walk, size: tuple[int, int], clock: Callable[[], float], path: Path
) -> None:
    """One picture."""
    app = build_app(session, clock, eight=False)
    async with app.run_test(size=size, tooltips=False) as pilot:
        await walk(pilot)
        app.clear_notifications()
        await settle(pilot)
        await pilot.pause(0.05)
        svg = app.export_screenshot(title="stepdown", simplify=True)
        # Some renderers drop a leading blank of a segment unless told to keep it.
        path.write_text(svg.replace("<svg ", '<svg xml:space="preserve" ', 1), encoding="utf-8")
        app.leave()


def main(directory: str, source: str = "tests.screens.scenes") -> int:
    """Take all pictures that the source module's SCENES tell."""
    scenes = import_module(source)
    out = Path(directory)
    out.mkdir(parents=True, exist_ok=True)
    for name, (make, walk) in scenes.SCENES.items():
        for size in SIZES:
            path = out / f"{name}-{size[0]}x{size[1]}.svg"
            asyncio.run(shoot(make(), walk, size, scenes.CLOCK, path))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
