"""Step 1: which host this is and what was found on it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widget import Widget

from screens.base import StepScreen
from screens.text import lines, mark, say
from screens.widgets.prose import Prose
from screens.words import FAILED, PASSED, RUNNING, UNKNOWN, WAITING, Tone, count, problem_text
from wizard.facts.model import Facts, Unknown

_IDEA = (
    say(("Today", "bold"), "   every process on port 25 is root"),
    say(("  root      1628  ", Tone.BAD), "sendmail: accepting connections"),
    say(("  root     31878  ", Tone.BAD), "sendmail: server … cmd read"),
    say(""),
    say(("After", "bold"), "   what outsiders talk to is not"),
    say(("  root      1628  ", Tone.QUIET), "sendmail: accepting connections"),
    say(("  sendmail 31878  ", Tone.GOOD), "sendmail: server … cmd read"),
    say(""),
    say(
        ("The master stays root for good: it binds port 25 and forks. ", Tone.QUIET),
        ("Nothing on this host is changed before you say so on step 4.", Tone.QUIET),
    ),
)


class HostScreen(StepScreen):
    """Shows the facts as they are gathered."""

    step = "Host"
    HEADING = "Taking Sendmail's children off root"
    WHY = (
        "A hole in a daemon that is root gives away the host. A pure relay does not need root"
        " children: first, what runs here?"
    )
    HELP = (
        "What is known of this host, gathered once and read-only. A line with ? could not be"
        " established; what depends on it will block on the next step. Nothing here judges."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "gather", "Look again", tooltip="Gather all facts anew", id="host.gather"),
        Binding(
            "u",
            "undo",
            "Undo the run",
            tooltip="Give back what it changed",
            id="host.undo",
        ),
    ]

    def body(self) -> Iterable[Widget]:
        """Facts, and beside or under them the idea of the whole."""
        with Horizontal(classes="panes"):
            with VerticalScroll(classes="main first-focus"):
                yield Prose(id="facts")
            with VerticalScroll(classes="side"):
                yield Prose(lines(_IDEA), id="idea")

    def on_mount(self) -> None:
        """Gather at once, unless it is known or there is no host to ask."""
        super().on_mount()
        if self.session.facts is None and not self.app.reviews_plan:
            self.app.gather()

    def action_gather(self) -> None:
        """Gather anew."""
        self.app.gather()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Undo is there where the last run was kept."""
        return bool(self.app.finished_run) if action == "undo" else True

    def action_undo(self) -> None:
        """Ask, then roll back the run that was kept."""
        self.app.ask_rollback(self.app.finished_run)

    def status(self) -> Content:
        """What is being looked at."""
        if "gather" in self.app.busy:
            return say((f"… {self.app.told}", Tone.LEAD))
        if problem := self.app.problems.get("gather"):
            return say(("✖ ", Tone.BAD.bold), (problem_text(problem), Tone.BAD))
        if self.app.reviews_plan:
            return say(("a plan under review", Tone.SHOWN))
        return say((self.session.why_not, Tone.WARN)) if not self.session.can_apply else say("")

    def show(self) -> None:
        """The facts, a line each."""
        super().show()
        facts = self.session.facts
        if facts is not None:
            shown = _facts(facts)
        elif self.app.reviews_plan:
            shown = self._reviewed()
        else:
            sign = RUNNING if "gather" in self.app.busy else WAITING
            shown = [_line(mark(sign), "Looking at this host", self.app.told)]
        self.query_one("#facts", Prose).say(lines(shown))

    def _reviewed(self) -> list[Content]:
        plan = self.session.plan
        if plan is None:
            return []
        return [
            _line(mark(PASSED), "Host", plan.host),
            _line(mark(PASSED), "Platform", plan.platform),
            _line(mark(PASSED), "Configuration", plan.cf_path),
            _line(mark(PASSED), "Plan", plan.digest[:16]),
        ]

    def refuse_next(self) -> str:
        """Checks need facts."""
        if self.session.facts is None and not self.app.reviews_plan:
            return "The host is still being looked at."
        return ""


def _line(sign: Content, what: str, text: str, grey: str = "") -> Content:
    return say(sign, " ", (what.ljust(15), Tone.SHOWN), text.ljust(22), (f"  {grey}", Tone.QUIET))


def _facts(facts: Facts) -> list[Content]:
    return [
        _line(mark(PASSED), "Platform", facts.platform)
        if isinstance(facts.platform, str)
        else _unknown("Platform", facts.platform),
        *_sendmail(facts),
        *_config(facts),
        *_mail(facts),
    ]


def _unknown(what: str, fact: Unknown) -> Content:
    hint = f"needs {fact.needs}" if fact.needs else ""
    return _line(mark(UNKNOWN), what, fact.reason, hint)


def _sendmail(facts: Facts) -> Iterable[Content]:
    if isinstance(facts.sendmail, Unknown):
        yield _unknown("Sendmail", facts.sendmail)
    else:
        sign = PASSED if facts.sendmail.is_sendmail else FAILED
        yield _line(mark(sign), "Sendmail", facts.sendmail.version, facts.sendmail.path)
    if isinstance(facts.daemons, Unknown):
        yield _unknown("Listens", facts.daemons)
    else:
        for one in facts.daemons.listeners:
            yield _line(mark(PASSED), "Listens", f"{one.address}:{one.port}", f"pid {one.pid}")
        for process in facts.daemons.processes:
            about = f"{process.user} {process.pid}"
            yield _line(mark(PASSED), "Process", about, process.title)
    if isinstance(facts.service, Unknown):
        yield _unknown("Service", facts.service)
    else:
        running = "running" if facts.service.running else "not running"
        yield _line(mark(PASSED), "Service", facts.service.manager, running)


def _config(facts: Facts) -> Iterable[Content]:
    if isinstance(facts.config, Unknown):
        yield _unknown("Configuration", facts.config)
    else:
        config = facts.config
        made = "m4 reproduces the cf" if config.reproducible else "m4 does not reproduce the cf"
        yield _line(mark(PASSED), "Configuration", config.cf_path, made)
        if config.mc.exists:
            yield _line(mark(PASSED), "Macros", config.mc_path)
    if isinstance(facts.cf, Unknown):
        yield _unknown("Runs as", facts.cf)
    else:
        runs_as = facts.cf.option("RunAsUser", "root")
        yield _line(mark(PASSED), "Runs as", runs_as, f"{facts.cf.lines:,} lines of cf")


def _mail(facts: Facts) -> Iterable[Content]:
    if isinstance(facts.queues, Unknown):
        yield _unknown("Queue", facts.queues)
    else:
        entries = count(facts.queues.entries, "entry", "entries")
        yield _line(mark(PASSED), "Queue", entries, " ".join(facts.queues.roots))
    if isinstance(facts.map_files, Unknown):
        yield _unknown("Maps", facts.map_files)
    else:
        maps = count(len(facts.map_files.files), "file")
        yield _line(mark(PASSED), "Maps", maps, facts.map_files.directory)
    if isinstance(facts.logs, Unknown):
        yield _unknown("Logs", facts.logs)
    else:
        total = sum(one.deliveries for one in facts.logs.files)
        days = f"{facts.logs.days:.0f} days" if facts.logs.days else ""
        yield _line(mark(PASSED), "Logs", count(total, "delivery", "deliveries"), days)
    if isinstance(facts.disk, Unknown):
        yield _unknown("Room", facts.disk)
    else:
        free = f"{facts.disk.free / 2**30:.1f} GiB free"
        yield _line(mark(PASSED), "Room", free, facts.disk.path)
