"""Group access to the configuration directory, and to alias files kept elsewhere."""

from __future__ import annotations

from wizard.facts.model import MapFile, MapFiles, Unknown
from wizard.facts.way_model import Doors
from wizard.model import FileState, Kind
from wizard.plans import SetMeta
from wizard.steps.base import Planned, Planning, StepDefinition, change_meta, needed

PRIVATE = 0o077
"Bits of group and others: a file with none of them is its owner's alone."


WRITE = 0o022
"Write bits of group and others: what the account could write, it could have root read."
NO_WRITE = "its group may not write it any more: the children are in that group"


def _mail_directory(p: Planning) -> Planned:
    needed(p.facts.map_files, "What is in the configuration directory")
    files = p.facts.map_files
    assert isinstance(files, MapFiles)
    named = {f.resolved for f in files.files} | _keys(p)
    ops: list[SetMeta] = []
    kept: list[str] = []
    linked: list[str] = []
    for path, state in files.tree:
        private = _private(path, state, named)
        kept.extend([path] if private else [])
        if state.kind is Kind.DIRECTORY:
            op = _directory(p, path, state, top=path == files.directory, private=private)
        elif state.kind is Kind.FILE and state.nlink == 1:
            op = _file(p, path, state, private=private)
        else:
            linked.extend([path] if state.kind is Kind.FILE else [])
            op = None
        ops.extend([op] if op else [])
    notes = (
        ("Kept from the group, as nothing in the cf needs them", kept),
        ("Left alone, as they have several links", linked),
    )
    return Planned(tuple(ops), tuple(f"{why}: {', '.join(p)}" for why, p in notes if p))


def _keys(p: Planning) -> set[str]:
    """TLS keys and certificates that the cf names, wherever they are."""
    doors = p.facts.doors
    return {one.parts[-1][0] for one in doors.keys} if isinstance(doors, Doors) else set()


def _directory(
    p: Planning, path: str, state: FileState, *, top: bool, private: bool
) -> SetMeta | None:
    mode = state.mode if private else state.mode | 0o050 | (0o2000 if top else 0)
    notes = []
    if state.uid != 0:
        notes.append("root owns it from now on: its owner could have replaced sendmail.cf")
    if mode & WRITE:
        notes.append(f"{NO_WRITE}, and Sendmail refuses such a directory")
    return change_meta(
        path, state, uid=0, gid=p.account.gid, mode=mode & ~WRITE, note="; ".join(notes)
    )


def _file(p: Planning, path: str, state: FileState, *, private: bool) -> SetMeta | None:
    mode = state.mode if private else state.mode | 0o040
    notes = []
    if not private and not state.mode & 0o004:
        notes.append(
            "only its old group could read it: without this every message is queued or refused"
        )
    if mode & WRITE:
        notes.append(NO_WRITE)
    uid = state.uid
    if uid == p.account.uid:
        uid = 0
        notes.append("root owns it from now on: what the account owns, a child can rewrite")
    return change_meta(
        path, state, uid=uid, gid=p.account.gid, mode=mode & ~WRITE, note="; ".join(notes)
    )


def _private(path: str, state: FileState, named: set[str]) -> bool:
    """Its owner's alone, and nothing that the cf names is it or lies below it."""
    if state.mode & PRIVATE or path.endswith(".db"):
        return False
    return not any(one == path or one.startswith(path + "/") for one in named)


def _alias_files(p: Planning) -> Planned | None:
    if isinstance(p.facts.map_files, Unknown):
        return None
    files = p.facts.map_files
    found = {f.resolved: f for f in files.files if f.role == "aliases"}
    for path in p.platform.etc_aliases:
        resolved = p.host.resolve(path)
        found.setdefault(
            resolved, MapFile(path, "aliases", _at(p, path), resolved, _at(p, resolved))
        )
    ops = [
        op
        for path, one in sorted(found.items())
        if one.resolved_state.kind is Kind.FILE and not path.startswith(files.directory + "/")
        if (op := _file(p, path, one.resolved_state, private=False))
    ]
    return Planned(tuple(ops)) if ops else None


def _at(p: Planning, path: str) -> FileState:
    return p.host.state(path)


DIRECTORY = StepDefinition(
    id="mail-directory",
    title="/etc/mail readable by the group",
    why="The children open every map themselves, lazily, as the new account. root stays the "
    "owner: what the account owned it could also rewrite.",
    recipe="You still want the /etc/mail directory and the files in it to be owned by root [...] "
    "we need to make sure that the files in this directory are at least readable by the MTA "
    "daemon when it's running unprivileged.",
    stage="before",
    plan=_mail_directory,
    after=("account-group",),
)

ALIASES = StepDefinition(
    id="etc-aliases",
    title="alias files outside /etc/mail",
    why="The children look at the alias database too; a file they cannot read is passed over "
    "without a word.",
    recipe="If you're on a platform that keeps the aliases database in the /etc directory "
    "instead of /etc/mail, then you'll want to run the command chgrp sendmail /etc/aliases*.",
    stage="before",
    plan=_alias_files,
    after=("mail-directory",),
)
