"""`python -m tests.torture [PART ...] [--seed N] [--points N] [--all] [--only POINT]`.

Parts: `kill` (SIGKILL at the engine's own mutating system calls), `errors` (ENOSPC, EIO, EROFS
there), `commands` (groupadd and the like are hit at theirs), `twice` (the rollback is killed
too), `timer`, `links`, `load`. Without a part: all of them. `--host many --host many-restart`:
only on relays with several queue groups.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import sys
from concurrent.futures import ThreadPoolExecutor
from random import Random

from tests.torture.drive import Drive
from tests.torture.model import Point
from tests.torture.rooms import Room
from tests.torture.selection import Looks, points_of
from tests.torture.tally import Tally

SHARES = {"kill": 0.45, "errors": 0.35, "commands": 0.15, "twice": 0.05}
HOSTS = {"reload": 0.5, "restart": 0.13, "timed": 0.1, "systemd": 0.1, "slow": 0.03, "helped": 0.02,
         "many": 0.08, "many-restart": 0.04}  # fmt: skip
"How much of the choice falls on which kind of relay."
OTHERS = ("timer", "links", "load")
"Parts with a module of their own: tests/torture/PART.py, `main(seed) -> int`, 0 where all held."


def chosen(part: str, looks: list[Looks], count: int | None, seed: int) -> tuple[list[Point], int]:
    """A seeded choice of the part's points, and of how many."""
    rng = Random(f"{seed} {part}")  # noqa: S311
    jobs: list[Point] = []
    total = 0
    for look in looks:
        found = points_of(look, part, seed)
        total += len(found)
        rng.shuffle(found)
        jobs += found if count is None else found[: round(count * HOSTS[look.kind]) or 1]
    rng.shuffle(jobs)
    return jobs, total


def look_at(host: str) -> Looks:
    """What the engines call on a fresh relay of the kind."""
    with Room(host) as room:
        return Looks(room)


def torture(part: str, looks: list[Looks], options: argparse.Namespace) -> int:
    """One part; returns how many points went wrong."""
    count = None if options.all else round(options.points * SHARES[part]) or 1
    jobs, total = chosen(part, looks, count, options.seed)
    print(f"{part}: {len(jobs)} points chosen of {total}, seed {options.seed}", flush=True)
    return _carry_out(part, jobs, total, options)


def _carry_out(part: str, jobs: list[Point], total: int, options: argparse.Namespace) -> int:
    tally = Tally(part, options.seed, len(jobs), total, options.evidence)
    drive = Drive(jobs, tally.add)
    minutes = options.minutes and options.minutes * SHARES.get(part, 1.0)
    drive.run(options.lanes, minutes)
    print(tally.summary(drive.relayed), flush=True)
    return tally.failed


def other(part: str, options: argparse.Namespace) -> int:
    """A part that somebody else's module carries out."""
    name = f"tests.torture.{part}"
    if importlib.util.find_spec(name) is None:
        print(f"{part}: there is no {name}", flush=True)
        return 0
    return int(importlib.import_module(name).main(options.seed))


def main(arguments: list[str]) -> int:
    """Exit code 0 where nothing went wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("part", nargs="*", help=", ".join((*SHARES, *OTHERS)))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--points", type=int, default=1150, help="in all; some are not reached")
    parser.add_argument("--all", action="store_true", help="every point there is; takes hours")
    parser.add_argument("--only", action="append", default=[], help="this point, as it was told")
    parser.add_argument("--host", action="append", choices=list(HOSTS))
    parser.add_argument("--lanes", type=int, default=2)
    parser.add_argument("--minutes", type=float, help="stop after so many")
    parser.add_argument("--evidence", default="", help="a directory for journals of what failed")
    options = parser.parse_args(arguments)
    if options.only:
        jobs = [Point.named(text) for text in options.only]
        return 1 if _carry_out("only", jobs, len(jobs), options) else 0
    wrong = 0
    parts = options.part or [*SHARES, *OTHERS]
    looks: list[Looks] = []
    if not SHARES.keys().isdisjoint(parts):
        with ThreadPoolExecutor(options.lanes) as lanes:
            looks = list(lanes.map(look_at, options.host or HOSTS))
    for part in parts:
        wrong += torture(part, looks, options) if part in SHARES else other(part, options)
    print("torture: nothing went wrong" if not wrong else f"torture: {wrong} WENT WRONG")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
