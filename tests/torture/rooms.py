"""A lab that carries out point after point, and is opened anew where one leaves it changed."""

from __future__ import annotations

import json
import select
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from tests.engine.relay import PLAN, QUEUE, Relay
from tests.torture import queues
from tests.torture.model import Outcome, Point
from wizard.lab.boot import PYTHON, PYTHON_ENVIRONMENT
from wizard.lab.practice import Lab

KINDS: dict[str, tuple[Literal["systemd", "script"], str, bool]] = {
    "reload": ("script", "reload", True),
    "restart": ("script", "restart", True),
    "slow": ("script", "restart", False),
    "systemd": ("systemd", "restart", True),
    "timed": ("script", "restart", True),
    "helped": ("script", "restart", True),
    "many": ("script", "reload", True),
    "many-restart": ("script", "restart", True),
}
"""Init, `--switch`, and whether the 2 s sleeps of Debian's init script are shortened. On `helped`
a second process walks the queue with the engine, as it does from 50,000 entries on. On those
of TIMED the run undoes itself unless it is confirmed: the timer is set and taken away. Those of
MANY have several queues and groups, with entries in each."""
MANY = ("many", "many-restart")
TIMED = ("timed", "systemd")
HELPED = "helped"
HERE = Path(__file__).parent
INSIDE = "/opt/stepdown/app/tests/torture"
PATIENCE = 900.0
"Seconds for one request."

QUICK_SLEEP = """#!/bin/sh
case "$(tr '\\0' ' ' < /proc/$PPID/cmdline)" in
*init.d/sendmail*|*commands/real/sendmail*) exec /run/torture/sleep 0.1;;
esac
exec /run/torture/sleep "$@"
"""
SEED = r"""
set -e
for one in MIN_QUEUE_AGE=1d QUEUE_LA=900 REFUSE_LA=900 DELAY_LA=0; do
    echo "define(\`conf${one%=*}', \`${one#*=}')dnl" >> /etc/mail/sendmail.mc
done
make -C /etc/mail > /dev/null 2>&1
/etc/init.d/sendmail reload > /dev/null 2>&1
"""
ENTRIES = r"""
set -e
cd /var/spool/mqueue
one=$(ls qf* | head -1); one=${one#qf}
for tail in 01 02 03; do
    for kind in qf df; do cp -p $kind$one $kind${one%??}$tail; done
done
cp -p qf$one Qf${one%??}04; cp -p qf$one hf${one%??}05; cp -p df$one df${one%??}05
cp -p qf$one tf${one%??}06; : > xf${one%??}01; chown root:smmsp xf*; chmod 0640 xf*
mkdir -m 2750 old; cp -p qf$one df$one old; chown -R smmsp:smmsp old; chmod 0600 old/df*
ln qf$one /var/spool/linked 2>/dev/null && rm /var/spool/linked
"""
"""A queue with entries of each kind. None is tried meanwhile: MinQueueAge is a day, so that what
differs afterwards is our doing."""


class Room:
    """One lab and the server in it."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        init, switch, quick = KINDS[kind]
        self.lab = Lab.open("relay", init=init, binds={HERE: INSIDE})
        try:
            self._furnish(switch, quick)
            self._server = self._serve()
            self._take_baseline()
        except BaseException:
            self.lab.close()
            raise

    def _furnish(self, switch: str, quick: bool) -> None:
        self.relay = Relay(self.lab)
        shell = ("/bin/sh", "-c")
        self.relay.said("mkdir", "-p", "/run/torture")
        if quick:
            self.lab.write("/run/torture/quick", QUICK_SLEEP.encode(), 0o755)
            mount = (
                "cp -p /bin/sleep /run/torture/sleep; mount --bind /run/torture/quick /bin/sleep"
            )
            self.relay.said(*shell, mount)
        many = self.kind in MANY
        if many:
            queues.many_queues(self.relay)
        self.relay.said(*shell, SEED)
        self.relay.queue_waiting("waits")
        self.relay.said(*shell, queues.ENTRIES if many else ENTRIES)
        self.relay.expect(0, "plan", "-o", PLAN, "--switch", switch)

    def _serve(self) -> subprocess.Popen[bytes]:
        words = (*PYTHON, "tests.torture.inside.serve")
        return self.lab.popen(
            words, env=PYTHON_ENVIRONMENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def ask(self, **request: Any) -> dict[str, Any]:
        """One request to the server. Raises RuntimeError with what went wrong inside."""
        assert self._server.stdin is not None and self._server.stdout is not None
        self._server.stdin.write(json.dumps(request).encode() + b"\n")
        self._server.stdin.flush()
        if not select.select([self._server.stdout], [], [], PATIENCE)[0]:
            raise RuntimeError(f"no answer within {PATIENCE:g} s to {request}")
        line = self._server.stdout.readline()
        answer: dict[str, Any] = json.loads(line or b'{"error": "the server is gone"}')
        if "error" in answer:
            raise RuntimeError(str(answer["error"]))
        return answer

    def point(self, point: Point) -> Outcome:
        """Carry out one point."""
        began = time.monotonic()
        try:
            found = self.ask(verb="point", name=str(point))
        except RuntimeError as problem:
            told = f"the torture itself failed: {problem}"
            return Outcome(point, True, troubles=[told], broken=True)
        return Outcome(
            point=point, **{"evidence": "", **found, "seconds": time.monotonic() - began}
        )

    def relays(self, subject: str) -> bool:
        """Whether a message comes through; the state is taken anew after it."""
        came = self.relay.relays(subject)
        self._take_baseline()
        return came

    def _take_baseline(self) -> None:
        timed = self.kind in TIMED
        self.ask(verb="baseline", helped=self.kind == HELPED, timed=timed)

    def close(self) -> None:
        """End it."""
        self._server.kill()
        self._server.wait()
        for pipe in (self._server.stdin, self._server.stdout):
            if pipe is not None:
                pipe.close()
        self.lab.close()

    def __enter__(self) -> Room:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


__all__ = ["KINDS", "QUEUE", "Room"]
