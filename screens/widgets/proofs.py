"""The proofs as rows; a failed one says under itself what it means."""

from __future__ import annotations

from screens.run_view import RunView
from screens.text import lines, mark, say
from screens.widgets.rows import Row
from screens.words import RUNNING, Tone, outcome_sign
from wizard.events import Proof
from wizard.model import Outcome, Phase


def proof_rows(view: RunView, width: int, running: bool) -> list[Row]:
    """One a proof, and one for what is still being watched."""
    rows = [_row(proof, width) for proof in view.proofs.values()]
    if running or view.phase is Phase.VERIFYING:
        rows.append(Row("…", say(" ", mark(RUNNING), " ", ("more proofs to come", Tone.QUIET))))
    return rows


def _row(proof: Proof, width: int) -> Row:
    good = proof.outcome in (Outcome.PASS, Outcome.SKIPPED)
    left = say(" ", mark(outcome_sign(proof.outcome)), " ", (proof.title, "" if good else "bold"))
    right = say((proof.evidence[0] if proof.evidence else "", Tone.QUIET))
    if good or not proof.meaning:
        return Row(proof.id, left, right)
    told = say((proof.meaning, Tone.WARN)).wrap(max(20, width - 6))
    return Row(proof.id, left, right, below=lines(say("    ", line) for line in told))
