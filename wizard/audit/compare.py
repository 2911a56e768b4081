"""What a run left, beside what is there now: kind, owner, group, mode and content."""

from __future__ import annotations

from msgspec import Struct

from wizard.audit.model import Change
from wizard.facts import run_as
from wizard.facts.config import active_lines
from wizard.facts.model import Accounts
from wizard.host.base import HostReader
from wizard.model import FileState, Kind
from wizard.plans import Command, Names, Plan, SetMeta, SetMetaTree, WriteFile

FIND = "/usr/bin/find"
SHOWN = 5
"Entries of a queue that are named."
OTHERS_WRITE = 0o002
KEYS = ("ServerKeyFile", "ClientKeyFile")
GUARD = "guard"
"What the ids of the guard's steps begin with."
QUEUE = "queue-owner"


class Comparing(Struct, frozen=True):
    """Whose host, and whose eyes."""

    host: HostReader
    plan: Plan
    accounts: Accounts
    keys: frozenset[str] = frozenset()
    "Paths of private keys."
    mc_path: str = ""

    def owner(self, uid: int, gid: int, mode: int) -> str:
        """`root:sendmail 2755`."""
        users = {str(one.uid): one.name for one in self.accounts.users}
        groups = {str(one.gid): one.name for one in self.accounts.groups}
        return f"{Names(users, groups).owner(uid, gid)} {mode:04o}"

    def may(self, uid: int, gid: int, mode: int) -> str:
        """What of `rwx` the account may, by its uid and its only group."""
        shift = 6 if uid == self.plan.uid else 3 if gid == self.plan.gid else 0
        return "".join(
            letter for letter, bit in zip("rwx", (4, 2, 1), strict=True) if mode >> shift & bit
        )


def file_change(c: Comparing, op: WriteFile, step: str) -> list[Change]:
    """A file that was written."""
    now = c.host.state(op.path, content=True)
    if now.kind is not Kind.FILE:
        why = "the guard is gone" if step.startswith(GUARD) else "a run had written it"
        breaks = step.startswith(GUARD) or op.path == c.plan.cf_path
        return [Change(op.path, "a file", now.kind.value, why, breaks, step)]
    found = []
    if now.content != op.content and op.content:
        found.append(_content(c, op, now, step))
    return [one for one in (*found, *_meta(c, op, now, step)) if one is not None]


def _content(c: Comparing, op: WriteFile, now: FileState, step: str) -> Change | None:
    if step.startswith(GUARD):
        why = "the guard is not the one that was reviewed: it may not do its work"
        return Change(op.path, "as planned", "edited", why, True, step)
    if op.path == c.plan.cf_path:
        return _cf(c, op, now, step)
    why = "somebody edited it since; the proofs tell whether it works"
    if op.path == c.mc_path:
        why = "somebody edited it since; cf.built tells whether its next build keeps RunAsUser"
    return Change(op.path, "as planned", "edited", why, False, step)


def _cf(c: Comparing, op: WriteFile, now: FileState, step: str) -> Change | None:
    """Only active lines count: a rebuild changes the comments and the banner."""
    then, today = (
        active_lines(t.decode("utf-8", "surrogateescape")) for t in (op.content, now.content or b"")
    )
    lines = run_as.active(op.path, now.text())
    who = run_as.resolve(lines[-1].value, c.accounts) if lines else None
    stays = who is not None and (who.uid, who.gid) == (c.plan.uid, c.plan.gid)
    if not stays:
        told = f"RunAsUser {lines[-1].value}" if lines else "no active RunAsUser"
        why = "SMTP children are root's, or another account's, from the next start on"
        return Change(op.path, "RunAsUser of the account", told, why, True, step)
    if then == today:
        return None
    lost, new = len(set(then) - set(today)), len(set(today) - set(then))
    why = "rebuilt or edited since, RunAsUser still in it"
    return Change(op.path, "as planned", f"+{new} -{lost} active lines", why, False, step)


def meta_change(c: Comparing, op: SetMeta, step: str) -> list[Change]:
    """A path whose owner, group and mode were set."""
    now = c.host.state(op.path)
    if not now.exists:
        why = "what the children had been given is not there; the proofs tell whether it is needed"
        return [Change(op.path, c.owner(op.uid, op.gid, op.mode), "absent", why, False, step)]
    return _meta(c, op, now, step)


def _meta(c: Comparing, op: WriteFile | SetMeta, now: FileState, step: str) -> list[Change]:
    if (now.uid, now.gid, now.mode) == (op.uid, op.gid, op.mode):
        return []
    was, is_now = c.owner(op.uid, op.gid, op.mode), c.owner(now.uid, now.gid, now.mode)
    if why := _breaks(c, op, now):
        return [Change(op.path, was, is_now, why, True, step)]
    why = "the children reach it all the same, and may do no more with it than before"
    return [Change(op.path, was, is_now, why, False, step)]


def _breaks(c: Comparing, op: WriteFile | SetMeta, now: FileState) -> str:
    """Why the children cannot do their work any more, or could do more; empty: neither."""
    could, can = c.may(op.uid, op.gid, op.mode), c.may(now.uid, now.gid, now.mode)
    words = {"r": "read", "w": "write", "x": "search" if now.kind is Kind.DIRECTORY else "run"}
    if lost := [words[letter] for letter in could if letter not in can]:
        return f"the account cannot {' or '.join(lost)} it any more"
    if now.uid == c.plan.uid != op.uid:
        return "it belongs to the account now: a child can replace what root reads"
    if "w" in can and "w" not in could:
        return "the account may write it now: a child can change what root reads"
    if now.mode & ~op.mode & OTHERS_WRITE:
        return "anybody may write it now, and Sendmail refuses such a file or directory"
    if op.path in c.keys and now.mode & ~op.mode & 0o077:
        return "a key that others may read: Sendmail refuses it, and STARTTLS is gone"
    return ""


def tree_change(c: Comparing, op: SetMetaTree, step: str) -> list[Change]:
    """A queue, or another tree of the account's own: its top, and what is below it."""
    now = c.host.state(op.path)
    was = c.owner(op.uid, op.gid, op.dir_mode)
    if now.kind is not Kind.DIRECTORY:
        return [Change(op.path, was, now.kind.value, "it is not there", True, step)]
    is_now = c.owner(now.uid, now.gid, now.mode)
    if (now.uid, now.gid) != (op.uid, op.gid) or now.mode & 0o777 != op.dir_mode:
        bad = now.uid != op.uid or now.mode & 0o700 != 0o700
        why = "the children cannot write it: mail is refused, or queued and never run"
        if not bad:
            why = "the children can still write it"
        return [Change(op.path, was, is_now, why, bad and step == QUEUE, step)]
    return _entries(c, op, step)


def _entries(c: Comparing, op: SetMetaTree, step: str) -> list[Change]:
    """Entries of another owner. A queue run takes one that is gone while we look in its stride.

    A link is nobody's to open: what it leads to is a tree of its own.
    """
    ours = ("-xdev", "!", "-type", "l", "!", "-user", str(op.uid))
    argv = (FIND, op.path, *ours, "-printf", "%p\\t%U\\t%G\\t%m\\n")
    done = c.host.probe(Command(argv, ok_codes=(0, 1)))
    rows = [line.split("\t") for line in done.stdout.decode("utf-8", "replace").splitlines()]
    why = "an entry that is not the account's is never run, and nothing is logged"
    was = c.owner(op.uid, op.gid, op.dir_mode).split(" ")[0]
    found = [
        Change(path, was, c.owner(int(uid), int(gid), int(mode, 8)), why, step == QUEUE, step)
        for path, uid, gid, mode in (row for row in rows if len(row) == 4)
    ]
    if len(found) <= SHOWN:
        return found
    more = Change(op.path, was, f"{len(found) - SHOWN:,} more", why, step == QUEUE, step)
    return [*found[:SHOWN], more]
