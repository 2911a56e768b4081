"""Runs inside the practice relay: walks the real wizard by keys and tells what it showed.

Not a test itself. The wizard, the session, the engine and Sendmail are the real ones; only the
terminal is Textual's own pilot.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable

from msgspec.structs import replace
from textual.pilot import Pilot

from screens.app import StepdownApp, build_app
from wizard.composition import open_session
from wizard.model import Phase
from wizard.probes.proof import holds

PATIENCE = 60.0
"Seconds for each thing to happen."


async def until(pilot: Pilot[int], what: str, happened: Callable[[], bool]) -> None:
    """Wait for it, or end with what the screen shows."""
    end = time.monotonic() + PATIENCE
    while not happened():
        if time.monotonic() > end:
            sys.exit(f"{what} did not happen; the wizard stands on {pilot.app.screen}")
        await pilot.pause(0.1)
    await pilot.pause(0.2)


async def walk(width: int, height: int) -> None:
    """From the host to kept, then back: rolled back through the wizard."""
    session = open_session()
    session.choose(replace(session.choices, confirm_within=10.0))
    app: StepdownApp = build_app(session)
    async with app.run_test(size=(width, height)) as pilot:
        await until(pilot, "gathering", lambda: session.facts is not None and not app.busy)
        await pilot.press("n")
        await until(pilot, "checking", lambda: bool(session.results) and not app.busy)
        print("verdict", session.verdict())
        await pilot.press("n")
        await until(pilot, "choices", lambda: app.step == "Choices")
        await pilot.press("n")
        await until(pilot, "planning", lambda: session.plan is not None and not app.busy)
        await pilot.press("a")
        await pilot.pause(0.5)
        await pilot.press("y")
        await until(pilot, "the proof", lambda: app.run_view.phase is Phase.AWAITING_CONFIRMATION)
        print("stands on", app.step)
        await pilot.press("v")
        await until(pilot, "proving again", lambda: not {"verify"} & set(app.busy))
        proofs = app.run_view.proofs.values()
        print("failed", [p.title for p in proofs if not holds(p)])
        print("more than 25 proofs", len(proofs) > 25)
        await pilot.press("k")
        await pilot.pause(0.5)
        await pilot.press("y")
        await until(pilot, "keeping it", lambda: app.run_view.phase is Phase.DONE)
        print("phase", app.run_view.phase.value)
        await pilot.press("q")
    app.stop_following()


if __name__ == "__main__":
    asyncio.run(walk(int(sys.argv[1]), int(sys.argv[2])))
