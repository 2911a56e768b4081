"""The queue after the switch: what waited is delivered, what is new is the account's."""

from __future__ import annotations

from contextlib import suppress

from wizard.host.base import Unreadable
from wizard.model import FileState, Outcome
from wizard.probes.log.lines import parts
from wizard.probes.log.watch import LogWatch
from wizard.probes.process import proofs as process_proofs
from wizard.probes.proof import UNDO, Proving
from wizard.probes.queue.entries import (
    OTHERS_WRITE,
    Offender,
    offenders,
    paths_of,
    queue_id,
    queue_of,
    queue_run,
    waiting_entries,
)
from wizard.probes.queue.waiting import Waiting

__all__ = ["prove", "waiting_entries", "watch"]
NO_ENTRY = "stepdown.no.such.entry"
"No queue id has a dot: a run of it opens every queue directory and tries no entry."
RUNS = 5
"Such runs, until one was caught while it lived."
SHOWN = 5
OWNED = "Every entry of the queue belongs to the account"
RAN = "A queue run comes to its end"
RUNNER = "A queue runner is the account"
NEW = "A new entry of the queue belongs to the account"


def watch(p: Proving) -> None:
    """From now on have the sampler look for entries that come and go."""
    with suppress(Unreadable):  # told by the proofs themselves
        p.sampler.look_into(paths_of(queue_of(p.host, p.cf())))


def prove(p: Proving) -> None:
    """Tell the proofs of the queue. Raises Unreadable."""
    if p.target.uid == 0:
        for proof_id, title in (("queue.owned", OWNED), ("queue.run", RAN), ("queue.new", NEW)):
            reason = (process_proofs.NO_ACCOUNT,)
            p.prove(proof_id, Outcome.SKIPPED, f"Unproven: {title}", reason)
        return
    found = queue_of(p.host, p.cf())
    _owned(p, paths_of(found), found.entries)
    log = LogWatch(p.host, p.platform)
    ran = _empty_runs(p)
    waiting = Waiting(p, log)
    waiting.run()
    _ran(p, log, [*ran, *waiting.said])
    _runner(p, paths_of(found))
    _new(p, waiting)
    process_proofs.delivery(p, waiting.tried)


def _owned(p: Proving, directories: tuple[str, ...], entries: int) -> None:
    resolved = dict.fromkeys(p.host.resolve(path) for path in directories)
    bad, total = offenders(p.host, tuple(resolved), p.target.uid)
    evidence = [_offence(p, one) for one in bad[:SHOWN]]
    if total > SHOWN:
        evidence.append(f"and {total - SHOWN:,} more")
    p.prove(
        "queue.owned",
        Outcome.FOUND if bad else Outcome.PASS,
        OWNED,
        tuple(evidence) or (f"{entries:,} files: {', '.join(resolved)}",),
        f"Such mail waits for ever, or is lost to the queue. {UNDO}",
    )


def _offence(p: Proving, one: Offender) -> str:
    """`path  owner:group mode  what Sendmail makes of it` (fact 3)."""
    kind = one.path.rpartition("/")[2][:2]
    if one.uid == p.target.uid:
        means = "others may write it: Sendmail takes it for a forgery"
    elif kind in ("df", "xf"):
        means = f"not {p.target.user}'s: its message cannot be read or finished"
    elif one.uid == 0 or not one.mode & OTHERS_WRITE:
        means = f"not {p.target.user}'s: it is never run, and nothing is logged"
    else:
        means = "another's: a bogus queue file, lost to the queue as Qf"
    return f"{one.path}  owner {one.uid}:{one.gid}, mode {one.mode:04o}: {means}"


def _empty_runs(p: Proving) -> list[str]:
    """Runs that try no entry, until one was caught; what went wrong, in words."""
    command = queue_run(p.platform.sendmail, (NO_ENTRY,))
    for _again in range(RUNS):
        done = p.host.probe(command)
        if done.code:
            said = next(iter(done.output.splitlines()), "")
            return [f"{command} ended with code {done.code}: {said}".rstrip(": ")]
        if process_proofs.runners(p, (), NO_ENTRY):
            break
    return []


def _ran(p: Proving, log: LogWatch, wrong: list[str]) -> None:
    bad, _harmless = log.trouble(p.target.user)
    told = (*wrong, *bad[:SHOWN])
    good = (f"{p.platform.sendmail} -q ended with code 0; nothing that means trouble was logged",)
    p.prove(
        "queue.run",
        Outcome.FOUND if told else Outcome.PASS,
        RAN,
        told or good,
        f"What could not be delivered at once waits for queue runs. {UNDO}",
    )


def _runner(p: Proving, directories: tuple[str, ...]) -> None:
    seen = process_proofs.runners(p, directories, "-qI")
    if seen:
        process_proofs.judge(p, "runner.identity", RUNNER, seen)
        return
    reason = f"{RUNS} queue runs ended in less time than it takes to look at them"
    p.prove("runner.identity", Outcome.SKIPPED, f"Unproven: {RUNNER}", (reason,))


def _new(p: Proving, waiting: Waiting) -> None:
    """By files of messages that came in meanwhile, else by entries that a run wrote anew."""
    lines = [parts(line) for line in p.of_round.lines()]
    came = {x.queue_id for x in lines if process_proofs.RECEIVED.match(x.said)}
    found = {path: s for path, s in p.sampler.files().items() if queue_id(path) in came}
    found = found or waiting.rewritten
    if not found:
        reason = "no message stayed in the queue long enough to be looked at"
        p.prove("queue.new", Outcome.SKIPPED, f"Unproven: {NEW}", (reason,))
        return
    bad = {path: state for path, state in found.items() if _foreign(p, state)}
    told = [
        f"{path}  owner {state.uid}:{state.gid}, mode {state.mode:04o}"
        for path, state in list((bad or found).items())[:SHOWN]
    ]
    outcome = Outcome.FOUND if bad else Outcome.PASS
    p.prove("queue.new", outcome, NEW, tuple(told), f"It will never be run. {UNDO}")


def _foreign(p: Proving, state: FileState) -> bool:
    return state.uid != p.target.uid or bool(state.mode & OTHERS_WRITE)
