"""Group access to the configuration directory, and to alias files kept elsewhere."""

from __future__ import annotations

from wizard.facts.model import MapFile, MapFiles, Unknown
from wizard.model import FileState, Kind, SetMeta
from wizard.steps.base import Planned, Planning, StepDefinition, change_meta, needed

PRIVATE = 0o077
"Bits of group and others: a file with none of them is its owner's alone."


def _mail_directory(p: Planning) -> Planned:
    needed(p.facts.map_files, "What is in the configuration directory")
    files = p.facts.map_files
    assert isinstance(files, MapFiles)
    named = {f.resolved for f in files.files}
    ops: list[SetMeta] = []
    kept: list[str] = []
    for path, state in files.tree:
        if state.kind is Kind.DIRECTORY:
            op = _directory(p, path, state, top=path == files.directory)
        elif state.kind is Kind.FILE and state.nlink == 1:
            private = _private(path, state, named)
            kept.extend([path] if private else [])
            op = _file(p, path, state, private)
        else:
            op = None
        if op is not None:
            ops.append(op)
    notes = (f"Kept from the group, as nothing in the cf needs them: {', '.join(kept)}",)
    return Planned(tuple(ops), notes if kept else ())


def _directory(p: Planning, path: str, state: FileState, *, top: bool) -> SetMeta | None:
    mode = (state.mode | 0o040 | (0o2000 if top else 0)) & ~0o022
    note = ""
    if state.uid != 0:
        note = "root owns it from now on: its owner could have replaced sendmail.cf"
    return change_meta(path, state, uid=0, gid=p.account.gid, mode=mode, note=note)


def _file(p: Planning, path: str, state: FileState, private: bool) -> SetMeta | None:
    mode = state.mode if private else state.mode | 0o040
    note = ""
    if not private and not state.mode & 0o004:
        note = "only its old group could read it: without this every message is queued or refused"
    return change_meta(path, state, uid=state.uid, gid=p.account.gid, mode=mode, note=note)


def _private(path: str, state: FileState, named: set[str]) -> bool:
    return not state.mode & PRIVATE and path not in named and not path.endswith(".db")


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
