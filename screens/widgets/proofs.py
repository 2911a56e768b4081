"""The proofs as rows, by what they are about; a failed one says under itself what it means."""

from __future__ import annotations

from collections.abc import Collection

from textual.content import Content

from screens.run_view import RunView
from screens.text import lines, mark, say
from screens.widgets.check_rows import join_dots
from screens.widgets.rows import Row
from screens.words import RUNNING, Tone, outcome_sign
from wizard.events import Proof
from wizard.model import Outcome, Phase
from wizard.proof_areas import area_of, headings

GOOD = (Outcome.PASS, Outcome.SKIPPED)


def proof_rows(view: RunView, width: int, running: bool) -> list[Row]:
    """One a proof under its area's heading, and one for what is still being watched."""
    proofs = list(view.proofs.values())
    rows: list[Row] = []
    for heading in headings():
        own = [proof for proof in proofs if area_of(proof.id) == heading]
        if own:
            title = say(" ", (heading, Tone.SHOWN.bold))
            rows.append(Row(f"area-{heading}", title, _signs(own), heading=True))
            rows += [_row(proof, width) for proof in own]
    if running or view.phase is Phase.VERIFYING:
        rows.append(Row("…", say(" ", mark(RUNNING), " ", ("more proofs to come", Tone.QUIET))))
    return rows


def proof_sums(proofs: Collection[Proof], wide: bool) -> Content:
    """`21 proven · 2 unproven · 1 failed`; signs instead of words where room is dear."""
    if not wide:
        return _signs(proofs)
    outcomes = [proof.outcome for proof in proofs]
    proven = outcomes.count(Outcome.PASS)
    unproven = outcomes.count(Outcome.SKIPPED)
    failed = len(outcomes) - proven - unproven
    parts = [say((f"{proven} proven", Tone.GOOD))]
    if unproven:
        parts.append(say((f"{unproven} unproven", Tone.QUIET)))
    if failed:
        parts.append(say((f"✖ {failed} failed", Tone.BAD.bold)))
    return join_dots(parts)


def first_failed(view: RunView) -> str:
    """Id of the first proof that does not hold, as the rows are ordered; empty where all do."""
    order = headings()
    failed = [proof for proof in view.proofs.values() if proof.outcome not in GOOD]
    return min(failed, key=lambda one: order.index(area_of(one.id))).id if failed else ""


def _signs(proofs: Collection[Proof]) -> Content:
    """`✔ 4  - 1`, each only where there is one."""
    told = []
    for outcome in (Outcome.FOUND, Outcome.UNKNOWN, Outcome.PASS, Outcome.SKIPPED):
        number = sum(proof.outcome is outcome for proof in proofs)
        sign = outcome_sign(outcome)
        told += [say((f"{sign.symbol} {number}", sign.tone))] if number else []
    return say("  ").join(told)


def _row(proof: Proof, width: int) -> Row:
    good = proof.outcome in GOOD
    left = say(" ", mark(outcome_sign(proof.outcome)), " ", (proof.title, "" if good else "bold"))
    right = say((proof.evidence[0] if proof.evidence else "", Tone.QUIET))
    if good or not proof.meaning:
        return Row(proof.id, left, right)
    told = say((proof.meaning, Tone.WARN)).wrap(max(20, width - 6))
    return Row(proof.id, left, right, below=lines(say("    ", line) for line in told))
