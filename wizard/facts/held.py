"""What an account could take hold of among all that root trusts, and what that would give it."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from wizard.facts.model import Accounts
from wizard.facts.passages import holds
from wizard.facts.way_model import Passage
from wizard.model import FileState, Kind

GIVES = (
    ("sendmail.cf", "could take RunAsUser out: root children after the next SIGHUP"),
    ("submit.cf", "could have root's own mail go where it likes"),
    ("sendmail.mc", "the next build of the cf is as it likes"),
    ("submit.mc", "m4, run by root, does what it says: syscmd runs commands"),
    ("m4 macros", "m4, run by root, does what it says: syscmd runs commands"),
    ("directory of the m4", "m4, run by root, does what it says: syscmd runs commands"),
    ("Makefile", "root's make runs it at the next start or reload"),
    ("what the Makefile", "root's make runs what is made of it at the next start"),
    ("settings that root", "root's shell runs it at the next start"),
    ("what root's shell", "root's shell runs it at the next start"),
    ("init script", "root runs it at the next start"),
    ("unit", "systemd runs as root what it says"),
    ("drop-in", "systemd runs as root what it says"),
    ("cron job", "cron runs it as root"),
    ("network hook", "root runs it when the network changes"),
    ("PAM", "could let itself pass"),
    ("program", "root runs it"),
    ("the packages'", "root runs it at the next upgrade"),
    ("Debian's script", "root runs it at the next start"),
    ("guard", "root runs it"),
    ("stepdown's records", "a rollback would put back what it likes"),
    ("directory of the pid", "root would write, or signal, what it likes"),
    ("directory of", "root would write, or give away, what it likes"),
    ("where ", "root would give away to it what a link leads to"),
    ("TLS", "could put a key or certificate of its own in place"),
    ("map ", "mail would go where it likes"),
    ("text of", "mail would go where it likes"),
    ("aliases", "mail would go where it likes"),
    ("passwords", "could have root log in elsewhere"),
)
"What holding a path of this role gives; the first that the role begins with."
READ = "root reads what it likes"


class Held(Struct, frozen=True):
    """A place that the account may write, and all that it could replace from there."""

    path: str
    state: FileState
    how: str
    trusted: tuple[tuple[str, str], ...]
    "Role and path of what root reads or runs by way of it; the weightiest first."

    @property
    def gives(self) -> str:
        """The worst that comes of it."""
        return gives(self.trusted[0][0])


def held(passages: Iterable[Passage], uid: int, gid: int) -> list[Held]:
    """Every place on the way to what root trusts that this account may write."""
    places: dict[str, tuple[FileState, str, list[tuple[str, str]]]] = {}
    for one in passages:
        for hold in holds(one, uid, gid):
            _state, _how, trusted = places.setdefault(hold.path, (hold.state, hold.how, []))
            if (one.role, one.path) not in trusted:
                trusted.append((one.role, one.path))
    return [
        Held(path, state, how, tuple(sorted(trusted, key=_weight)))
        for path, (state, how, trusted) in sorted(places.items())
    ]


def gives(role: str) -> str:
    """What it would give somebody to write what has this role."""
    return next((words for start, words in GIVES if role.startswith(start)), READ)


def _weight(trusted: tuple[str, str]) -> int:
    order = [start for start, _words in GIVES]
    return next((n for n, start in enumerate(order) if trusted[0].startswith(start)), len(order))


def said(one: Held, accounts: Accounts | None) -> str:
    """`/etc/mail  smmta:smmsp 2755, its owner: sendmail.cf and 12 more; could take ...`."""
    users = {u.uid: u.name for u in accounts.users} if accounts else {}
    groups = {g.gid: g.name for g in accounts.groups} if accounts else {}
    state = one.state
    owner = f"{users.get(state.uid, state.uid)}:{groups.get(state.gid, state.gid)}"
    role, path = one.trusted[0]
    what = role if path == one.path else f"{role}, {path}"
    more = f" and {len(one.trusted) - 1} more" if len(one.trusted) > 1 else ""
    return f"{one.path}  {owner} {state.mode:04o}, {one.how}: {what}{more}; {one.gives}"


def looked_at(passages: Iterable[Passage]) -> tuple[int, int]:
    """How many files and how many directories all these ways pass."""
    kinds = {path: state.kind for one in passages for path, state in one.parts}
    directories = sum(kind is Kind.DIRECTORY for kind in kinds.values())
    links = sum(kind in (Kind.ABSENT, Kind.SYMLINK) for kind in kinds.values())
    return len(kinds) - directories - links, directories
