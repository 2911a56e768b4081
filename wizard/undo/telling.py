"""What a rollback tells as it goes: lines, exceptions (fine, but not as before), failures."""

from __future__ import annotations

from wizard.events import Output
from wizard.journal import Journal


class Telling:
    """Keeps what was told, and journals it."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.exceptions: list[str] = []
        self.failures: list[str] = []

    @property
    def run(self) -> str:
        """Id of the run."""
        return self._journal.run

    def say(self, step_id: str, text: str) -> None:
        """A line of a step's."""
        self._journal.add(Output(0, 0.0, step_id, text))

    def note(self, step_id: str, text: str) -> None:
        """Something is not as it was before, and for a reason."""
        self.exceptions.append(text)
        self._journal.add(Output(0, 0.0, step_id, text, exception=True))
