"""Why Sendmail would not take a file as safe for the account, in words (facts 2 and 4).

Sendmail computes access from owner and mode bits alone, of the file and of each directory on the
way, for the account with its one group. What only looks fine is named too: a group that the
children drop, an ACL that Sendmail does not look at.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from msgspec import Struct

from wizard.errors import StepdownError
from wizard.facts import accounts
from wizard.facts.acl import XATTR
from wizard.facts.cf_model import Cf
from wizard.facts.map_files import named_files
from wizard.facts.passages import may_read, may_search, passage
from wizard.facts.way_model import Passage
from wizard.host.base import HostReader
from wizard.model import FileState, Kind, Outcome
from wizard.probes.process.proofs import NO_ACCOUNT
from wizard.probes.proof import Proving, Target

STICKY = 0o1000


class Account(Struct, frozen=True):
    """The account that the children run as."""

    uid: int
    gid: int
    user: str
    groups: dict[int, str]
    "Groups that it is a member of besides its own, by id: the children drop them."


class Rules(Struct, frozen=True):
    """What DontBlameSendmail lets pass."""

    flags: frozenset[str]
    "In lower case."

    def allows(self, flag: str) -> bool:
        """Whether it is named."""
        return flag.lower() in self.flags

    def complaint(self, directory: FileState) -> str:
        """Sendmail's own words about a directory that others may write; empty where it is fine."""
        if directory.mode & STICKY and self.allows("TrustStickyBit"):
            return ""
        if directory.mode & 0o002:
            return "World writable directory"
        if directory.mode & 0o020 and not self.allows("GroupWritableDirPathSafe"):
            return "Group writable directory"
        return ""


def account_of(host: HostReader, target: Target) -> Account:
    """The account with the groups that it has elsewhere. Raises Unreadable."""
    groups = accounts.gather(host).groups
    member = {g.gid: g.name for g in groups if target.user in g.members and g.gid != target.gid}
    return Account(target.uid, target.gid, target.user, member)


class Looking:
    """What each look at the account's files rests on, asked for once."""

    def __init__(self, proving: Proving) -> None:
        self.p = proving

    @cached_property
    def cf(self) -> Cf:
        """The cf as it was when it was first asked for. Raises Unreadable."""
        return self.p.cf()

    @cached_property
    def who(self) -> Account:
        """Raises Unreadable."""
        return account_of(self.p.host, self.p.target)

    @cached_property
    def rules(self) -> Rules:
        """Raises Unreadable."""
        return rules_of(self.cf)

    def walk(self, path: str, role: str) -> Passage:
        """The whole way to a path. Raises Unreadable."""
        return passage(self.p.host, path, role)

    def unsafe(self, role: str, allowed: str) -> list[str]:
        """What is wrong with the files that the cf names for a role and that are there."""
        told: list[str] = []
        for named, path in named_files(self.cf):
            if named.startswith(role) and (found := self.walk(path, named)).end.exists:
                why = unsafe(found, self.who, self.rules, allowed=allowed)
                told += [f"{named}: {one}" for one in why]
        return told


class NotAsked(StepdownError):
    """A proof that cannot be made here, where nothing is known to be wrong: unproven."""


Evidence = tuple[list[str], list[str]]
"What is wrong, and what was looked at."


def tell(
    looking: Looking, proof_id: str, title: str, meaning: str, look: Callable[[Looking], Evidence]
) -> None:
    """Look, and tell the proof; SKIPPED where the cf names no account."""
    p = looking.p
    try:
        if p.target.uid == 0:
            raise NotAsked(NO_ACCOUNT)
        bad, seen = look(looking)
    except NotAsked as reason:
        p.prove(proof_id, Outcome.SKIPPED, f"Unproven: {title}", (str(reason),))
    except StepdownError as problem:
        p.prove(proof_id, Outcome.UNKNOWN, title, (str(problem),), meaning)
    else:
        outcome = Outcome.FOUND if bad else Outcome.PASS
        p.prove(proof_id, outcome, title, tuple(dict.fromkeys(bad or seen)), meaning)


def rules_of(cf: Cf) -> Rules:
    """Of this cf."""
    return Rules(frozenset(cf.option("DontBlameSendmail").lower().replace(",", " ").split()))


def unsafe(found: Passage, who: Account, rules: Rules, *, allowed: str = "") -> list[str]:
    """Why the account cannot read what the path leads to; empty where it can.

    allowed: the flag of DontBlameSendmail that lets directories pass which others may write.
    """
    told = blocked(found, who)
    told += [] if rules.allows(allowed) else exposed(found, rules)
    if not found.end.exists:
        return [*told, f"{found.path}  is not there"]
    if found.end.kind is Kind.FILE and not may_read(found.end, who.uid, who.gid):
        last = found.parts[-1][0]
        told.append(
            f"{shown(last, found.end)}: {who.user} may not read it{_looks_fine(found.end, who, 4)}"
        )
    return told


def blocked(found: Passage, who: Account) -> list[str]:
    """Directories on the way that the account may not pass."""
    return [
        f"{shown(path, state)}: closed to {who.user}{_looks_fine(state, who, 1)}"
        for path, state in _directories(found)
        if not may_search(state, who.uid, who.gid)
    ]


def exposed(found: Passage, rules: Rules) -> list[str]:
    """Directories on the way that others may write: Sendmail trusts nothing below them."""
    return [
        f"{shown(path, state)}: {complaint}"
        for path, state in _directories(found)
        if (complaint := rules.complaint(state))
    ]


def shown(path: str, state: FileState) -> str:
    """`path  owner uid:gid, mode 0640`."""
    return f"{path}  owner {state.uid}:{state.gid}, mode {state.mode:04o}"


def _directories(found: Passage) -> list[tuple[str, FileState]]:
    last = found.parts[-1][0]
    return [(x, s) for x, s in found.parts if s.kind is Kind.DIRECTORY and x != last]


def _looks_fine(state: FileState, who: Account, bit: int) -> str:
    if state.gid in who.groups and (state.mode >> 3) & bit:
        name = who.groups[state.gid]
        return f"; {who.user} is in group {name}, but the children drop all groups but their own"
    if XATTR in state.xattrs:
        return "; it has an ACL, but Sendmail looks at the mode bits only"
    return ""
