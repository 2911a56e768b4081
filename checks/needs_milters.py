"""Can the account reach the milters?"""

from __future__ import annotations

from checks.evidence import conclude, counted
from checks.ways import BY_MODE_BITS, for_account, mended, told
from wizard.api import Finding, Severity, Subject, Verdict, check, known
from wizard.reach import Way, way_to_socket

_ID = "needs.milters"
_WHY = (
    "With a socket that the account may not read and write, or in a directory that others may "
    "write, the daemon does not start at all: `Xname: local socket name ... unsafe`. "
    f"{BY_MODE_BITS}"
)
_BECOMES = {
    "T": "every client is answered `451 4.3.2 Please try again later`",
    "4": "every client is answered 421 and cut off",
    "R": "every message is refused for good",
    "": "mail passes without being filtered",
}
"What becomes of mail while the milter cannot be asked, by F= (cf/README, INPUT_MAIL_FILTER)."


@check(
    _ID,
    "Can the account reach the milters?",
    rank=91,
    needs=("doors", "cf", "map_files", "accounts"),
    severities=(Severity.BLOCKER, Severity.OVERRIDABLE),
    why=_WHY,
    remedy=(
        "Start a milter that is down. Move a socket out of a directory that others may write or "
        "that is root's alone, or have the milter listen on inet:PORT@127.0.0.1."
    ),
)
def needs_milters(subject: Subject) -> Verdict:
    """Every X line of the cf, INPUT_MAIL_FILTER in the .mc, whose milter listens on a socket in
    the file system, with each directory on the way.

    The plan gives the socket to the account's group and opens closed directories for search. What
    it leaves alone, and a milter that does not run now, is found here. One that is asked over the
    network needs nothing.
    """
    doors = known(subject.facts.doors)
    account = for_account(subject)
    ways = [way_to_socket(one, account) for one in doors.milters]
    findings = []
    for found in ways:
        flags = doors.flags.get(found.passage.role, "")
        if any(one.kind == "absent" for one in found.troubles):
            findings.append(_absent(found, flags))
        elif found.troubles:
            findings.append(_unreachable(found))
    if not ways and not doors.inet_milters:
        return conclude([], "No milter is asked")
    network = f", {len(doors.inet_milters)} over the network" if doors.inet_milters else ""
    summary = f"{counted(len(ways), 'socket')}{network}"
    return conclude(findings, "The account will reach every milter", summary)


def _absent(found: Way, flags: str) -> Finding:
    letter = next((one for one in "T4R" if one in flags), "")
    severity = Severity.BLOCKER if letter else Severity.OVERRIDABLE
    why = (
        f"While this milter cannot be asked {_BECOMES[letter]}, today and after the change; and "
        "whether the account will reach it cannot be told."
    )
    remedy = f"Start the milter, then re-check. Its socket is expected at {found.passage.path}."
    return told(_ID, "The socket", found, why, remedy, severity)


def _unreachable(found: Way) -> Finding:
    lines = mended(found.troubles)
    name = found.passage.role.removeprefix("milter ")
    if any(one.kind in ("closed", "shared") for one in found.troubles):
        remedy = (
            "Have the milter listen on the loopback interface instead, and say so in the .mc, "
            "with the port that you choose:\n"
            f"INPUT_MAIL_FILTER(`{name}', `S=inet:8891@127.0.0.1')dnl"
        )
    else:
        remedy = "Put right what is named, then re-check."
    if lines:
        remedy += "\n" + "\n".join(lines)
    return told(_ID, "The socket", found, _WHY, remedy, Severity.BLOCKER)
