"""Aliases that run a program."""

from __future__ import annotations

from checks.alias_targets import alias_finding, alias_verdict, entries_with
from checks.evidence import SHOW_STOPPER, mail_hub, shortened
from wizard.api import Finding, Severity, Subject, Verdict, check, known
from wizard.facts.alias.targets import Target

_ID = "relay.alias-programs"
_WHY = (
    "Today the program runs as the DefaultUser, `daemon` or `mail`. After the switch Sendmail "
    f"would still run it, as the new account and with the whole queue in reach. {SHOW_STOPPER}"
)


@check(
    _ID,
    "Does an alias run a program?",
    rank=20,
    needs=("aliases",),
    uses=("cf",),
    severities=(Severity.BLOCKER, Severity.WARNING),
    why="After the switch Sendmail would run the program as the new account, with the whole queue "
    "in its reach.",
    remedy="Send the alias to the mail hub, `ticket: ticket@hub.example.net`, run the program "
    "there, then run newaliases.",
)
def alias_programs(subject: Subject) -> Verdict:
    """An alias such as `ticket: "|/usr/local/bin/ticket"` hands mail to a program on this host.

    A relay has none: the program belongs on the host where the mailboxes are. Looked at are all
    sources that AliasFile in sendmail.cf and the service switch name, text and database, and the
    lists that aliases include.
    """
    aliases = known(subject.facts.aliases)
    entries = entries_with(aliases, Target.PROGRAM)
    findings = []
    if entries:
        name = entries[0].name
        remedy = (
            f"Send {name}@ to the mail hub, run the program there, then run newaliases:\n"
            f"{name}: {name}@{mail_hub(subject)}"
        )
        findings = alias_finding(_ID, entries, _title(len(entries)), _WHY, remedy)
    problems = [problem for file in aliases.files for problem in file.problems]
    if problems:
        findings.append(_not_understood(problems))
    return alias_verdict(subject, _ID, findings, "No alias runs a program")


def _title(number: int) -> str:
    return "An alias runs a program" if number == 1 else f"{number:,} aliases run a program"


def _not_understood(problems: list[str]) -> Finding:
    return Finding(
        _ID,
        Severity.WARNING,
        "A line of the alias file is no alias, or is overruled",
        shortened(problems),
        "newaliases rejects such a line, or a later line of the same name overrules it, so it is "
        "not in force; a person should look at it once.",
        "Mend or delete the line, then run newaliases.",
    )
