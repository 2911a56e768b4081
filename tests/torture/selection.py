"""Which points there are on a kind of relay, and a seeded choice of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random

from tests.torture.calls import OPENS, OWNERS, STARTS, WRITES, Call, calls_of, changing
from tests.torture.model import Point
from tests.torture.rooms import HELPED, Room

ERRORS = ("ENOSPC", "EIO", "EROFS")
WALKED = {"fchownat", "fchmodat", "fchown", "fchmod", "chown", "clone", "fork", "fdatasync"}
"What the walk over a queue calls, in either of its processes."
SAMPLE_LATE = 6
"One of so many points within the proofs is taken."
SAMPLE_READS = 8
"One of so many opens that only read is made to fail."
ACCOUNTS = {
    "apply": ["/usr/sbin/groupadd", "/usr/sbin/useradd"],
    "rollback": ["/usr/sbin/userdel", "/usr/sbin/groupdel"],
}
SERVICE = {
    "reload": "/etc/init.d/sendmail",
    "restart": "/etc/init.d/sendmail",
    "timed": "/etc/init.d/sendmail",
    "systemd": "/usr/bin/systemctl",
}
"By kind of relay: what is hit there besides the engine. The account's commands are so on one."
WAYS = ("engine", "engine", "engine", "undo", "undo", "resume", "resume", "cli")
"Who brings the host back after a kill, as often as named."


class Looks:
    """What each engine calls on one kind of relay, looked at once."""

    def __init__(self, room: Room, *, commands: bool = True) -> None:
        self.kind = room.kind
        self.calls: dict[str, list[Call]] = {}
        """By part, as Point.part has it."""
        engines = ("apply",) if self.kind == HELPED else ("apply", "rollback")
        for engine in engines:
            of = self._commands(engine) if commands else []
            logs = room.ask(verb="look", engine=engine, of=of)
            self.calls |= {part: calls_of(str(log)) for part, log in logs.items()}

    def _commands(self, engine: str) -> list[str]:
        service = [SERVICE[self.kind]] if self.kind in SERVICE else []
        return [*ACCOUNTS[engine], *service] if self.kind == "reload" else service


def points_of(room: Looks, part: str, seed: int) -> list[Point]:
    """All points of a part on the kind of relay."""
    rng = Random(f"{seed} {part} {room.kind}")  # noqa: S311
    if part == "commands":
        return list(_of_commands(room, rng))
    found: list[Point] = []
    for engine in ("apply", "rollback"):
        if engine not in room.calls:
            continue
        calls = room.calls[engine]
        if room.kind == HELPED:  # the rest is as on any other relay
            calls = list({(c.name, c.index): c for c in calls if c.name in WALKED}.values())
        made = {"kill": _kills, "errors": _errors, "twice": _twice}[part](engine, calls, rng)
        found += [replace(one, host=room.kind) for one in made]
    return found


def _sampled(calls: list[Call], rng: Random) -> list[Call]:
    """Those within the proofs, which change nothing, are thinned out."""
    return [one for one in calls if not one.late or rng.randrange(SAMPLE_LATE) == 0]


def _way(engine: str, rng: Random) -> str:
    way = rng.choice(WAYS)
    return "engine" if engine == "rollback" and way == "resume" else way


def _kills(engine: str, calls: list[Call], rng: Random) -> Iterator[Point]:
    for one in _sampled(changing(calls), rng):
        yield Point(engine, one.name, one.index, "SIGKILL", _way(engine, rng), late=one.late)


def _twice(engine: str, calls: list[Call], rng: Random) -> Iterator[Point]:
    """The first try of bringing it back is killed too."""
    for one in _sampled(changing(calls), rng):
        again = f"{rng.choice(('write', 'fsync', 'fchown', 'renameat'))}:{rng.randint(1, 90)}"
        yield Point(engine, one.name, one.index, "SIGKILL", _way(engine, rng), again=again)


def _errors(engine: str, calls: list[Call], rng: Random) -> Iterator[Point]:
    for one in _sampled(changing(calls), rng):
        kinds: tuple[str, ...] = ()
        if one.name in OPENS or one.name in WRITES:
            kinds = tuple(f"{error}{ever}" for error in ERRORS for ever in ("", "+"))
        elif one.name in OWNERS:
            kinds = ("EIO", "EROFS+")
        elif one.name in STARTS:
            kinds = ("EAGAIN",) if one.name in ("vfork", "clone3", "fork", "clone") else ()
        else:
            kinds = ("EIO", "EROFS")
        for kind in kinds:
            if one.name in OPENS and kind.endswith("+"):
                continue  # strace would fail every open from then on, of libraries too
            yield Point(engine, one.name, one.index, kind, "engine", late=one.late)
    for one in calls:
        if one.reads and one.of_ours and rng.randrange(SAMPLE_READS) == 0:
            yield Point(engine, one.name, one.index, "EIO", "engine", late=one.late)


def _of_commands(room: Looks, rng: Random) -> Iterator[Point]:
    for part, calls in room.calls.items():
        for one in changing(calls) if "@" in part else ():
            kind = rng.choice(("SIGKILL", "BOTH", "SIGKILL", "BOTH", "ENOSPC"))
            kind = "SIGKILL" if kind == "ENOSPC" and one.name in STARTS else kind
            way = _way(part.partition("@")[0], rng)
            yield Point(part, one.name, one.index, kind, way, room.kind)
