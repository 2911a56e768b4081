"""Can clients still log in after the change?"""

from __future__ import annotations

from posixpath import dirname
from shlex import quote

from checks.evidence import conclude, counted
from checks.ways import for_account
from wizard.api import Finding, Severity, Subject, Verdict, check, known
from wizard.facts.acl import XATTR
from wizard.facts.logins import SOCKET
from wizard.facts.model import Accounts
from wizard.facts.passages import may_read, may_search
from wizard.facts.way_model import Passage
from wizard.model import FileState, Kind
from wizard.reach import Around

_ID = "needs.logins"
_WHY = (
    "SMTP AUTH asks saslauthd, or reads the password database, in the child that serves the "
    "client. On most hosts only group sasl may, and a child drops all groups but its own: AUTH "
    "would be offered as before, and every client answered `535 authentication failed`."
)


@check(
    _ID,
    "Can clients still log in after the change?",
    rank=93,
    needs=("doors", "cf", "map_files", "accounts"),
    severities=(Severity.OVERRIDABLE,),
    why=_WHY,
    remedy="Open the directory of saslauthd's socket for search, chmod o+x; the socket is open.",
)
def needs_logins(subject: Subject) -> Verdict:
    """What SASL's own Sendmail.conf names, or SASL takes where it names nothing: the socket of
    saslauthd, the password database where it knows anybody, a Kerberos keytab.

    These are others' too, so the plan leaves them alone. The kernel decides here, so that an ACL
    counts: where there is one, the proof after the change asks the kernel as the account.
    """
    account = for_account(subject)
    accounts = known(subject.facts.accounts)
    ways = known(subject.facts.doors).logins
    findings = [
        _finding(one, closed, subject.choices.group, accounts)
        for one in ways
        if (closed := _closed(one, account))
    ]
    if not ways:
        return conclude([], "Nothing in the file system is asked when a client logs in")
    return conclude(findings, "Clients will be able to log in", counted(len(ways), "way"))


def _closed(one: Passage, account: Around) -> list[tuple[str, FileState]]:
    """What on the way does not let the account pass; nothing where an ACL has a say."""
    if any(XATTR in state.xattrs for _path, state in one.parts):
        return []
    uid, gid = account.uid, account.gid
    last, end = one.parts[-1]
    directories = [(p, s) for p, s in one.parts[:-1] if s.kind is Kind.DIRECTORY]
    found = [(path, state) for path, state in directories if not may_search(state, uid, gid)]
    shut = not may_read(end, uid, gid) if one.role != SOCKET else not _may_write(end, account)
    return [*found, (last, end)] if shut else found


def _may_write(end: FileState, account: Around) -> bool:
    """Connecting to a socket is writing (unix(7)); the owner's own bit counts, too."""
    own = end.uid == account.uid
    shift = 6 if own else 3 if end.gid == account.gid else 0
    return bool((end.mode >> shift) & 0o2)


def _finding(
    one: Passage, closed: list[tuple[str, FileState]], group: str, accounts: Accounts
) -> Finding:
    users = {u.uid: u.name for u in accounts.users}
    groups = {g.gid: g.name for g in accounts.groups}
    lines = [
        f"{path}  {users.get(s.uid, s.uid)}:{groups.get(s.gid, s.gid)} {s.mode:04o}"
        for path, s in closed
    ]
    title = f"The account cannot reach {one.role}, {one.path}: nobody could log in"
    told = (f"{one.place}  {one.role} {one.path}", *lines)
    return Finding(_ID, Severity.OVERRIDABLE, title, told, _WHY, _remedy(one, closed, group))


def _remedy(one: Passage, closed: list[tuple[str, FileState]], group: str) -> str:
    directories = [path for path, state in closed if state.kind is Kind.DIRECTORY]
    lines = [f"chmod o+x {quote(path)}" for path in directories]
    if directories == [dirname(one.path)] and one.role == SOCKET:
        state = closed[0][1]
        again = f"{state.mode | 0o001:04o} {quote(directories[0])}"
        lines.append(
            f"On Debian, where each start of saslauthd sets it anew: dpkg-statoverride "
            f"--force-statoverride-add --update --add root sasl {again}"
        )
    if closed[-1][1].kind is not Kind.DIRECTORY and one.role != SOCKET:
        lines += [
            f"Make the account first, as the article does, and give it what it reads; who else "
            f"uses it through its group needs another way: chgrp {group} {quote(one.path)}",
            "Or have passwords checked by saslauthd (pwcheck_method: saslauthd), which is root.",
        ]
    elif closed[-1][1].kind is not Kind.DIRECTORY:
        lines.append(f"chmod o+rw {quote(one.path)}")
    lines.append(f"Where nobody logs in to Sendmail here, accept it: --accept {_ID}=REASON")
    return "\n".join(lines)
