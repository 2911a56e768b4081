"""Looking at the host and judging it: the work, and what is known of it while it goes on.

The session does one thing at a time, so what judges is never started twice at once: a check that
is asked for while another is looked at waits for its turn, everything else is refused.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from time import perf_counter, sleep

from textual import on

from screens.board import Board
from screens.messages import FactsKnown, Finished, OffersKnown, ResultArrived, Told
from screens.modals.mend import Mend
from screens.navigation import WalkingApp
from screens.words import problem_text
from wizard.errors import StepdownError
from wizard.facts.model import Facts
from wizard.model import CheckResult
from wizard.plans import Choices
from wizard.remedies.base import RemedyOffer
from wizard.session import Session

LONG_ENOUGH = 0.4
"Seconds for which a sign that something is looked at stays, so that it is seen and not a flicker."
JUDGING = ("examine", "recheck", "accept", "remedy", "choose")
"Works that judge; the session does one of them at a time."


class LookingApp(WalkingApp):
    """The part of the app that looks and judges."""

    def __init__(self, session: Session, clock: Callable[[], float]) -> None:
        super().__init__(session)
        self.clock = clock
        "Seconds since the epoch; frozen in tests."
        self.problems: dict[str, StepdownError] = {}
        "By work: what went wrong the last time."
        self.board = Board(session.checks())
        self.asked: deque[str] = deque()
        "Checks to look at again, the one under way first."
        self.known: Facts | None = None
        "The facts as far as they are known, while the host is looked at."
        self.offers: tuple[RemedyOffer, ...] = ()
        self.put_right: dict[str, str] = {}
        "Check to the remedy in the plan that puts its finding right."
        self.took = 0.0
        "Seconds that looking at the host and judging it took."
        self._began = 0.0

    @property
    def judging(self) -> str:
        """The work under way that judges; empty where there is none."""
        return next((work for work in JUDGING if work in self.busy), "")

    def _judge(self, work: str, call: Callable[[], object]) -> bool:
        """Start work that judges, unless some is under way; afterwards tell the remedies."""

        def then_tell() -> None:
            call()
            self._post(OffersKnown(self.session.remedies()))

        return not self.judging and self.start_work(work, then_tell, only_looks=True)

    def examine(self) -> None:
        """Look at the host afresh, and judge each check as soon as its facts are known."""

        def call() -> None:
            self.session.examine(
                lambda text: self._post(Told(text)),
                self._post_result,
                lambda facts: self._post(FactsKnown(facts)),
            )

        if self._judge("examine", call):
            self._began = self.clock()
            self.begin()

    def begin(self) -> None:
        """All checks wait for their results."""
        self.board.begin()
        self.show_soon()

    def recheck(self, check_id: str) -> None:
        """Look again at what one check looks at; one after the other where several were asked."""
        if check_id in self.asked or self.judging not in ("", "recheck"):
            return
        self.asked.append(check_id)
        self.board.hold(check_id)
        self.recheck_next()
        self.show_soon()

    def recheck_next(self) -> None:
        """Begin with the one that was asked for first."""

        def call(check_id: str) -> None:
            began = perf_counter()
            self.session.recheck(check_id, self._post_result)
            sleep(max(0.0, LONG_ENOUGH - (perf_counter() - began)))

        if self.asked:
            first = self.asked[0]
            self._judge("recheck", lambda: call(first))

    def _post_result(self, result: CheckResult) -> None:
        self._post(ResultArrived(result))

    def choose(self, choices: Choices) -> None:
        """Hand the choices over; the session judges them."""
        self._judge("choose", lambda: self.session.choose(choices))

    def accept(self, check_id: str, reason: str) -> None:
        """Accept an overridable finding."""
        self._judge("accept", lambda: self.session.accept(check_id, reason))

    def remedy(self, remedy_id: str, value: str) -> bool:
        """Take a remedy into the plan. False where the checks have not ended."""
        call = self.session.remedy
        offer = next((one for one in self.offers if one.id == remedy_id), None)
        found = {one.check_id for one in self.board.entries() if one.needs_attention}
        if not self._judge("remedy", lambda: call(remedy_id, value, self._post_result)):
            return False
        self.begin()
        self.put_right |= dict.fromkeys(found & set(offer.checks if offer else ()), remedy_id)
        return True

    def drop_remedy(self, remedy_id: str) -> bool:
        """Take it out of the plan. False where the checks have not ended."""
        call = self.session.drop_remedy
        if not self._judge("remedy", lambda: call(remedy_id, self._post_result)):
            return False
        self.begin()
        return True

    # --- what workers post --------------------------------------------------------------------

    @on(Told)
    def _told(self, message: Told) -> None:
        self.board.looking = message.text
        self.show_soon()

    @on(FactsKnown)
    def _fact(self, message: FactsKnown) -> None:
        self.known = message.facts
        self.show_soon()

    @on(ResultArrived)
    def _result(self, message: ResultArrived) -> None:
        self.board.take(message.result)
        if "remedy" in self.busy and isinstance(self.screen, Mend):
            self.screen.taken()
        self.show_soon()

    @on(OffersKnown)
    def _offers(self, message: OffersKnown) -> None:
        self.offers = message.offers

    def judged(self, work: str) -> None:
        """All that was asked for has ended."""
        if work == "recheck":
            self.asked.popleft()
        if work == "examine":
            self.took = self.clock() - self._began
        self.known = None
        self.board.settle(self.session.results, self.asked)
        self.recheck_next()

    def _after_examine(self, message: Finished) -> None:
        """A problem is shown in its place."""

    def _after_remedy(self, message: Finished) -> None:
        open_dialog = self.screen if isinstance(self.screen, Mend) else None
        self._forget_put_right()
        if message.problem is None:
            if open_dialog is not None:
                open_dialog.taken()
        elif open_dialog is not None:
            open_dialog.refuse(problem_text(message.problem))
        else:
            self.say_briefly(problem_text(message.problem))

    def _forget_put_right(self) -> None:
        """Forget what was put right by a remedy that is not in the plan."""
        taken = {offer.id for offer in self.offers if offer.taken is not None}
        self.put_right = {k: one for k, one in self.put_right.items() if one in taken}
