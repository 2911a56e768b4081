"""Milter sockets: readable and writable by the children, with a passage to them."""

from __future__ import annotations

from wizard.facts.way_model import Doors, Passage
from wizard.reach import Way, way_to_socket
from wizard.steps.base import Planned, Planning, StepDefinition
from wizard.steps.reached import anew, operations, surroundings

FOR_GOOD = {
    "opendkim": "in opendkim.conf(5) `UserID opendkim:{group}` and `UMask 007`",
    "opendmarc": "in opendmarc.conf(5) `UserID opendmarc:{group}` and `UMask 007`",
    "clamav": "in clamav-milter.conf(5) `MilterSocketGroup {group}` and `MilterSocketMode 660`",
    "clmilter": "in clamav-milter.conf(5) `MilterSocketGroup {group}` and `MilterSocketMode 660`",
    "greylist": 'in greylist.conf(5) `user "greylist:{group}"` and `socket "{path}" 660`',
    "defang": "in mimedefang's defaults file `MD_ALLOW_GROUP_ACCESS=yes` (option -G), and the "
    "group {group} for its directory",
    "spamass": 'in spamass-milter\'s defaults file `SOCKETOWNER="spamass-milter:{group}"` and '
    "`SOCKETMODE=0660`",
}
"Where each milter is told group and mode of its socket, by a word in its name or path."


def for_good(passage: Passage, group: str) -> str:
    """How the milter itself is told, for one that is known."""
    named = f"{passage.role} {passage.path}".lower()
    found = next((told for word, told in FOR_GOOD.items() if word in named), "")
    own = found.format(group=group, path=passage.path)
    return own or f"in its configuration or unit the socket's group {group} and mode 0660"


def _milters(p: Planning) -> Planned | None:
    around, doors = surroundings(p), p.facts.doors
    if around is None or not isinstance(doors, Doors):
        return None
    ways = [way_to_socket(anew(p, one), around) for one in doors.milters]
    ops = operations(ways)
    return Planned(ops, tuple(_note(p, one) for one in ways if one.changes)) if ops else None


def _note(p: Planning, one: Way) -> str:
    told = for_good(one.passage, p.account.group)
    return (
        f"{one.passage.role} makes its socket anew at each start, with its own group and mode: "
        f"the guard puts that right. For good: {told}."
    )


MILTERS = StepDefinition(
    id="milter-sockets",
    title="milter sockets open to the group",
    why="The children ask the milters. With a socket that the account may not read and write, by "
    "its mode bits, the daemon does not start at all; with one that appears later so, it answers "
    "451 to every client or lets mail through unfiltered.",
    recipe="You just need to make sure that the socket created by these Milters is readable by "
    "your unprivileged sendmail user. Don't forget to pay attention to the permissions on the "
    "socket itself and to the permissions on the directory where the socket is created.",
    stage="before",
    plan=_milters,
    after=("account-group", "mail-directory"),
    before=("candidate-maps", "guard"),
)
