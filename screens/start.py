"""The way in from the command line."""

from __future__ import annotations

from wizard.session import Session


def run_app(session: Session) -> int:
    """Run the full screen; returns the exit code that tells how the run ended."""
    from screens.app import build_app

    code = build_app(session).run()
    return 1 if code is None else code
