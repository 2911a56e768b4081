"""That a host is back: children are root's, and root's Sendmail can do its work (fact 10)."""

from __future__ import annotations

from wizard.errors import StepdownError
from wizard.facts import accounts as accounts_fact
from wizard.facts import queues, run_as
from wizard.model import Outcome
from wizard.plans import Command
from wizard.probes.proof import Proving
from wizard.probes.staying import daemon as living_daemon
from wizard.probes.staying.cf import built_values

NONE = "No RunAsUser in the cf, and none by the next build"
OWNED = "The queue is the package's own again"
READ = "The daemon has read this cf"


def prove(p: Proving) -> None:
    """Tell `cf.no-run-as-user`, `daemon.current` and `queue.given-back`."""
    for proof_id, title, look in (
        ("cf.no-run-as-user", NONE, _cf),
        ("daemon.current", READ, _daemon),
        ("queue.given-back", OWNED, _queue),
    ):
        try:
            look(p, proof_id, title)
        except StepdownError as problem:
            p.prove(proof_id, Outcome.UNKNOWN, title, (str(problem),))


def _cf(p: Proving, proof_id: str, title: str) -> None:
    cf = p.cf()
    text = p.host.state(cf.path, content=True).text()
    bad = [str(line) for line in run_as.active(cf.path, text)]
    bad += [f"m4 {p.platform.mc_path}: RunAsUser {value}" for value in built_values(p)]
    p.prove(
        proof_id,
        Outcome.FOUND if bad else Outcome.PASS,
        title,
        tuple(bad) or (f"{cf.path}: {cf.lines} lines", p.platform.mc_path),
        "Children step down by it, into a queue and maps that are not theirs any more.",
    )


def _daemon(p: Proving, proof_id: str, title: str) -> None:
    p.tell(living_daemon.current(p, proof_id, title))


def _queue(p: Proving, proof_id: str, title: str) -> None:
    """Root's Sendmail cannot write a queue that is closed to it by owner (fact 10)."""
    user, group, _mode = p.platform.own_queue
    account = accounts_fact.gather(p.host).user(user)
    if account is None:
        raise StepdownError(f"there is no account {user}")
    cf = p.cf()
    roots = queues.gather(p.host, cf, p.host.state(cf.path, content=True).text()).roots
    bad: list[str] = []
    for root in map(p.host.resolve, roots):
        argv = ("/usr/bin/find", root, "-xdev", "!", "-user", user, "!", "-user", "root", "-print")
        done = p.host.probe(Command(argv, ok_codes=(0, 1)))
        bad += done.stdout.decode("utf-8", "replace").splitlines()[:5]
    p.prove(
        proof_id,
        Outcome.FOUND if bad else Outcome.PASS,
        title,
        tuple(bad) or tuple(f"{root}  {user}:{group}" for root in roots),
        "What belongs to another account may be taken for a forgery, and lost to the queue.",
    )
