"""What an alias points to, told by its first characters as Sendmail's recipient() does."""

from __future__ import annotations

from enum import Enum

from checks.evidence import conclude, counted, located, shortened, unseen
from wizard.api import Finding, Severity, Subject, Verdict, known
from wizard.facts.mail_model import AliasEntry, Aliases

NULL_DEVICE = "/dev/null"


class Target(Enum):
    """The kinds of alias target; ADDRESS is a mailbox, another alias or another host."""

    PROGRAM = "|"
    INCLUDE = ":include:"
    FILE = "/"
    ADDRESS = ""


def bare(target: str) -> str:
    """The target without the quotes around it."""
    text = target.strip()
    return text.removeprefix('"').removesuffix('"').strip() if text.startswith('"') else text


def kind_of(target: str) -> Target:
    """The kind of one target, quoted or not."""
    text = bare(target).lower()
    return next(kind for kind in Target if text.startswith(kind.value))


def entries_with(aliases: Aliases, kind: Target) -> list[AliasEntry]:
    """Every alias that has a target of this kind."""
    entries = (entry for file in aliases.files for entry in file.entries)
    return [entry for entry in entries if any(kind_of(t) is kind for t in entry.targets)]


def alias_finding(
    check_id: str, entries: list[AliasEntry], title: str, why: str, remedy: str
) -> list[Finding]:
    """One blocker for these aliases, each a line of its evidence; none for none."""
    if not entries:
        return []
    evidence = shortened([located(entry.file, entry.line, entry.text) for entry in entries])
    return [Finding(check_id, Severity.BLOCKER, title, evidence, why, remedy)]


def alias_verdict(subject: Subject, check_id: str, findings: list[Finding], none: str) -> Verdict:
    """What an alias check says, sources that could not be read included."""
    aliases = known(subject.facts.aliases)
    unread = unseen(check_id, "Part of the aliases", aliases.unreadable)
    total = sum(len(file.entries) for file in aliases.files)
    files = ", ".join(file.path for file in aliases.files) or "no alias file is in use"
    summary = f"{counted(total, 'alias')}, {files}"
    return conclude([*findings, *unread], none, summary, unknown=bool(unread))
