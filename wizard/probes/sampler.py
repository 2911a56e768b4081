"""Sendmail's short-lived processes, caught while they live: delivery children and queue runs."""

from __future__ import annotations

from wizard.host.base import HostReader


class Sampler:
    """Looks at Sendmail's processes again and again, from start() to stop()."""

    def __init__(self, host: HostReader) -> None:
        self._host = host

    def start(self) -> None:
        """Begin."""

    def stop(self) -> None:
        """End."""
