"""The command line: `stepdown` and its commands. A public contract, see `stepdown --help`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import click
import msgspec

from wizard.check_text import check_document, check_lines
from wizard.cli_audit import audit
from wizard.cli_catalogue import tell_catalogue
from wizard.cli_drain import go_on
from wizard.cli_options import choice_options, host_options
from wizard.cli_report import report
from wizard.cli_run import apply, attach, confirm, resume, rollback, status, verify
from wizard.composition import RECORDED, open_chosen, open_host, open_review, open_session
from wizard.deadman.default import minutes_for
from wizard.errors import StepdownError, UsageProblem
from wizard.model import Mode


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--plain", is_flag=True, help="Line mode: questions and answers, no full screen.")
@click.version_option(package_name="sendmail-stepdown", prog_name="stepdown")
@click.pass_context
def stepdown(context: click.Context, plain: bool) -> None:
    """Take a Sendmail relay from root SMTP children to unprivileged ones, safely.

    Without a command: the guided wizard.
    """
    if context.invoked_subcommand is None:
        context.exit(_wizard(open_session(), plain=plain))


def _wizard(session: Any, *, plain: bool) -> int:
    """The wizard on a session, full screen or line by line."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.UsageError(
            "the wizard needs a terminal; without one use: stepdown check, plan, apply, verify"
        )
    if session.identity.mode is not Mode.REVIEW:
        # In the guided wizard a practice run undoes itself too: who trains sees what an admin sees.
        minutes = minutes_for(session.choices.confirm_within, Mode.LIVE)
        session.choices = msgspec.structs.replace(session.choices, confirm_within=minutes)
    if plain or _dumb_terminal():
        from screens.line_mode import run_line_mode

        return run_line_mode(session)
    from screens.start import run_app

    return run_app(session)


def _dumb_terminal() -> bool:
    from rich.console import Console

    return Console().is_dumb_terminal


@stepdown.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document, schema stepdown.check/1.")
@click.option("--list", "list_them", is_flag=True, help="What is checked and why; checks nothing.")
@host_options
@choice_options
def check(as_json: bool, list_them: bool, **options: Any) -> None:
    """Check the preconditions. Changes nothing. Exit code 0: ready, 3: blocked."""
    if list_them:
        tell_catalogue(as_json=as_json)
        return
    session = open_chosen(options)
    results = session.examine(_progress())
    session.demand_acceptable()
    verdict = session.verdict()
    offers = session.remedies()
    if as_json:
        click.echo(check_document(session.identity.host, verdict, results, offers))
    else:
        for line in check_lines(results, verdict, offers):
            click.echo(line)
    sys.exit(0 if verdict == "ready" else 3)


def _progress() -> Callable[[str], None] | None:
    """Tells on standard error what is looked at, where that is a terminal: logs can take long."""
    if not sys.stderr.isatty():
        return None
    return lambda what: click.echo(f"  looking at {what} …", err=True)


@stepdown.command()
@click.option("--json", "as_json", is_flag=True, help="The sealed plan itself on standard output.")
@click.option("-o", "--output", metavar="PLAN", default="", help="Where to write the sealed plan.")
@click.option(
    "--confirm-within",
    type=float,
    metavar="MINUTES",
    help="Undo it all again unless it is confirmed in time; 0: never. On a live host: 10.",
)
@host_options
@choice_options
def plan(as_json: bool, output: str, **options: Any) -> None:
    """Plan the migration and show it in full. Changes nothing. Exit code 3: blocked.

    --repair: plan what a host that steps down already lacks; exit code 0 where that is nothing.
    --restore: plan the way back to root's children for a host that was migrated by hand.
    """
    from wizard.plan_file import encode
    from wizard.plan_text import plan_lines

    session = open_chosen(options)
    made = session.propose()
    if output:
        session.save_plan(output)
    if as_json:
        click.echo(encode(made).decode(), nl=False)
        return
    for line in plan_lines(made, session.previews()):
        click.echo(line)
    if output:
        click.echo(f"Plan {made.digest[:8]} written to {output}. To carry it out: apply {output}")


@stepdown.command()
@click.option("-o", "--output", metavar="BUNDLE", required=True, help="Where to write it.")
def capture(output: str) -> None:
    """Record this host for a review elsewhere, without secrets."""
    from wizard.composition import Checks
    from wizard.engine_session import EngineSession
    from wizard.host.bundle import RecordingHost
    from wizard.runs import Runs

    host = RecordingHost(open_host())
    session = EngineSession(host, Checks(), Runs())
    session.check()
    try:
        session.propose()
    except StepdownError as problem:
        click.echo(f"No plan is recorded: {problem}", err=True)
    host.save(output)
    click.echo(
        f"{session.identity.host} recorded in {output}. Look at it: stepdown review {output}"
    )


@stepdown.command()
@click.argument("path", metavar="[PLAN|BUNDLE]", default=str(RECORDED))
@click.option("--plain", is_flag=True, help="Line mode.")
def review(path: str, plain: bool) -> None:
    """The wizard, read only, on a plan or a recorded host; without one, the relay we ship."""
    sys.exit(_wizard(open_review(path), plain=plain))


class _LabCommand(click.Command):
    """`lab [SCENARIO] [-- COMMAND...]`: what follows the dashes is never the scenario."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Split at the dashes before click takes them away."""
        at = args.index("--") if "--" in args else len(args)
        ctx.obj = tuple(args[at + 1 :])
        return super().parse_args(ctx, args[:at])


@stepdown.command(cls=_LabCommand)
@click.argument("scenario", default="relay")
@click.option("--list", "list_them", is_flag=True, help="The scenarios, a line each.")
@click.pass_context
def lab(context: click.Context, scenario: str, list_them: bool) -> None:
    """Open a throwaway practice relay: stepdown lab [SCENARIO] [-- COMMAND...].

    Without a COMMAND the wizard opens in it. All of it is gone when it closes.
    """
    from wizard.lab.practice import LabUnavailable, list_scenarios, run_lab

    names = {one.name: one.title for one in list_scenarios()}
    if list_them:
        for name, title in names.items():
            click.echo(f"{name:16} {title}")
        return
    if scenario not in names:
        raise UsageProblem(f"no scenario {scenario}", f"There are: {', '.join(names)}.")
    command: tuple[str, ...] = context.obj
    try:
        sys.exit(run_lab(scenario, command))
    except LabUnavailable as problem:
        if command or not sys.stdin.isatty():
            raise StepdownError(str(problem)) from problem
        click.echo(f"stepdown: {problem}", err=True)
        if not click.confirm("Open the recorded relay, read only?", default=True):
            sys.exit(1)
        sys.exit(_wizard(open_review(str(RECORDED)), plain=False))


for _command in (apply, confirm, go_on, verify, rollback, resume, status, attach, audit, report):
    stepdown.add_command(_command)


def main() -> None:
    """Run the command line; a StepdownError becomes a sentence, a remedy and its exit code."""
    try:
        stepdown.main(standalone_mode=False)
    except click.exceptions.Exit as ended:
        sys.exit(ended.exit_code)
    except click.ClickException as problem:
        problem.show()
        sys.exit(problem.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        sys.exit(130)
    except StepdownError as problem:
        click.echo(f"stepdown: {problem}", err=True)
        if problem.remedy and problem.remedy not in str(problem):
            click.echo(f"  {problem.remedy}", err=True)
        sys.exit(problem.exit_code)
