"""Commands that follow a run: apply, confirm, verify, rollback, resume, status, attach."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from pathlib import Path

import click
import msgspec

from wizard.choice_rules import validate_choices
from wizard.composition import open_session
from wizard.engine_session import EngineSession
from wizard.errors import StepdownError
from wizard.events import Event, PhaseChanged, Proof
from wizard.model import Outcome, Phase
from wizard.narrate import Narrator
from wizard.plan_file import decode
from wizard.plans import Plan
from wizard.run_control import refuse_while_unfinished
from wizard.standing import ways_out

VERIFY_SCHEMA = "stepdown.verify/1"
STATUS_SCHEMA = "stepdown.status/1"


@click.command()
@click.argument("path", metavar="PLAN")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--confirm-within",
    type=float,
    metavar="MINUTES",
    help="Undo it all again unless `stepdown confirm` is given in time; 0: never. "
    "Live hosts: 10 where nothing is said.",
)
def apply(path: str, yes: bool, confirm_within: float | None) -> None:
    """Carry out a reviewed plan on this host, exactly; refused where the host has changed."""
    plan = _read_plan(path)
    if confirm_within is not None:
        validate_choices(msgspec.structs.replace(plan.choices, confirm_within=confirm_within))
    session = open_session(purpose=plan.choices.purpose)
    if session.identity.euid == 0:
        refuse_while_unfinished(session.all_runs())  # its half-way host would fail the checks
    session.adopt(plan)
    _ask(yes, f"Type the host's name, {session.identity.host}, to apply", session.identity.host)
    session.apply(session.identity.host, confirm_within)
    click.echo(f"Run {session.run}. Following it; leaving does not stop it.")
    sys.exit(_follow(session, session.run))


def _read_plan(path: str) -> Plan:
    try:
        return decode(Path(path).read_bytes(), path)
    except OSError as problem:
        raise StepdownError(
            f"{path}: {problem.strerror}", "Make a plan with stepdown plan -o FILE."
        ) from problem


def _ask(yes: bool, question: str, wanted: str) -> None:
    """Ask for the word that confirms. Never prompts without a terminal."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError("without a terminal nothing is asked: give --yes")
    if click.prompt(question, default="", show_default=False).strip() != wanted:
        raise StepdownError("not confirmed; nothing was changed")


def _follow(session: EngineSession, run: str, since: float = 0.0) -> int:
    """Tell a run until it ends, or until it waits for a confirmation; returns its exit code.

    since: seconds since the epoch; what happened before is not told again.
    """
    code = 0
    narrator: Narrator | None = None
    for event in session.follow(run):
        narrator = narrator or Narrator(session.plan)
        if event.time < since:
            continue
        for line in narrator.tell(event):
            click.echo(line)
        if isinstance(event, PhaseChanged):
            code = event.code
            if event.phase is Phase.AWAITING_CONFIRMATION:
                click.echo(f"Keep it: stepdown confirm {run}")
    _demand_finished(session, run)
    return code


def _demand_finished(session: EngineSession, run: str) -> None:
    """Raises StepdownError where the engine is gone and its work is not done."""
    status = next((one for one in session.runs() if one.run == run), None)
    if status is not None and status.unfinished:
        raise StepdownError(
            f"the engine of run {run} ended before its work was done ({status.phase})",
            f"Now: {ways_out(status)}",
        )


@click.command()
@click.argument("run", default="")
def confirm(run: str) -> None:
    """Keep a change that would otherwise undo itself (default: the run that waits for it)."""
    session = open_session()
    session.confirm(run)
    click.echo("Kept.")


@click.command()
@click.option(
    "--json", "as_json", is_flag=True, help="One JSON document, schema stepdown.verify/1."
)
@click.option("--probe-to", metavar="ADDRESS", default="", help="Send one whole message there.")
def verify(as_json: bool, probe_to: str) -> None:
    """Prove that this relay's children are unprivileged and that mail leaves it."""
    session = open_session()
    validate_choices(msgspec.structs.replace(session.choices, probe_to=probe_to))
    events = session.verify(probe_to)
    proofs = list(_told(events, quiet=as_json))
    proven = bool(proofs) and all(p.outcome in (Outcome.PASS, Outcome.SKIPPED) for p in proofs)
    verdict = "proven" if proven else "failed"
    if as_json:
        click.echo(_verify_document(session.identity.host, verdict, proofs))
    else:
        click.echo(f"Verdict: {verdict}")
    sys.exit(0 if proven else 1)


def _told(events: Iterable[Event], *, quiet: bool) -> Iterable[Proof]:
    narrator = Narrator()
    for event in events:
        if not quiet:
            for line in narrator.tell(event):
                click.echo(line)
        if isinstance(event, Proof):
            yield event


def _verify_document(host: str, verdict: str, proofs: list[Proof]) -> str:
    rows = [
        {
            "id": p.id,
            "outcome": p.outcome.value,
            "title": p.title,
            "evidence": list(p.evidence),
            "meaning": p.meaning,
        }
        for p in proofs
    ]
    document = {"schema": VERIFY_SCHEMA, "host": host, "verdict": verdict, "results": rows}
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode()


@click.command()
@click.argument("run", default="")
@click.option("--yes", is_flag=True, help="Do not ask.")
def rollback(run: str, yes: bool) -> None:
    """Undo a finished or broken run (default: the latest). Exit code 6: not all was undone."""
    session = open_session()
    run = run or session.latest_run()
    _ask(
        yes,
        f"Type the host's name, {session.identity.host}, to undo run {run}",
        session.identity.host,
    )
    run = session.rollback(run)
    sys.exit(_follow_rollback(session, run))


def _follow_rollback(session: EngineSession, run: str) -> int:
    """Tell the run from where it rolls back."""
    code, rolling = 0, False
    narrator: Narrator | None = None
    for event in session.follow(run):
        narrator = narrator or Narrator(session.plan)
        if isinstance(event, PhaseChanged):
            rolling = rolling or event.phase is Phase.ROLLING_BACK
            code = 6 if event.phase is Phase.NEEDS_ATTENTION else 0
        if rolling:
            for line in narrator.tell(event):
                click.echo(line)
    _demand_finished(session, run)
    if not rolling:
        raise StepdownError(
            f"run {run} ended before it could be stopped; nothing was undone",
            f"Undo it now: stepdown rollback {run}",
        )
    return code


@click.command()
@click.argument("run", default="")
@click.option("--yes", is_flag=True, help="Do not ask.")
def resume(run: str, yes: bool) -> None:
    """Go on with a run whose engine was killed, where it was killed (default: the latest).

    What was cut short is undone alone and done again; then it is proven as ever.
    """
    session = open_session()
    run = run or session.latest_run()
    _ask(
        yes,
        f"Type the host's name, {session.identity.host}, to go on with run {run}",
        session.identity.host,
    )
    begun = time.time()
    session.resume(run)
    click.echo(f"Run {run} goes on. Following it; leaving does not stop it.")
    sys.exit(_follow(session, run, begun))


@click.command()
@click.option(
    "--json", "as_json", is_flag=True, help="One JSON document, schema stepdown.status/1."
)
def status(as_json: bool) -> None:
    """List runs, where they stand, and what is unfinished."""
    session = open_session()
    runs = session.all_runs()
    if as_json:
        document = {"schema": STATUS_SCHEMA, "host": session.identity.host, "runs": runs}
        click.echo(msgspec.json.format(msgspec.json.encode(document), indent=2).decode())
        return
    if not runs:
        click.echo("No run on this host.")
    for one in runs:
        notes = " (engine at work)" if one.alive else " (UNFINISHED)" if one.unfinished else ""
        click.echo(f"{one.run}  {one.phase.value}{notes}  {one.message}".rstrip())
        if one.phase is Phase.AWAITING_CONFIRMATION and one.deadline:
            at = time.strftime("%H:%M:%S", time.localtime(one.deadline))
            click.echo(f"  It undoes itself at {at} unless it is kept: stepdown confirm {one.run}")
        if one.unfinished or one.phase is Phase.NEEDS_ATTENTION:
            click.echo(f"  Now: {ways_out(one)}")


@click.command()
@click.argument("run", default="")
def attach(run: str) -> None:
    """Follow a running engine; leaving does not stop it."""
    session = open_session()
    sys.exit(_follow(session, run or session.latest_run()))
