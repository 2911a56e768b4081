"""An alias text and its database that disagree."""

from __future__ import annotations

from checks.alias_targets import summary_of
from checks.evidence import conclude, counted, shortened, unseen
from wizard.api import Finding, Severity, Subject, Verdict, check, known
from wizard.facts.mail_model import AliasDifference, AliasFile

_ID = "relay.alias-db"
_WHY = (
    "Sendmail delivers by the database, and the next newaliases, which a package upgrade or a "
    "start may run, puts the text in force. All alias checks judge both; only you know which of "
    "them is meant."
)


@check(
    _ID,
    "Do the alias text and its database agree?",
    rank=24,
    needs=("aliases",),
    severities=(Severity.WARNING,),
    why="Sendmail delivers by the database; what the text says comes into force with the next "
    "newaliases, which nobody may notice.",
    remedy="Put into the text what is meant, then run newaliases.",
)
def alias_db(subject: Subject) -> Verdict:
    """Each alias of the text is held against the database that newaliases made of it.

    Blanks, the case of a name and the age of the files do not count. Both the text and the
    database are judged by the other alias checks, so a difference does not block by itself. A
    database that cannot be read leaves unknown what is in force.
    """
    aliases = known(subject.facts.aliases)
    findings = list(unseen(_ID, "Part of the aliases", aliases.unreadable))
    for file in aliases.files:
        if file.unlike_total:
            findings.append(_unlike(file))
        if file.unbuilt:
            findings.append(_unbuilt(file))
    if aliases.problems:
        findings.append(_nothing_there(aliases.problems))
    compared = [file.database for file in aliases.files if file.database]
    texts = "" if compared or not aliases.files else ", read as text: there is no database"
    return conclude(
        findings,
        "Alias text and database agree" if compared else "No alias database differs from its text",
        summary_of(aliases) + texts,
        unknown=bool(aliases.unreadable),
    )


def _unlike(file: AliasFile) -> Finding:
    number = counted(file.unlike_total, "alias")
    lines = [_told(file, one) for one in file.unlike]
    lines += [""] * max(0, file.unlike_total - len(lines))  # told by their number
    return Finding(
        _ID,
        Severity.WARNING,
        f"{number} in the text and in its database disagree"
        if file.unlike_total > 1
        else "An alias in the text and in its database disagrees",
        shortened(lines),
        _WHY,
        f"Look at {file.path}, put into it what is meant, then run: newaliases",
    )


def _told(file: AliasFile, one: AliasDifference) -> str:
    stored = f"{file.database}: {one.database or 'not there'}"
    if not one.line:
        return f"{file.database}  {one.name}: {one.database}; {file.path}: not there"
    return f"{file.path}:{one.line}  {one.name}: {one.text}; {stored}"


def _unbuilt(file: AliasFile) -> Finding:
    return Finding(
        _ID,
        Severity.WARNING,
        "An alias file has no database",
        (f"{file.place or file.path}  {file.path} was never built",),
        "By its class in the cf Sendmail reads this map from a database only: none of its aliases "
        "is in force, and mail for a name of this host waits in the queue.",
        "Run newaliases.",
    )


def _nothing_there(problems: tuple[str, ...]) -> Finding:
    return Finding(
        _ID,
        Severity.WARNING,
        "The service switch names a source of aliases that does not exist",
        shortened(problems),
        "Sendmail complains on each use; aliases that somebody believes to be there are not.",
        "Leave in the `aliases` line of the service switch what there is: aliases files",
    )
