"""What workers post to the app. A worker changes nothing that is shown; it posts one of these."""

from __future__ import annotations

from textual.message import Message

from wizard.diff import StepPreview
from wizard.errors import StepdownError
from wizard.facts.model import Facts
from wizard.model import CheckResult
from wizard.remedies.base import RemedyOffer
from wizard.run_status import RunStatus
from wizard.switch_advice import SwitchAdvice


class Told(Message):
    """The session says what it is looking at."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class FactsKnown(Message):
    """One more fact is known."""

    def __init__(self, facts: Facts) -> None:
        super().__init__()
        self.facts = facts


class ResultArrived(Message):
    """A check has ended."""

    def __init__(self, result: CheckResult) -> None:
        super().__init__()
        self.result = result


class OffersKnown(Message):
    """What can be put right, as it stands after the checks."""

    def __init__(self, offers: tuple[RemedyOffer, ...]) -> None:
        super().__init__()
        self.offers = offers


class Finished(Message):
    """A piece of long work is over, well or badly."""

    def __init__(self, work: str, problem: StepdownError | None = None, said: str = "") -> None:
        super().__init__()
        self.work = work
        self.problem = problem
        self.said = said
        "What the work returned, such as a run's id."


class LeftUnfinished(Message):
    """The engine ended, but not the run."""

    def __init__(self, status: RunStatus) -> None:
        super().__init__()
        self.status = status


class EventsWaiting(Message):
    """The inbox holds events of the run."""


class Planned(Message):
    """The plan is made and told."""

    def __init__(self, previews: tuple[StepPreview, ...]) -> None:
        super().__init__()
        self.previews = previews


class Advised(Message):
    """Which switch is recommended here."""

    def __init__(self, advice: SwitchAdvice) -> None:
        super().__init__()
        self.advice = advice
