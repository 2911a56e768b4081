"""Runs inside a lab as root: carries out points and says what came of them, a JSON line each.

Requests come on standard input, `{"verb": ...}`; what the engine prints goes elsewhere.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import traceback
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path
from typing import Any

from tests.torture.calls import hit_of
from tests.torture.inside import commands, mend, timer, whole
from tests.torture.inside.engines import Ended, run_engine
from tests.torture.inside.recovery import recover
from tests.torture.model import Point, injection
from wizard.host.tree import reown
from wizard.plan_file import decode
from wizard.plans import Plan
from wizard.runs import Runs

PLAN = "/root/plan.json"
SYSTEMD = Path("/run/systemd/system")
DEADLINE = 60.0
"Minutes, of a run that is confirmed at once."
EXPECTED = {0: {"done"}, 1: {"rolled-back"}, 4: {"rolled-back"}, 5: {"rolled-back"}}
"What a run's phase has to be by its engine's exit code; with 6 it is needs-attention."


class Server:
    """One lab's point after point."""

    def __init__(self) -> None:
        self.plan: Plan = decode(Path(PLAN).read_bytes(), PLAN)
        self.helped = self.timed = False
        self.baseline()

    def baseline(self, *, helped: bool = False, timed: bool = False) -> dict[str, Any]:
        """Take the state anew: what a message that was relayed since has left.

        helped: a second process helps with every queue, and strace follows it. timed: runs have a
        deadline, and are confirmed before they come to it.
        """
        self.helped, self.timed = helped, timed
        if helped:
            reown.whole.__defaults__ = (1,)
        self.before = whole.look()
        self.strays = whole.strays()
        mend.keep()
        return {"paths": len(self.before), "masters": whole.masters()}

    def look(self, engine: str, of: list[str]) -> dict[str, Any]:
        """strace's log of an engine, and of each invocation of these commands, nothing injected."""
        run = self._new_run()
        if engine == "rollback":
            self._must(run_engine(run, "apply", ""), "apply")
        with ExitStack() as mounts:
            for command in of:
                mounts.enter_context(commands.wrapped(command, commands.EACH, ""))
            ended = run_engine(run, engine, "-", follow=self.helped)
        self._must(ended, engine)
        found = {engine: ended.log}
        for command in of:
            for turn, log in commands.logs(command).items():
                found[f"{engine}@{command}#{turn}"] = log
        if engine == "apply":
            self._must(run_engine(run, "rollback", ""), "rollback")
        self._forget(run)
        return found

    def point(self, name: str) -> dict[str, Any]:
        """Carry out one point."""
        began = time.monotonic()
        point = Point.named(name)
        known = {pid for pid, _uid, _title in whole.processes()}
        run = self._new_run()
        if point.engine == "rollback":
            self._must(run_engine(run, "apply", ""), "apply")
        with self._hit(point.command, point.inject, both=point.kind == "BOTH"):
            inject = "" if point.command else point.inject
            ended = run_engine(run, point.engine, inject, follow=self.helped)
        hit = self._hit_command(point.command) if point.command else ended.hit
        told, troubles = self._told(run, ended, point)
        told += self._bring_back(run, point, ended)
        troubles += [f"still at work: {one}" for one in whole.settled(known)]
        differing = self._differing()
        found = {
            "reached": bool(hit),
            "hit": hit,
            "told": told,
            "troubles": troubles,
            "differing": differing,
            "strays": sorted(whole.strays() - self.strays),
            "seconds": time.monotonic() - began,
        }
        if differing or troubles:
            found["evidence"] = self._evidence(run, ended)
        self._forget(run)
        if differing:
            mend.mend(differing)
            found["mended"] = not whole.differences(self.before, whole.look())
        return found

    def _bring_back(self, run: str, point: Point, ended: Ended) -> str:
        """What an admin does then, unless the engine has done it all itself."""
        phase = _phase(run)
        if ended.code != -9 and phase == "rolled-back":
            return ""
        told = self._timer(run, point)
        if told and _phase(run) == "rolled-back":
            return told
        if point.again:
            call, _colon, index = point.again.partition(":")
            second = run_engine(run, "rollback", injection(call, int(index), "SIGKILL"))
            told = f", again {second.code} {_phase(run)} at {second.hit[:60]}"
        return f"{told}, {recover(run, point.recover)}"

    def _timer(self, run: str, point: Point) -> str:
        """What it does where nobody comes; else it is ended, and others get their turn."""
        if point.again or point.recover != "engine":
            timer.ended(run)
            return ""
        by_itself = timer.ended_by_itself(run)
        return f", {by_itself}" if by_itself else ""

    def _told(self, run: str, ended: Ended, point: Point) -> tuple[str, list[str]]:
        """How the engine ended in words, and what is wrong about that."""
        phase, troubles = _phase(run), []
        if ended.code == 1000:
            troubles.append("the engine hung")
        if "Traceback" in ended.printed:
            troubles.append(f"a traceback: {ended.printed.strip().splitlines()[-1][:200]}")
        wanted = EXPECTED.get(ended.code, set())
        if point.engine == "rollback" or ended.code in (-9, 1000, 6):
            wanted = {phase}
        if phase not in wanted and ended.code != 1:
            troubles.append(f"exit code {ended.code} with the phase {phase}")
        return f"{ended.code} {phase}", troubles

    def _differing(self) -> whole.Whole:
        """Daemons may be about to set their titles: looked at twice where something differs."""
        differing = whole.differences(self.before, whole.look())
        end = time.monotonic() + 2
        while differing and time.monotonic() < end:
            time.sleep(0.3)
            differing = whole.differences(self.before, whole.look())
        return differing

    def _hit(self, part: str, inject: str, *, both: bool) -> AbstractContextManager[None]:
        if not part:
            return nullcontext()
        command, _hash, turn = part.partition("#")
        return commands.wrapped(command, int(turn or 1), inject, both=both)

    def _hit_command(self, part: str) -> str:
        command, _hash, turn = part.partition("#")
        return hit_of(commands.logs(command).get(int(turn or 1), ""))

    def _new_run(self) -> str:
        if SYSTEMD.exists():  # which refuses a unit's sixth start within 10 s
            subprocess.run(["/usr/bin/systemctl", "reset-failed"], check=False)
        for _try in range(30):
            try:
                return self._created()
            except Exception:
                time.sleep(0.1)  # two runs of one plan need two seconds' names
        return self._created()

    def _created(self) -> str:
        run = Runs().create(self.plan, DEADLINE if self.timed else None)
        if self.timed:
            Runs().ask(run, "confirm")
        return run

    def _must(self, ended: Ended, what: str) -> None:
        if ended.code != 0:
            raise RuntimeError(f"{what} alone ended with {ended.code}: {ended.printed[-800:]}")

    def _evidence(self, run: str, ended: Ended) -> str:
        place = Path("/var/lib/stepdown/runs", run, "journal.jsonl")
        journal = place.read_text("utf-8", "replace") if place.exists() else "no journal"
        ending = "\n".join(line[:240] for line in journal.splitlines() if '"undon' not in line)
        ending = ending[-9000:]
        undone = place.with_name("undo.log")
        if undone.exists():
            ending += f"\nundo.log:\n{undone.read_text('utf-8', 'replace')[-6000:]}"
        trace = "\n".join(ended.log.splitlines()[-15:])
        return f"printed: {ended.printed[-1500:]}\nstrace:\n{trace}\njournal:\n{ending}\n"

    def _forget(self, run: str) -> None:
        shutil.rmtree(Path("/var/lib/stepdown/runs", run), ignore_errors=True)


def _phase(run: str) -> str:
    try:
        return str(Runs().status(run).phase)
    except Exception as problem:
        return f"no status: {problem}"


def main() -> int:
    """Serve until standard input ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    Path("/run/torture").mkdir(exist_ok=True)
    server: Server | None = None
    for line in sys.stdin:
        try:
            request = json.loads(line)
            verb = request.pop("verb")
            server = server or Server()
            answer = getattr(server, verb)(**request)
        except Exception:
            answer = {"error": traceback.format_exc()}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
