"""Aliases that read a list of addresses from a file."""

from __future__ import annotations

from checks.alias_targets import alias_finding, alias_verdict, entries_with
from checks.evidence import SHOW_STOPPER, mail_hub, shortened
from wizard.api import Finding, Severity, Subject, Verdict, check, known
from wizard.facts.alias.targets import Target

_ID = "relay.alias-includes"
_WHY = (
    "Sendmail opens the list as its owner, which takes root; the unprivileged child opens it as "
    "the new account, or not at all, and whoever may write the list decides where mail goes, "
    f"programs and files included. {SHOW_STOPPER}"
)


@check(
    _ID,
    "Does an alias include a list?",
    rank=22,
    needs=("aliases",),
    uses=("cf",),
    severities=(Severity.BLOCKER, Severity.WARNING),
    why="Sendmail opens the list as its owner, which takes root, and whoever may write the list "
    "decides where mail goes.",
    remedy="Move the list to the mail hub, `staff: staff@hub.example.net`, then run newaliases.",
)
def alias_includes(subject: Subject) -> Verdict:
    """An alias such as `staff: :include:/etc/mail/lists/staff` expands a list kept in a file.

    Expanding lists is the work of the host that has the mailboxes, or of a list manager. A relay
    passes mail for the list's address on, unexpanded. Each list is followed, and so are lists that
    it includes; programs and files in them are told by their own checks.
    """
    aliases = known(subject.facts.aliases)
    entries = entries_with(aliases, Target.INCLUDE)
    findings = []
    if entries:
        title = "An alias includes a list" if len(entries) == 1 else "Aliases include lists"
        name = entries[0].name
        remedy = (
            f"Move the list to the mail hub, then run newaliases:\n"
            f"{name}: {name}@{mail_hub(subject)}\n"
            f"owner-{name}, which gets the list's bounces, moves with it if there is one."
        )
        findings = alias_finding(_ID, entries, title, _WHY, remedy)
    if gone := [problem for file in aliases.lists for problem in file.problems]:
        findings.append(_gone(gone))
    return alias_verdict(subject, _ID, findings, "No alias includes a list")


def _gone(problems: list[str]) -> Finding:
    return Finding(
        _ID,
        Severity.WARNING,
        "An included list is not there",
        shortened(problems),
        "Sendmail cannot open it and sends such mail back; should the file appear, it is in force "
        "at once.",
        "Delete the alias, then run newaliases.",
    )
