"""How the alias checks tell what they found: alias by alias, with the way that leads there."""

from __future__ import annotations

from collections.abc import Iterable

from checks.evidence import conclude, counted, located, shortened, unseen
from wizard.api import Finding, Severity, Subject, Verdict, known
from wizard.facts.alias.targets import Target, kind_of
from wizard.facts.mail_model import AliasEntry, Aliases

_ONLY_IN = {
    "text": "  (not in the database: in force after the next newaliases)",
    "database": "  (in force now, though the text lacks it)",
}


def entries_with(aliases: Aliases, kind: Target) -> list[AliasEntry]:
    """Every alias, and every line of an included list, that has a target of this kind."""
    return [entry for entry in aliases.entries if any(kind_of(t) is kind for t in entry.targets)]


def told(entry: AliasEntry) -> str:
    """Evidence: the alias, the lists it leads through, and whether it is in force."""
    text = entry.text + _ONLY_IN.get(entry.only_in, "")
    here = located(entry.file, entry.line, text) if entry.line else f"{entry.file}  {text}"
    return " -> ".join((*entry.via, here))


def evidence_of(entries: Iterable[AliasEntry]) -> tuple[str, ...]:
    """Evidence for these, as many lines as a person reads."""
    return shortened([told(entry) for entry in entries])


def alias_finding(
    check_id: str, entries: list[AliasEntry], title: str, why: str, remedy: str
) -> list[Finding]:
    """One blocker for these aliases, each a line of its evidence; none for none."""
    if not entries:
        return []
    return [Finding(check_id, Severity.BLOCKER, title, evidence_of(entries), why, remedy)]


def alias_verdict(subject: Subject, check_id: str, findings: list[Finding], none: str) -> Verdict:
    """What an alias check says, sources that could not be read included."""
    aliases = known(subject.facts.aliases)
    unread = unseen(check_id, "Part of the aliases", aliases.unreadable)
    unknown = bool(unread)
    return conclude([*findings, *unread], none, summary_of(aliases), unknown=unknown)


def summary_of(aliases: Aliases) -> str:
    """How many aliases were looked at, and where."""
    total = sum(max(file.total, len(file.entries)) for file in aliases.files)
    files = ", ".join(file.path for file in aliases.files) or "no alias file is in use"
    lists = f", {counted(len(aliases.lists), 'included list')}" if aliases.lists else ""
    return f"{counted(total, 'alias')}, {files}{lists}"
