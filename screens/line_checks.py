"""Line mode's checks: told as they end, then asked what to do about what is in the way."""

from __future__ import annotations

from collections.abc import Callable

from screens.board import attention
from screens.line_ask import ask_choice, ask_text, ask_yes
from screens.line_say import Voice
from screens.words import Tone
from wizard.errors import StepdownError
from wizard.model import CheckResult, Severity
from wizard.remedies.base import RemedyOffer
from wizard.session import Session

SHORT = "Say it in a few words: somebody will read it later."


class LineChecks:
    """From looking at the host to going on or leaving."""

    def __init__(self, session: Session, voice: Voice) -> None:
        self.session = session
        self.voice = voice
        self._do: dict[str, Callable[[], None]] = {
            "again": self._examine,
            "one": self._recheck,
            "show": self._show,
            "accept": self._accept,
            "mend": self._mend,
            "drop": self._drop,
        }

    def run(self) -> bool:
        """Look, tell, ask. True: go on."""
        self._examine()
        while True:
            answer = ask_choice(self.voice, "What now?", self._options())
            if answer in ("go", "quit"):
                return answer == "go"
            try:
                self._do[answer]()
            except StepdownError as problem:
                self.voice.problem(problem)

    def _examine(self) -> None:
        self.voice.heading("Step 1 and 2 of 6. Host and checks: is this host a pure relay?")
        self.session.examine(lambda what: self.voice.say(f"looking at {what}"), self.voice.result)
        if self.session.facts is not None:
            self.voice.facts(self.session.facts)
        self._stand()

    def _stand(self) -> None:
        """How it stands: the sum, what is in the way by name, and what the plan can put right."""
        self.voice.verdict(self.session.results)
        for offer in self.session.remedies():
            if offer.taken is not None:
                self.voice.say(f"In the plan: {offer.title} {offer.taken}".rstrip(), Tone.SHOWN)
        for offer in self._possible():
            self.voice.say(f"stepdown can do this for you: {offer.title}", Tone.GOOD)

    def _options(self) -> list[tuple[str, str]]:
        blocked = self.session.verdict() == "blocked"
        options = [("again", "Look again at everything"), ("one", "Look again at one check")]
        if not blocked:
            options.insert(0, ("go", "Go on to the choices"))
        elif not self.session.can_apply:
            options.append(("go", "Go on, read only"))
        if self._found():
            options.append(("show", "Tell a finding again"))
        if self._acceptable():
            options.append(("accept", "Accept a finding, with a reason"))
        if self._possible():
            options.append(("mend", "Put a finding right, as a step of the plan"))
        if self._taken():
            options.append(("drop", "Take a remedy out of the plan"))
        return [*options, ("quit", "Quit")]

    def _found(self) -> list[tuple[str, str]]:
        found = [one for one in self.session.results if attention(one)]
        return [(one.check_id, f"{one.title}  [{one.check_id}]") for one in found]

    def _acceptable(self) -> list[tuple[str, str]]:
        return [
            (one.check_id, one.title)
            for one in self.session.results
            if one.severity is Severity.OVERRIDABLE and one.blocks
        ]

    def _possible(self) -> list[RemedyOffer]:
        """What the plan could put right of what was found."""
        found = {name for name, _ in self._found()}
        return [
            offer
            for offer in self.session.remedies()
            if offer.taken is None and not offer.impossible and found & set(offer.checks)
        ]

    def _taken(self) -> list[tuple[str, str]]:
        offers = self.session.remedies()
        return [(one.id, one.title) for one in offers if one.taken is not None]

    # --- what can be done ---------------------------------------------------------------------

    def _recheck(self) -> None:
        other = ("", "Another one, by its id")
        name = ask_choice(self.voice, "Which one?", [*self._found(), other])
        known = [one.check_id for one in self.session.results]
        wrong = "There is no such check. Every id stands in brackets behind its title."
        if not name:
            name = ask_text("Its id:", "", lambda typed: "" if typed in known else wrong)
        self.voice.say(f"looking again at {name}")
        self.session.recheck(name, self._told_where_new(always=name))
        self._stand()

    def _told_where_new(self, always: str = "") -> Callable[[CheckResult], None]:
        """Tells a result that is not the one from before, and the one that was asked for."""
        before = {one.check_id: one for one in self.session.results}

        def tell(result: CheckResult) -> None:
            if result.check_id == always or result != before.get(result.check_id):
                self.voice.result(result)

        return tell

    def _show(self) -> None:
        name = ask_choice(self.voice, "Which one?", self._found())
        self.voice.result(next(one for one in self.session.results if one.check_id == name))

    def _accept(self) -> None:
        check_id = ask_choice(self.voice, "Which one?", self._acceptable())
        reason = ask_text("Why is this fine on this host?", "", lambda t: SHORT if not t else "")
        self.session.accept(check_id, reason)
        self._stand()

    def _mend(self) -> None:
        offers = {offer.id: offer for offer in self._possible()}
        options = [(one.id, one.title) for one in offers.values()]
        offer = offers[ask_choice(self.voice, "Which remedy?", options)]
        self.voice.say(offer.why)
        self.voice.say("It becomes a step of the plan. Nothing on this host is changed now.")
        value = ""
        if offer.asks:
            value = ask_text(f"{offer.asks}:", offer.suggestion)
        elif not ask_yes(self.voice, "Put it into the plan?"):
            return
        self.voice.say("judging the host as it would be")
        self.session.remedy(offer.id, value, self._told_where_new())
        self._stand()

    def _drop(self) -> None:
        name = ask_choice(self.voice, "Which remedy?", self._taken())
        self.session.drop_remedy(name, self._told_where_new())
        self._stand()
