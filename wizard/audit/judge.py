"""From runs, files and proofs to one state of the host, and what to do about it."""

from __future__ import annotations

from msgspec.structs import replace

from wizard import last_switch
from wizard.audit import by_hand, intended
from wizard.audit.model import Audit, Change, Row, State
from wizard.audit.proofs import proven
from wizard.errors import StepdownError
from wizard.facts.run_as import RunAs
from wizard.host.base import HostReader
from wizard.model import Outcome, Phase
from wizard.plans import Plan
from wizard.platforms.base import Platform
from wizard.platforms.detect import detect
from wizard.probes.live import target_of
from wizard.probes.proof import Target
from wizard.probes.staying.daemon import NO_DAEMON
from wizard.purpose import in_effect
from wizard.runs import Runs

REPAIR = "stepdown plan --repair -o PLAN, read it, then stepdown apply PLAN"
RESTORE = "stepdown plan --restore -o PLAN, read it, then stepdown apply PLAN"
ROOT = "Run it as root: sudo stepdown audit"
UNGUARDED = "guard.in-place"
"The proof that a host migrated by hand cannot hold; told, and it does not count."
WORKS_NOW = (
    "Nobody has proven it with a message, and nothing guards it: the next make, sendmailconfig or "
    "upgrade can undo it. A repair adds the guard."
)


def audit(host: HostReader, runs: Runs) -> Audit:
    """Look at the host once. Sends nothing, changes nothing, never raises for the host's sake."""
    name = host.identity().host
    if host.identity().euid != 0:
        told = ("runs, processes, maps and the password lock can be seen by root only",)
        row = Row("audit.root", Outcome.UNKNOWN, "Run as root", told, "", ROOT)
        return Audit(name, State.UNKNOWN, f"{name}: unknown: {told[0]}", rows=(row,))
    try:
        return _audit(host, runs, name)
    except StepdownError as problem:
        remedy = problem.remedy or "Put right what is named."
        title = "The host could be looked at"
        row = Row("audit.made", Outcome.UNKNOWN, title, (str(problem),), "", remedy)
        return Audit(name, State.UNKNOWN, f"{name}: unknown: {problem}", rows=(row,))


def _audit(host: HostReader, runs: Runs, name: str) -> Audit:
    platform = detect(host)
    if unfinished := _unfinished(runs, name):
        return unfinished
    kept = in_effect(runs)
    if kept:
        return _migrated(host, platform, runs, kept, name)
    found, rows = by_hand.begun(host, platform)
    if rows:
        return _by_hand(host, platform, found, rows, name)
    return _neither(runs, name)


def _unfinished(runs: Runs, name: str) -> Audit | None:
    """A run that broke off, waits for a person, or is at work this moment."""
    names = runs.names()
    if not names:
        return None
    last = runs.status(names[-1])
    if last.alive and last.phase is not Phase.AWAITING_CONFIRMATION:
        told, remedy = "is at work", f"Wait for it: stepdown attach {last.run}"
    elif last.unfinished:
        told, remedy = f"broke off ({last.phase})", f"Undo it: stepdown rollback {last.run}"
    elif last.phase is Phase.NEEDS_ATTENTION:
        told = f"needs a person: {last.message}"
        remedy = f"Once what is named is mended: stepdown rollback {last.run}"
    else:
        return None
    row = Row("run.finished", Outcome.FOUND, "No run is unfinished", (last.run,), told, remedy)
    summary = f"{name}: unfinished: run {last.run} {told}"
    return Audit(name, State.UNFINISHED, summary, last.run, (), (row,), (remedy,))


def _migrated(
    host: HostReader, platform: Platform, runs: Runs, kept: list[str], name: str
) -> Audit:
    """Beside what the runs left, and by the proofs."""
    plans = tuple(runs.plan(run) for run in kept)
    run = kept[-1]
    changes, rows = intended.compare(host, platform, plans)
    target = _target(host, platform, runs, plans[-1])
    undo = ", then ".join(f"stepdown rollback {one}" for one in reversed(kept))
    rows = tuple(_advised(row, undo) for row in (*rows, *proven(host, platform, target)))
    failed = [row for row in rows if not row.holds]
    notes = [one for one in changes if not one.breaks]
    if not failed:
        summary = (
            f"{name}: migrated: as run {run} left it, {_count(rows, Outcome.PASS)} proofs hold, "
            f"{_count(rows, Outcome.SKIPPED)} unproven, {_notes(notes)}"
        )
        return Audit(name, State.MIGRATED, summary, run, changes, rows)
    summary = f"{name}: changed since run {run}: {_named(failed)}"
    remedies = (*_start_first(platform, rows), f"Mend it: {REPAIR}", f"Go back: {undo}")
    return Audit(name, State.CHANGED, summary, run, changes, rows, remedies)


def _target(host: HostReader, platform: Platform, runs: Runs, plan: Plan) -> Target:
    """The account that the plan made, whatever the cf says by now."""
    switched = last_switch.latest(runs)
    target = target_of(host, platform, "", switched)
    return replace(
        target,
        uid=plan.uid,
        gid=plan.gid,
        user=plan.choices.user,
        group=plan.choices.group,
        since=0.0,
    )


def _by_hand(
    host: HostReader, platform: Platform, found: RunAs | None, rows: tuple[Row, ...], name: str
) -> Audit:
    """Whole where every proof holds but the guard's, which nobody but stepdown installs."""
    target = target_of(host, platform, "")
    if found is not None and found.uid:
        ids = {"uid": found.uid, "gid": found.gid, "user": found.user, "group": found.group}
        target = replace(target, **ids)
    rows = (*rows, *(_excused(row) for row in proven(host, platform, target)))
    failed = [row for row in rows if not row.holds]
    back = f"Go back to root's children: {RESTORE}"
    who = f"{found.user}:{found.group}" if found else "nobody"
    if not failed:
        summary = f"{name}: migrated by hand to {who}, whole: it works now; nothing guards it"
        remedies = (f"Have it proven and guarded: {REPAIR}", back)
        return Audit(name, State.BY_HAND_WHOLE, summary, "", (), rows, remedies)
    rows = tuple(_advised(row, RESTORE) for row in rows)
    done = sum(row.holds for row in rows if row.id.startswith("by-hand."))
    summary = f"{name}: half migrated by hand to {who} ({done} parts done): {_named(failed)}"
    ways = (*_start_first(platform, rows), f"Finish it: {REPAIR}", back)
    return Audit(name, State.BY_HAND_HALF, summary, "", (), rows, ways)


def _start_first(platform: Platform, rows: tuple[Row, ...]) -> tuple[str, ...]:
    """Where no daemon runs nothing can be planned: what the relay does could not be compared."""
    if not any(NO_DAEMON in row.evidence for row in rows):
        return ()
    why = f"{platform.sendmail} -bv postmaster tells why one does not start"
    return (f"Start Sendmail first: {platform.start_command()}; {why}",)


def _excused(row: Row) -> Row:
    if row.id != UNGUARDED or row.holds:
        return row
    remedy = f"Have it guarded: {REPAIR}"
    title = "Unproven: nothing guards a migration by hand"
    return replace(row, outcome=Outcome.SKIPPED, title=title, meaning=WORKS_NOW, remedy=remedy)


def _neither(runs: Runs, name: str) -> Audit:
    """Root's children, and no sign of anything else."""
    undone = [run for run in runs.names() if runs.status(run).phase is Phase.ROLLED_BACK]
    remedy = ("Migrate it: stepdown check, then stepdown plan -o PLAN",)
    if not undone:
        summary = f"{name}: not migrated: no RunAsUser, and the queue is the package's own"
        return Audit(name, State.NOT_MIGRATED, summary, remedies=remedy)
    summary = f"{name}: rolled back: run {undone[-1]} was undone, SMTP children are root's"
    return Audit(name, State.ROLLED_BACK, summary, undone[-1], remedies=remedy)


def _advised(row: Row, undo: str) -> Row:
    """With what to do, where it failed."""
    if row.holds or row.remedy:
        return row
    return replace(row, remedy=f"{REPAIR}. Or go back: {undo}")


def _named(failed: list[Row]) -> str:
    """The first few by their ids."""
    names = ", ".join(row.id for row in failed[:4])
    return names + (f" and {len(failed) - 4} more" if len(failed) > 4 else "")


def _count(rows: tuple[Row, ...], outcome: Outcome) -> int:
    return sum(row.outcome is outcome for row in rows)


def _notes(notes: list[Change]) -> str:
    paths = list(dict.fromkeys(one.path for one in notes))
    if not paths:
        return "nothing differs"
    counted = "1 harmless difference" if len(paths) == 1 else f"{len(paths)} harmless differences"
    return f"{counted} ({', '.join(paths[:3])}{' …' if paths[3:] else ''})"
