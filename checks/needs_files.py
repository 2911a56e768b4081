"""Can the account read every file that the cf names?"""

from __future__ import annotations

from shlex import quote

from checks.evidence import conclude, counted
from checks.ways import BY_MODE_BITS, copied, for_account, mended, told
from wizard.api import Facts, Finding, Severity, Subject, Verdict, check, known
from wizard.facts.way_model import Passage
from wizard.model import Kind
from wizard.reach import Trouble, Way, way

_ID = "needs.files"
_WHY = (
    "A map that the children cannot open does not stop the relay: it accepts every message and "
    f"queues it forever, or answers 451. {BY_MODE_BITS}"
)


@check(
    _ID,
    "Can the account read every file that the cf names?",
    rank=92,
    needs=("doors", "cf", "map_files", "accounts", "trusted"),
    severities=(Severity.BLOCKER,),
    why=_WHY,
    remedy="Move the file below /etc/mail, or open its directories to others: chmod o+x.",
)
def needs_files(subject: Subject) -> Verdict:
    """Maps, class files, alias databases and the service switch, with each directory on the way.

    Those below the mail directory, and those elsewhere that are Sendmail's alone, are made
    readable for the account's group by the plan. A file behind a closed directory, shared with
    another group, or readable by an ACL only, is not. The daemon reads class files as root, but
    no Sendmail that the account starts itself, such as the one that proves its maps, could run.
    """
    facts, account = subject.facts, for_account(subject)
    ways = [way(one, account) for one in _read(facts)]
    missing = _missing(facts)
    ways = [
        Way(one.passage, troubles=(*one.troubles, missing[one.passage.path]))
        if one.passage.path in missing
        else one
        for one in ways
    ]
    first = [way(one, account) for one in _to_the_directory(facts)]
    findings = [_finding(one, account.directory) for one in (*first, *ways) if one.troubles]
    elsewhere = len({one.path for one in known(facts.doors).files})
    summary = counted(len(ways), "file")
    if elsewhere:
        summary += f", {elsewhere} outside {account.directory}"
    return conclude(findings, "The account will read every file that the cf names", summary)


def _to_the_directory(facts: Facts) -> list[Passage]:
    """The way to the configuration directory: all below it is reached by the same."""
    directory, cf = known(facts.map_files).directory, known(facts.cf).path
    passages = (one for one in known(facts.trusted).passages if one.path == cf)
    parts = next((one.parts for one in passages), ())
    ends = [number for number, (path, _state) in enumerate(parts, 1) if path == directory]
    return [Passage(directory, "directory of the cf", parts[: ends[0]])] if ends else []


def _read(facts: Facts) -> list[Passage]:
    """Each file that a child opens itself; below the mail directory only its end counts."""
    cf, files = known(facts.cf), known(facts.map_files)
    elsewhere = known(facts.doors).files
    paths = {one.path for one in known(facts.doors).files}
    lines = {f"map {one.name}": f"{cf.path}:{one.line}" for one in cf.maps}
    inside = [
        Passage(one.path, one.role, ((one.resolved, one.resolved_state),), lines.get(one.role, ""))
        for one in files.files
        if one.path not in paths
    ]
    return [*inside, *elsewhere]


def _missing(facts: Facts) -> dict[str, Trouble]:
    """Databases of maps that are not optional."""
    optional = {f"map {one.name}" for one in known(facts.cf).maps if one.optional}
    return {
        one.path: Trouble("absent", one.path, f"{one.path}  is not there")
        for one in known(facts.map_files).files
        if one.role.startswith("map ")
        and one.role not in optional
        and one.resolved_state.kind is Kind.ABSENT
    }


def _finding(found: Way, directory: str) -> Finding:
    what = found.passage.role[:1].upper() + found.passage.role[1:]
    return told(_ID, what, found, _WHY, _remedy(found, directory), Severity.BLOCKER)


def _remedy(found: Way, directory: str) -> str:
    kinds = {one.kind for one in found.troubles}
    path = found.passage.path
    closed = [one.path for one in found.troubles if one.kind == "closed"]
    if "absent" in kinds:
        text = path.removesuffix(".db")
        return (
            f"Build it, or take the map out of the .mc:\nmakemap hash {quote(text)} < {quote(text)}"
        )
    if "shared" in kinds:
        return (
            "Give Sendmail a copy of its own and name that in the .mc, or let everybody read it:\n"
            f"{copied(path, directory)}"
        )
    lines = [*mended(found.troubles), *(f"chmod o+x {quote(one)}" for one in closed)]
    if "links" in kinds:
        lines.append(
            f"cp -p {quote(found.end)} {quote(found.end)}.one && mv {quote(found.end)}.one "
            f"{quote(found.end)}"
        )
    told_first = "Open the way" if closed else "Put it right"
    return f"{told_first}, or move the file below {directory}:\n" + "\n".join(lines)
