"""How the checks of keys, milters and files tell what stands between the account and a path."""

from __future__ import annotations

from shlex import quote

from wizard.api import Finding, Severity, Subject, known
from wizard.reach import NOBODY_YET, Around, Trouble, Way, around

BY_MODE_BITS = (
    "Sendmail goes by the mode bits: an ACL does not count, and a second group of the account is "
    "dropped when a child steps down."
)
TITLES = {
    "closed": "behind a closed directory",
    "writable": "in a directory that others may write",
    "shared": "shared with a group of others",
    "acl": "opened by an ACL only",
    "links": "under several names",
    "absent": "not there",
}
"How a title goes on, by the kind of trouble."


def for_account(subject: Subject) -> Around:
    """What decides for the account that was chosen, whether it is there already or not."""
    accounts = known(subject.facts.accounts)
    user = accounts.user(subject.choices.user)
    group = accounts.group(subject.choices.group)
    uid = user.uid if user else NOBODY_YET
    gid = group.gid if group else NOBODY_YET
    return around(known(subject.facts.cf), known(subject.facts.map_files), accounts, uid, gid)


def places(found: Way) -> tuple[str, ...]:
    """Where it is named, and each thing in the way."""
    named = found.passage
    first = f"{named.place}  {named.role} {named.path}" if named.place else named.path
    return (first, *(one.evidence for one in found.troubles))


def told(
    check_id: str, what: str, found: Way, why: str, remedy: str, severity: Severity
) -> Finding:
    """The finding for a way with troubles."""
    kinds = dict.fromkeys(TITLES[one.kind] for one in found.troubles)
    title = f"{what} {found.passage.path} is {', and '.join(kinds)}"
    return Finding(check_id, severity, title, places(found), why, remedy)


def mended(troubles: tuple[Trouble, ...]) -> list[str]:
    """The commands that put right what is no decision of anybody's."""
    lines = []
    for one in troubles:
        if one.kind == "writable":
            lines.append(f"chmod go-w {quote(one.path)}")
        elif one.kind == "acl":
            lines.append(f"setfacl -b {quote(one.path)}")
    return list(dict.fromkeys(lines))


def copied(path: str, directory: str, mode: str = "0640") -> str:
    """A copy of its own for Sendmail, in the configuration directory."""
    name = path.rpartition("/")[2]
    return f"install -o root -g root -m {mode} {quote(path)} {quote(f'{directory}/{name}')}"
