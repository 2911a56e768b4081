"""What we tell the admin when something does not go: a sentence, the remedy, the exit code."""

from __future__ import annotations


class StepdownError(Exception):
    """Base of what we tell the admin: a sentence, where it happened, and the remedy."""

    exit_code = 1

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy


class Refused(StepdownError):
    """A precondition blocks (exit code 3)."""

    exit_code = 3


class Drift(StepdownError):
    """The plan is stale or for another host (exit code 4)."""

    exit_code = 4


class UsageProblem(StepdownError):
    """The call's words are off (exit code 2)."""

    exit_code = 2


class NothingToDo(StepdownError):
    """All is as it should be: no plan is made (exit code 0)."""

    exit_code = 0
