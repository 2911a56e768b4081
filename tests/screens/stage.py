"""Put a session on stage: the app, its keys, and the text that it shows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from textual.pilot import Pilot

from screens.app import StepdownApp, build_app
from screens.gallery import keys, settle
from tests.screens import canned_run
from wizard.session import Session

WIDE = (140, 40)
NARROW = (80, 24)


class Stage:
    """One running app."""

    def __init__(self, app: StepdownApp, pilot: Pilot[int]) -> None:
        self.app = app
        self.pilot = pilot

    async def press(self, *pressed: str) -> None:
        """Keys, one after the other, each once the one before has had its effect."""
        await keys(*pressed)(self.pilot)

    @property
    def step(self) -> str:
        return self.app.step

    @property
    def text(self) -> str:
        """All that the terminal shows."""
        rows = self.app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in row) for row in rows)

    @property
    def said(self) -> str:
        """The toasts."""
        return "\n".join(one.message for one in self.app._notifications)


@asynccontextmanager
async def stage(session: Session, size: tuple[int, int] = NARROW) -> AsyncIterator[Stage]:
    """The app with this session, settled on its first screen."""
    app = build_app(session, lambda: canned_run.NOW, eight=False)
    async with app.run_test(size=size, notifications=True) as pilot:
        await settle(pilot)
        try:
            yield Stage(app, pilot)
        finally:
            app.stop_following()
