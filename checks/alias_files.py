"""Aliases that append mail to a file."""

from __future__ import annotations

from checks.alias_targets import alias_finding, alias_verdict, entries_with, evidence_of
from checks.evidence import SHOW_STOPPER, mail_hub
from wizard.api import Finding, Severity, Subject, Verdict, check, known
from wizard.facts.alias.targets import Target, bare, kind_of
from wizard.facts.mail_model import AliasEntry

_ID = "relay.alias-files"
NULL_DEVICE = "/dev/null"
_WHY = (
    "Only root may append to any file. The unprivileged child would fail, or would write "
    f"as the new account wherever that account may. {SHOW_STOPPER}"
)
_WHY_NULL = (
    "Throwing mail away works without privileges, yet it is a delivery on this host: Sendmail "
    "logs it as mailer=*file*, and a pure relay makes none."
)


@check(
    _ID,
    "Does an alias append to a file?",
    rank=21,
    needs=("aliases",),
    uses=("cf",),
    severities=(Severity.BLOCKER, Severity.OVERRIDABLE),
    why="Only root may append to any file; the unprivileged child would fail, or write as the new "
    "account wherever that may.",
    remedy="Send the alias to the mail hub, `archive: archive@hub.example.net`, then run "
    "newaliases. Mail for /dev/null is better refused in the access map.",
)
def alias_files(subject: Subject) -> Verdict:
    """An alias such as `archive: /var/mail/archive` has Sendmail append to a file on this host.

    That needs root, and it is local delivery. Lists that an alias includes are read too.
    /dev/null alone may be accepted: nothing is written there, and it goes on working.
    """
    entries = entries_with(known(subject.facts.aliases), Target.FILE)
    writing = [entry for entry in entries if not _only_null(entry)]
    findings: list[Finding] = []
    if writing:
        title = "An alias appends to a file" if len(writing) == 1 else "Aliases append to files"
        name = writing[0].name
        remedy = (
            f"Let the mail hub keep it, then run newaliases:\n{name}: {name}@{mail_hub(subject)}"
        )
        findings = alias_finding(_ID, writing, title, _WHY, remedy)
    if thrown := [entry for entry in entries if _only_null(entry)]:
        findings.append(_throws_away(thrown))
    return alias_verdict(subject, _ID, findings, "No alias appends to a file")


def _only_null(entry: AliasEntry) -> bool:
    """Whether /dev/null is the only file this alias names."""
    files = [bare(target) for target in entry.targets if kind_of(target) is Target.FILE]
    return set(files) == {NULL_DEVICE}


def _throws_away(entries: list[AliasEntry]) -> Finding:
    return Finding(
        _ID,
        Severity.OVERRIDABLE,
        "An alias throws mail away on this host",
        evidence_of(entries),
        _WHY_NULL,
        "Take the alias out and run newaliases; `To:"
        f"{entries[0].name}@ DISCARD` in the access map throws such mail away without a delivery, "
        "with FEATURE(`blocklist_recipients'). Or accept this with your reason.",
    )
