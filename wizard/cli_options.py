"""CHOICES of the command line, and the answers file that may hold all of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from wizard.errors import StepdownError, UsageProblem
from wizard.plans import Choices

F = TypeVar("F", bound=Callable[..., Any])


def host_options(command: F) -> F:
    """`--bundle FILE` and `--root DIR` instead of this host."""
    bundle = click.option("--bundle", metavar="FILE", default="", help="A recorded host instead.")
    root = click.option("--root", metavar="DIR", default="", help="A host mounted under DIR.")
    return bundle(root(command))


def choice_options(command: F) -> F:
    """CHOICES, as the contract has them."""
    for option in reversed(
        (
            click.option(
                "--repair",
                "purpose",
                flag_value="repair",
                default=None,
                help="Finish or mend a host that steps down already, by hand or by stepdown.",
            ),
            click.option(
                "--restore",
                "purpose",
                flag_value="restore",
                help="Back to root's children, for a host that was migrated by hand.",
            ),
            click.option("--user", metavar="NAME", help="Account of the children [sendmail]."),
            click.option("--group", metavar="NAME", help="Its group [sendmail]."),
            click.option("--uid", type=int, metavar="N", help="Its uid [24 when free]."),
            click.option("--gid", type=int, metavar="N", help="Its gid [24 when free]."),
            click.option("--edit", type=click.Choice(["mc", "cf"]), help="What is edited."),
            click.option(
                "--switch", type=click.Choice(["restart", "reload"]), help="How it goes live."
            ),
            click.option(
                "--drain",
                type=float,
                metavar="SECONDS",
                help="For sessions that are open before the switch [60]; 0: do not wait.",
            ),
            click.option(
                "--accept",
                multiple=True,
                metavar="CHECK-ID=REASON",
                help="Accept an overridable finding; kept in the plan.",
            ),
            click.option(
                "--remedy",
                "remedies",
                multiple=True,
                metavar="ID[=VALUE]",
                help="Put something right first, as steps of the same plan.",
            ),
            click.option("--probe-to", metavar="ADDRESS", help="Where the proof's message goes."),
            click.option("--answers", metavar="FILE", help="All of these, as a JSON file."),
        )
    ):
        command = option(command)
    return command


def choices_from(options: dict[str, Any]) -> Choices:
    """Choices from the options; an option wins over the answers file. Raises UsageProblem."""
    answers = options.pop("answers", None)
    base = read_answers(answers) if answers else Choices()
    accept = dict(base.accept)
    for text in options.pop("accept", ()):
        check_id, equals, reason = text.partition("=")
        if not equals or not reason.strip():
            raise UsageProblem(f"--accept {text}: a reason is needed", "--accept CHECK-ID=REASON")
        accept[check_id] = reason.strip()
    remedies = dict(base.remedies)
    for text in options.pop("remedies", ()):
        remedy_id, _equals, value = text.partition("=")
        remedies[remedy_id] = value.strip()
    given = {key: value for key, value in options.items() if value is not None}
    return msgspec.structs.replace(base, accept=accept, remedies=remedies, **given)


def read_answers(path: str) -> Choices:
    """Choices from a JSON object with the fields of Choices. Raises UsageProblem, naming it."""
    try:
        data = Path(path).read_bytes()
    except OSError as problem:
        raise StepdownError(f"{path}: {problem.strerror}") from problem

    class Strict(Choices, frozen=True, forbid_unknown_fields=True):
        """Choices that refuse a field nobody knows: a typing error must not pass in silence."""

    try:
        found = msgspec.json.decode(data, type=Strict)
    except msgspec.DecodeError as problem:
        raise UsageProblem(f"{path}: {problem}", 'Such as {"user": "sendmail"}.') from problem
    return Choices(**{field: getattr(found, field) for field in Choices.__struct_fields__})
