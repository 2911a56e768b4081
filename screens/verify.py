"""Step 6: the proof, with a real message and live processes, then Keep or Undo."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.widget import Widget

from screens.base import StepScreen
from screens.modals.reading import Reading
from screens.text import lines, mark, say
from screens.way_back import ahead
from screens.widgets.countdown import countdown_content
from screens.widgets.outage import outage_content
from screens.widgets.proofs import first_failed, proof_rows, proof_sums
from screens.widgets.prose import Prose
from screens.widgets.ps import ps_content
from screens.widgets.rows import Rows
from screens.widgets.tabs import TabStrip
from screens.widgets.telnet import peer, telnet_content
from screens.words import Tone, moment, phase_sign
from wizard.model import Outcome, Phase

PS_INTERVAL = 1.0
"Seconds between two looks at the processes."


class VerifyScreen(StepScreen):
    """telnet on the left, ps on the right, proofs under them."""

    step = "Verify"
    SCROLLS = "#telnet-pane"
    WHY = (
        "telnet and ps alone do not show it: an unreadable map accepts mail and queues it for"
        " ever. So one whole message is followed to the next hop."
    )
    HELP = (
        "Left, the SMTP session as telnet shows it. Right, the mail processes as ps shows them;"
        " ◂ you marks the child that serves this very connection, with its ids under it. Below,"
        " the proofs. The master stays root, as the article expects. Keep makes the change stay;"
        " Undo gives everything back; when the countdown ends, it undoes itself, by a timer that"
        " runs without this terminal, without the engine and after a reboot too."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("v", "verify", "Verify again", tooltip="Prove it anew", id="verify.again"),
        Binding("k", "keep", "Keep", tooltip="Make the change stay", id="verify.keep"),
        Binding("u", "undo", "Undo", tooltip="Give everything back", id="verify.undo"),
        Binding("e", "evidence", "Evidence", tooltip="All that proves it", id="verify.evidence"),
        Binding("l", "log", "Log", tooltip="All that the run has said", id="verify.log"),
        Binding("p", "packet", "Packet", tooltip="Write the change packet", id="verify.packet"),
        Binding("tab", "pane", "Pane", tooltip="telnet or ps", id="verify.pane"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._pane = 0
        self._lines = 0
        "Of the SMTP session, when its pane was last scrolled to the end."
        self._told = 0
        "Proofs that were shown last: the cursor goes with them while they come."

    def body(self) -> Iterable[Widget]:
        """Two panes, then the proofs."""
        yield TabStrip(id="pane-tabs")
        with Container(id="live"):
            with VerticalScroll(id="telnet-pane", classes="pane", can_focus=False):
                yield Prose(id="telnet")
            with VerticalScroll(id="ps-pane", classes="pane", can_focus=False):
                yield Prose(id="ps")
        yield Rows(id="proofs", classes="first-focus")

    def on_mount(self) -> None:
        """Titles in the borders."""
        self.query_one("#telnet-pane").border_title = "telnet"
        self.query_one("#ps-pane").border_title = "ps"
        self.set_interval(PS_INTERVAL, self._look_at_processes)
        super().on_mount()

    def why(self) -> str:
        """While it waits to be kept: when it undoes itself, and what stands behind that."""
        view = self.app.run_view
        if view.phase is not Phase.AWAITING_CONFIRMATION or not view.undoes_at:
            return self.WHY
        at = moment(view.undoes_at, self.app.clock())
        if view.armed is None or not view.armed.deadline:
            return f"At {at} the engine undoes it unless you keep it; leaving does not stop that."
        return (
            f"At {at} a timer outside the wizard undoes it unless you keep it: closing this"
            " terminal, a kill or a reboot does not stop that."
        )

    def heading(self) -> str:
        """Shorter where the countdown needs the room."""
        return "Proving it with a real message" if self.wide else "The proof"

    @property
    def proving(self) -> bool:
        """A round of proofs is under way."""
        return "verify" in self.app.busy or self.app.run_view.phase is Phase.VERIFYING

    def show(self) -> None:
        """Everything that the proof told."""
        super().show()
        view = self.app.run_view
        self.query_one("#pane-tabs", TabStrip).set_tabs((("telnet", -1), ("ps", -1)), self._pane)
        self.set_class(self._pane == 1, "-ps")
        self._show_panes()
        self._show_proofs()
        if len(view.smtp) != self._lines:
            self._lines = len(view.smtp)
            self.query_one("#telnet-pane").scroll_end(animate=False)

    def _show_panes(self) -> None:
        """What telnet and ps would show, and of whom."""
        view = self.app.run_view
        telnet, ps_pane = self.query_one("#telnet-pane"), self.query_one("#ps-pane")
        self.query_one("#telnet", Prose).say(telnet_content(view.smtp))
        telnet.border_subtitle = say(peer(view.smtp)).markup
        identity = view.proofs.get("child.identity")
        unprivileged = identity is not None and identity.outcome is Outcome.PASS
        width = ps_pane.scrollable_content_region.width
        table = ps_content(view.table, view.served, width, unprivileged)
        self.query_one("#ps", Prose).say(table)
        ps_pane.border_subtitle = f"every {PS_INTERVAL:g} s" if self.watches else ""

    def _show_proofs(self) -> None:
        """The rows; the cursor is on the newest while they come, then on what failed."""
        view = self.app.run_view
        rows = self.query_one("#proofs", Rows)
        rows.set_rows(proof_rows(view, rows.size.width, self.proving))
        if len(view.proofs) != self._told:
            self._told = len(view.proofs)
            rows.move_to(first_failed(view) or ("…" if self.proving else next(iter(view.proofs))))

    @property
    def watches(self) -> bool:
        """Whether ps is asked again and again: on a host that is here."""
        return self.session.can_apply and self.app.run_view.table is not None

    def _look_at_processes(self) -> None:
        if self.watches and not self.proving and self.app.step == self.step:
            self.app.look_at_processes()

    def status(self) -> Content:
        """Countdown and outage, or how it ended."""
        view = self.app.run_view
        if not view.started and not view.proofs:
            return say((self.session.why_not, Tone.WARN))
        parts = [proof_sums(view.proofs.values(), self.wide)] if view.proofs else []
        foreseen = ahead(self.session.plan) if self.wide else None
        roomy = self.wide and foreseen is None
        if counting := countdown_content(view, self.app.clock(), roomy):
            parts.append(counting)
        else:
            sign = phase_sign(view.phase)
            parts.append(say(mark(sign), " ", (sign.word, sign.tone.bold)))
        if outage := outage_content(view, self.app.clock(), foreseen):
            parts.append(outage)
        return say("    " if self.wide else "  ").join(parts)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What applies in this phase; the session refuses all the same."""
        view = self.app.run_view
        if action == "keep":
            return True if view.phase is Phase.AWAITING_CONFIRMATION else None
        if action == "undo":
            waits = (Phase.AWAITING_CONFIRMATION, Phase.DONE)
            return True if view.phase in waits and self.session.can_apply else None
        if action == "verify":
            return None if self.proving or not self.session.can_apply else True
        if action == "next":
            return False
        if action == "pane":
            return not (self.wide or self.app.size.height >= 36)
        return True

    def action_back(self) -> None:
        """Not while a change waits to be kept."""
        if self.app.engine_runs:
            self.tell("The change waits for you: k keeps it, u undoes it.")
        else:
            super().action_back()

    def action_pane(self) -> None:
        """telnet or ps, where there is room for one."""
        self._pane = 1 - self._pane
        self.show()
        self.call_after_refresh(self.show_if_there)

    def action_evidence(self) -> None:
        """A proof in full."""
        proof = self.app.run_view.proofs.get(self.query_one("#proofs", Rows).row)
        if proof is not None:
            text = [say(line) for line in proof.evidence]
            text += [say(""), say((proof.meaning, Tone.WARN))] if proof.meaning else []
            self.app.push_screen(Reading(proof.title, lines(text)))

    def action_packet(self) -> None:
        """Ask where to, then write it."""
        self.app.ask_packet()

    def action_verify(self) -> None:
        """Another round."""
        self.app.run_view.forget_proofs()
        self.app.verify()
        self.app.show_soon()

    def action_keep(self) -> None:
        """Ask, then keep."""
        self.app.ask_keep(self.session.run)

    def action_undo(self) -> None:
        """Ask, then roll back."""
        self.app.ask_rollback(self.session.run)
