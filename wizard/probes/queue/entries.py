"""Entries of the queue: which wait, whether they are the account's, and trying exactly some."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from posixpath import basename, dirname

from msgspec import Struct

from wizard.facts import queues
from wizard.facts.cf_model import Cf
from wizard.facts.model import Queues
from wizard.host.base import HostReader, Unreadable
from wizard.model import FileState, Kind
from wizard.plans import Command

WAITING = 3
"Entries that are chosen: each is tried once more, never the whole queue."
LOOKED_AT = 50
"Entries that are looked at to find them."
FIND = "/usr/bin/find"
SOME = 1 << 20
"Bytes that are kept of what find tells."
SETTLES = 1.0
"Seconds after which an entry that still has a wrong owner has it for good."
OTHERS_WRITE = 0o022
LAST_TRY = re.compile(r"^K(\d+)$", re.MULTILINE)
TRIES = re.compile(r"^N(\d+)$", re.MULTILINE)
STATUS = re.compile(r"^M(.*)$", re.MULTILINE)


class Offender(Struct, frozen=True):
    """A queue file that is not as Sendmail wants it."""

    path: str
    uid: int
    gid: int
    mode: int


class Notes(Struct, frozen=True):
    """What Sendmail notes in an entry that it tried."""

    tries: int
    last: int
    "When it was tried last, seconds since the epoch."
    why: str
    "Why it still waits, as mailq shows it."


def queue_of(host: HostReader, cf: Cf) -> Queues:
    """Every queue directory of the MTA. Raises Unreadable."""
    return queues.gather(host, cf, host.state(host.resolve(cf.path), content=True).text())


def paths_of(found: Queues) -> tuple[str, ...]:
    """Every directory that may hold qf files, subdirectories too."""
    return tuple(
        path
        for one in found.directories
        for path in (one.path, *(f"{one.path}/{name}" for name in one.subdirectories))
    )


def waiting_entries(host: HostReader, cf: Cf) -> tuple[str, ...]:
    """Paths of some qf files that wait, links resolved, the newest first. Raises Unreadable.

    A queue id begins with its time, so that a name tells which is newer (op guide, 5.8.1).
    """
    names = [
        (name, directory)
        for directory in map(host.resolve, paths_of(queue_of(host, cf)))
        for name in host.listdir(directory)
        if name.startswith("qf")
    ]
    names.sort(reverse=True)
    found: list[str] = []
    for name, directory in names[:LOOKED_AT]:
        state = host.state(f"{directory}/{name}")
        if state.kind is Kind.FILE and state.size and len(found) < WAITING:
            found.append(f"{directory}/{name}")
    return tuple(found)


def queue_id(path: str) -> str:
    """`6AMDi4kk000292` of its qf file."""
    return basename(path)[2:]


def queue_run(sendmail: str, ids: Iterable[str]) -> Command:
    """A queue run of exactly these entries. It returns at once and goes on by itself."""
    return Command((sendmail, *(f"-qI{one}" for one in ids)), timeout=60, ok_codes=(0,))


def notes(host: HostReader, path: str) -> Notes:
    """What Sendmail noted in an entry; nothing where it is gone. Raises Unreadable."""
    text = host.state(path, content=True).text()
    counted, last, why = TRIES.search(text), LAST_TRY.search(text), STATUS.search(text)
    return Notes(
        int(counted[1]) if counted else 0,
        int(last[1]) if last else 0,
        why[1] if why else "",
    )


def lost(host: HostReader, path: str) -> bool:
    """Whether Sendmail set the entry aside as bogus: then it is never run again."""
    return host.state(f"{dirname(path)}/Q{basename(path)[1:]}").exists


def offenders(
    host: HostReader, directories: tuple[str, ...], uid: int
) -> tuple[list[Offender], int]:
    """Queue files of another owner or writable by others; some of them, and how many.

    Of the directories alone in which Sendmail looks, on whatever file system each is. What comes
    and goes meanwhile is no fault: so each is looked at again.
    """
    found, total = _walk(host, directories, uid)
    if not found:
        return [], 0
    time.sleep(SETTLES)
    still = [one for one in found if (now := _again(host, one.path)) and _wrong(now, uid)]
    return still, max(len(still), total - len(found) + len(still))


def _walk(host: HostReader, directories: tuple[str, ...], uid: int) -> tuple[list[Offender], int]:
    names = [w for kind in ("qf", "df", "xf", "hf") for w in ("-o", "-name", f"{kind}*")][1:]
    wrong = ("(", "!", "-user", str(uid), "-o", "-perm", "/022", ")")
    told = ("-printf", r"%m %U %G %p\0")
    argv = (FIND, *directories, "-maxdepth", "1", "-type", "f", "(", *names, ")", *wrong, *told)
    done = host.probe(Command(argv, timeout=300, ok_codes=(0, 1), keep=SOME))
    said = done.stderr.decode("utf-8", "replace").splitlines()
    serious = [line for line in said if not line.endswith("No such file or directory")]
    if done.code not in (0, 1) or serious:
        raise Unreadable(next(iter(serious), f"{FIND}: exit code {done.code}"))
    records = done.stdout.decode("utf-8", "surrogateescape").split("\0")[:-1]
    found = []
    for record in records[:LOOKED_AT]:
        mode, owner, group, path = record.split(" ", 3)
        found.append(Offender(path, int(owner), int(group), int(mode, 8)))
    return found, len(records)


def _again(host: HostReader, path: str) -> FileState | None:
    state = host.state(path)
    return state if state.kind is Kind.FILE else None


def _wrong(state: FileState, uid: int) -> bool:
    return state.uid != uid or bool(state.mode & OTHERS_WRITE)
