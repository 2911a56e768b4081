"""Could the account become root again by what it may write?"""

from __future__ import annotations

from msgspec.structs import replace

from checks.evidence import conclude, shortened
from checks.reserved_names import reserved
from wizard.api import Finding, Severity, Subject, Verdict, check, known
from wizard.errors import StepdownError
from wizard.facts.held import Held, held, looked_at, said
from wizard.facts.model import Accounts
from wizard.facts.shared import shared
from wizard.facts.way_model import Passage
from wizard.model import FileState, Kind
from wizard.planner import choose_account
from wizard.plans import Choices

_ID = "account.escape"
_NOBODY = -1
"An id that nothing belongs to."
_WRITE = 0o022
_WHY = (
    "Whoever takes over a child is this account. What root reads or runs for Sendmail must be "
    "nobody's to write but root's, each directory on the way included: one that is open hands "
    "root's powers back, by way of the next reload, start or upgrade."
)


@check(
    _ID,
    "Could the account become root again?",
    rank=20,
    needs=("trusted", "accounts", "map_files"),
    severities=(Severity.BLOCKER,),
    why=_WHY,
    remedy=(
        "Take write access from others along the whole path (`chmod go-w`, `setfacl -b`), give "
        "what is not root's to root, and let the children run as an account of their own."
    ),
)
def account_escape(subject: Subject) -> Verdict:
    """The cf, the .mc and all that m4 includes, Makefile, init script, scripts, hooks, programs,
    maps and their text, keys, the guard: each with every directory on the way, links followed,
    owner, group, others and ACLs as the kernel counts them.

    For a new account the host is judged as the plan leaves it: /etc/mail becomes root's. For one
    that exists it is judged as it is: what that account owns, the system has reasons to give back.
    """
    choices = subject.choices
    trusted, accounts = known(subject.facts.trusted), known(subject.facts.accounts)
    directory = known(subject.facts.map_files).directory
    if choices.purpose == "restore":
        return Verdict("The children become root's again", "nothing to escape from", skipped=True)
    uid, gid = _ids(accounts, choices)
    passages = trusted.passages
    if accounts.user(choices.user) is None or choices.purpose == "repair":
        passages = tuple(_planned(one, directory, uid, gid) for one in passages)
    found = held(passages, uid, gid)
    files, directories = looked_at(trusted.passages)
    title = f"Nothing that root reads or runs is {choices.user}'s to write"
    findings = [_finding(subject, accounts, found)] if found else []
    if choices.purpose == "repair" and (others := tuple(shared(accounts, choices.user, uid, gid))):
        findings.append(_not_alone(choices.user, others))
    return conclude(findings, title, f"{files} files, {directories} directories")


def _ids(accounts: Accounts, choices: Choices) -> tuple[int, int]:
    """The account's, where it exists; else those that the plan will choose."""
    user, group = accounts.user(choices.user), accounts.group(choices.group)
    if user is None and group is None:
        try:
            account = choose_account(accounts, choices)
            return account.uid, account.gid
        except StepdownError:  # ids that are taken: account.name says so
            pass
    uid = user.uid if user else choices.uid
    gid = group.gid if group else choices.gid
    return _NOBODY if uid is None else uid, _NOBODY if gid is None else gid


def _planned(one: Passage, directory: str, uid: int, gid: int) -> Passage:
    """The way as the plan leaves it: the configuration directory, and alias files elsewhere."""
    aliases = "aliases" in one.role
    parts = tuple(
        (path, _mended(state, uid, gid) if _mends(path, state, directory, aliases) else state)
        for path, state in one.parts
    )
    return replace(one, parts=parts)


def _mends(path: str, state: FileState, directory: str, aliases: bool) -> bool:
    if state.kind is Kind.FILE and state.nlink == 1:
        return aliases or path.startswith(f"{directory}/")
    below = path == directory or path.startswith(f"{directory}/")
    return state.kind is Kind.DIRECTORY and below


def _mended(state: FileState, uid: int, gid: int) -> FileState:
    """As wizard/steps/mail_directory.py leaves it: a directory becomes root's, a file stays.

    Unless it is the account's, which a repair gives back to root.
    """
    roots = state.kind is Kind.DIRECTORY or state.uid == uid
    return replace(state, uid=0 if roots else state.uid, gid=gid, mode=state.mode & ~_WRITE)


def _finding(subject: Subject, accounts: Accounts, found: list[Held]) -> Finding:
    choices = subject.choices
    exists = accounts.user(choices.user) is not None
    what = "1 place" if len(found) == 1 else f"{len(found)} places"
    reason = reserved("user", choices.user)
    return Finding(
        _ID,
        Severity.BLOCKER,
        f"{choices.user} could become root again: {what} that root trusts it may write",
        shortened([said(one, accounts) for one in found]),
        f"{reason} {_WHY}" if reason else _WHY,
        _remedy(found, exists=exists and choices.purpose == "migrate"),
    )


def _not_alone(user: str, others: tuple[str, ...]) -> Finding:
    """Only of an account that is there already: a new one has all to itself."""
    return Finding(
        _ID,
        Severity.BLOCKER,
        f"{user} is not alone with its group, or is in another",
        others,
        "The proofs after the change would not hold, and it would be undone.",
        f"Take {user} out of other groups, and others out of its own, then re-check:\n"
        f"gpasswd -d {user} GROUP",
    )


def _remedy(found: list[Held], *, exists: bool) -> str:
    own = [one for one in found if one.how == "its owner"]
    if exists and own:
        return (
            "Let the children run as a new account, as the article does; what is there already "
            "stays whose it is:\n--user sendmail --group sendmail"
        )
    lines = ["Leave these places to root, then re-check:"]
    for one in found:
        if one.how == "its owner":
            lines.append(f"chown root {one.path}")
        elif "ACL" in one.how:
            lines.append(f"setfacl -b {one.path}")
        else:
            lines.append(f"chmod {'g-w' if 'group' in one.how else 'o-w'} {one.path}")
    return "\n".join(lines)
