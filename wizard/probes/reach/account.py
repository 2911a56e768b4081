"""What the account itself can do: open each map, write each queue directory. Sends no mail."""

from __future__ import annotations

import re

from wizard.facts.map_files import named_files
from wizard.host.base import Unreadable
from wizard.host.commands import TIMED_OUT
from wizard.model import Kind
from wizard.plans import Command
from wizard.probes.proof import UNDO, Proving
from wizard.probes.queue.entries import OTHERS_WRITE, paths_of, queue_of
from wizard.probes.reach.safe_file import Evidence, Looking, NotAsked, blocked, shown, tell

QUIET = ("-O", "LogLevel=0")
"So that root leaves no trace in the log that is judged; an ordinary user cannot ask for it."
MAP_FAULT = re.compile(r'^[>\s]*(?P<said>\S+ map "(?P<name>[^"]+)": .*)$')
MAP_ANSWER = re.compile(r"map_lookup: (?P<name>\S+) \(.*\((?P<code>\d+)\)$")
NOT_OPEN = re.compile(r'^[>\s]*Map named "(?P<name>[^"]+)" not open$')
"What Sendmail says of an optional map (-o) that is not there."
OUTDATED = re.compile(r"Warning: alias database \S+ out of date\n")
"Said in the midst of an answer, where the text was edited and newaliases not run yet."
ALIAS_FAULT = re.compile(r"(?P<said>WARNING: cannot open alias database (?P<path>[^\s;]+).*)")
NO_CF = re.compile(r"sendmail\.cf: line 0: cannot open")
UNSAFE_PATH = "MapInUnsafeDirPath"
"The flag of DontBlameSendmail for maps and alias databases."
KEY = "stepdown.test"
"Looked up in each map; that it is not there is fine."


def prove(p: Proving) -> None:
    """Tell `maps.open`, `aliases.open` and `queue.writable`."""
    looking = Looking(p)
    tell(
        looking,
        "maps.open",
        "The account can open every map",
        f"Mail that needs this map is accepted and queued forever. {UNDO}",
        _closed_maps,
    )
    tell(
        looking,
        "aliases.open",
        "The account can open the alias database",
        "Sendmail reads the text of the aliases instead and says nothing, or finds no alias at "
        f"all: mail for root and postmaster goes nowhere. {UNDO}",
        _closed_aliases,
    )
    tell(
        looking,
        "queue.writable",
        "The account can write every queue directory",
        f"Mail is refused, or queued and never run. {UNDO}",
        _closed_queues,
    )


def _closed_maps(looking: Looking) -> Evidence:
    """By owner and mode along the whole way; then a look-up in each, as the account.

    A look-up alone does not tell of directories that others may write: Sendmail minds them in the
    daemon's children, and not where an ordinary user asks.
    """
    maps = {m.name: m for m in looking.cf.maps if m.opened}
    names = list(maps)
    bad = looking.unsafe("map ", UNSAFE_PATH) + _not_run(looking)
    absent = _absent(looking)
    for line in _asked(looking, names, known=bool(bad)):
        if (found := NOT_OPEN.match(line)) and found["name"] in names:
            if not (maps[found["name"]].optional and found["name"] in absent):
                bad.append(f'map "{found["name"]}": Sendmail does not open it')
        elif found := MAP_FAULT.match(line):
            bad.append(found["said"])
        elif (found := MAP_ANSWER.search(line)) and found["code"] != "0" and found["name"] in names:
            bad.append(f'map "{found["name"]}": a look-up ended with code {found["code"]}')
    optional = [f"map {x}: {absent[x]}  optional (-o), and not there" for x in names if x in absent]
    return bad, [f"{len(names)} maps: {', '.join(names)}", *optional]


def _not_run(looking: Looking) -> list[str]:
    """Programs of maps that the account may not run: a look-up finds nothing then, silently."""
    p, who, bad = looking.p, looking.who, []
    for one in looking.cf.maps:
        test = Command(("/usr/bin/test", "-x", one.program), ok_codes=(0, 1))
        if one.program and p.host.probe(p.platform.as_account(who.uid, who.gid, test)).code:
            found = looking.walk(one.program, one.name)
            for line in blocked(found, who) or [shown(one.program, found.end)]:
                bad.append(f"map {one.name}: {line}: {who.user} cannot run {one.program}")
    return bad


def _absent(looking: Looking) -> dict[str, str]:
    """Names of maps whose file is not there, with that file. Raises Unreadable."""
    host, start = looking.p.host, "map "
    return {
        role.removeprefix(start): path
        for role, path in named_files(looking.cf)
        if role.startswith(start) and not host.state(host.resolve(path)).exists
    }


def _closed_aliases(looking: Looking) -> Evidence:
    host = looking.p.host
    files = [path for role, path in named_files(looking.cf) if role == "aliases"]
    there = [path for path in files if host.state(host.resolve(path)).exists]
    if not there:
        return [], ["the cf names no alias database that is there"]
    bad = looking.unsafe("aliases", UNSAFE_PATH)
    for line in _asked(looking, ["aliases"], known=bool(bad)):
        found = ALIAS_FAULT.search(line)
        if found and any(path.startswith(found["path"]) for path in there):
            bad.append(found["said"])
    return bad, there


def _asked(looking: Looking, names: list[str], *, known: bool) -> list[str]:
    """What `sendmail -bt`, run as the account, says to a look-up in each of these maps.

    known: something is wrong already, so that it may stay silent. Raises Unreadable, NotAsked.
    """
    p = looking.p
    looks = "".join(f"/map {name} {KEY}\n" for name in names)
    command = Command((p.platform.sendmail, *QUIET, "-bt"), stdin=looks.encode())
    done = p.host.probe(p.platform.as_account(p.target.uid, p.target.gid, command))
    said = OUTDATED.sub("", done.output).splitlines()
    answered = {found["name"] for line in said if (found := MAP_ANSWER.search(line))}
    faulty = {found["name"] for line in said if (found := MAP_FAULT.match(line))}
    closed = {found["name"] for line in said if (found := NOT_OPEN.match(line))}
    silent = set(names) - answered - faulty - closed
    if known or not silent:
        return said
    if NO_CF.search(done.output):
        raise NotAsked(f"{p.target.user} may not read {p.platform.cf_path}, so it cannot be asked")
    how = "took too long" if done.code == TIMED_OUT else f"ended with code {done.code}"
    first = next(iter(said), "no output")
    raise Unreadable(f"{command} as uid {p.target.uid} {how}: {first}")


def _closed_queues(looking: Looking) -> Evidence:
    """Queue directories that are not the account's alone, or that it cannot reach."""
    bad: list[str] = []
    p = looking.p
    paths = paths_of(queue_of(p.host, looking.cf))
    for path in paths:
        found = looking.walk(path, "queue")
        bad += blocked(found, looking.who)
        told = shown(path, found.end)
        if found.end.uid != p.target.uid:
            bad.append(f"{told}: not {p.target.user}'s")
        elif found.end.mode & OTHERS_WRITE:
            bad.append(f"{told}: others may write it, and forge mail")
        elif found.end.kind is not Kind.DIRECTORY or not _may_enter(p, path):
            bad.append(f"{told}: {p.target.user} cannot write it")
    return bad, list(paths)


def _may_enter(p: Proving, path: str) -> bool:
    """By the kernel's own word: ACLs and confinement have a say there."""
    test = Command(("/usr/bin/test", "-w", path, "-a", "-x", path), ok_codes=(0, 1))
    return p.host.probe(p.platform.as_account(p.target.uid, p.target.gid, test)).code == 0
