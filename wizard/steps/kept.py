"""What a guard has to keep: read off the planned host, as the steps before it leave it."""

from __future__ import annotations

from wizard.facts.model import Accounts, MapFiles, Queues, Unknown
from wizard.facts.way_model import Doors, Passage
from wizard.model import FileState, Kind
from wizard.platforms.base import Kept
from wizard.steps.base import Planning, needed

GROUP_READ = 0o040
GROUP_WRITE = 0o020


def kept(p: Planning) -> Kept:
    """Owners, groups and modes that the plan comes to. Raises StepdownError."""
    needed(p.facts.map_files, "What is in the configuration directory")
    needed(p.facts.queues, "Where the queue is")
    files, queues = p.facts.map_files, p.facts.queues
    assert isinstance(files, MapFiles)
    assert isinstance(queues, Queues)
    return Kept(
        p.account.user,
        p.account.group,
        p.host.resolve(p.platform.cf_path),
        files.directory,
        (*_directories(p, files), *_ways(p, files)),
        tuple(path for path in _read(p, files) if _mine(p, path, GROUP_READ)),
        tuple(path for path in _written(p) if _mine(p, path, GROUP_READ | GROUP_WRITE)),
        (*map(p.host.resolve, queues.roots), *_host_status(p)),
        _sockets(p),
        _aliases(p, files),
    )


Directory = tuple[str, str, str, int]
"Path, names of owner and group, and mode."


def _directories(p: Planning, files: MapFiles) -> tuple[Directory, ...]:
    """The configuration directory and those below it."""
    paths = [path for path, state in files.tree if state.kind is Kind.DIRECTORY]
    return tuple((path, "root", p.account.group, p.host.state(path).mode) for path in paths)


def _ways(p: Planning, files: MapFiles) -> tuple[Directory, ...]:
    """Directories elsewhere: those the plan gives the account's group, and the milters' own.

    A milter makes its directory anew at each start, whichever way the plan has opened it.
    """
    found: dict[str, Directory] = {}
    for passage in _passages(p):
        for path, _state in passage.parts:
            now = p.host.state(path)
            own = passage.role.startswith("milter") and now.uid != 0
            if now.kind is Kind.DIRECTORY and (own or now.gid == p.account.gid):
                found[path] = (path, _owner(p, now), _group(p, now), now.mode)
    below = f"{files.directory}/"
    return tuple(one for path, one in sorted(found.items()) if not f"{path}/".startswith(below))


def _read(p: Planning, files: MapFiles) -> list[str]:
    """What the cf names and the children read; maps below the directory are a rule's matter."""
    named = [one.resolved for one in files.files]
    named += [p.host.resolve(path) for path in p.platform.etc_aliases]
    named += [one.parts[-1][0] for one in _passages(p)]
    below = f"{files.directory}/"
    return sorted({x for x in named if not (x.startswith(below) and x.endswith(".db"))})


def _mine(p: Planning, path: str, bits: int) -> bool:
    now = p.host.state(path)
    return now.kind is Kind.FILE and now.gid == p.account.gid and now.mode & bits == bits


def _option(p: Planning, name: str) -> str:
    value = "" if isinstance(p.facts.cf, Unknown) else p.facts.cf.option(name)
    return p.host.resolve(value) if value.startswith("/") else ""


def _written(p: Planning) -> list[str]:
    return [path for name in ("StatusFile", "DeadLetterDrop") if (path := _option(p, name))]


def _host_status(p: Planning) -> tuple[str, ...]:
    path = _option(p, "HostStatusDirectory")
    if not path:
        return ()
    now = p.host.state(path)
    return (path,) if now.kind is Kind.DIRECTORY and now.uid == p.account.uid else ()


def _sockets(p: Planning) -> tuple[tuple[str, str], ...]:
    doors = p.facts.doors
    if isinstance(doors, Unknown):
        return ()
    ends = {one.parts[-1][0]: p.host.state(one.parts[-1][0]) for one in doors.milters}
    return tuple(
        (path, _owner(p, now))
        for path, now in sorted(ends.items())
        if now.kind is Kind.SOCKET and now.gid == p.account.gid
    )


def _passages(p: Planning) -> tuple[Passage, ...]:
    doors = p.facts.doors
    if not isinstance(doors, Doors):
        return ()
    return (*doors.keys, *doors.milters, *doors.files)


def _aliases(p: Planning, files: MapFiles) -> tuple[tuple[str, str], ...]:
    """Texts that newaliases makes a database of, and that database."""
    found = []
    for one in files.files:
        text = one.path.removesuffix(".db")
        if one.role == "aliases" and text != one.path and p.host.state(p.host.resolve(text)).exists:
            found.append((p.host.resolve(text), one.resolved))
    return tuple(found)


def _owner(p: Planning, state: FileState) -> str:
    accounts = p.facts.accounts
    names = {u.uid: u.name for u in accounts.users} if isinstance(accounts, Accounts) else {}
    return names.get(state.uid, str(state.uid))


def _group(p: Planning, state: FileState) -> str:
    accounts = p.facts.accounts
    names = {g.gid: g.name for g in accounts.groups} if isinstance(accounts, Accounts) else {}
    return {**names, p.account.gid: p.account.group}.get(state.gid, str(state.gid))
