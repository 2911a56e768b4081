"""What the account itself can do: open each map, write each queue directory. Sends no mail."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from wizard.errors import StepdownError
from wizard.events import Proof
from wizard.facts import queues
from wizard.facts.cf import parse
from wizard.facts.cf_model import Cf
from wizard.host.base import HostReader
from wizard.model import Outcome
from wizard.plans import Command
from wizard.platforms.base import Platform
from wizard.probes.proof import UNDO, Proving, Target, proof_of

Evidence = tuple[list[str], list[str]]
"What is wrong, and what was looked at."


def prove(p: Proving) -> None:
    """Tell `maps.open` and `queue.writable`."""
    for proof in account_proofs(p.host, p.platform, p.target):
        p.tell(proof)


def account_proofs(host: HostReader, platform: Platform, target: Target) -> Iterator[Proof]:
    """Both proofs; SKIPPED where the cf names no account."""
    yield _proof(
        "maps.open",
        "The account can open every map",
        f"Mail that needs this map is accepted and queued forever. {UNDO}",
        target,
        lambda: _closed_maps(host, platform, target),
    )
    yield _proof(
        "queue.writable",
        "The account can write every queue directory",
        f"Mail is refused, or queued and never run. {UNDO}",
        target,
        lambda: _closed_queues(host, platform, target),
    )


def _proof(
    proof_id: str, title: str, meaning: str, target: Target, look: Callable[[], Evidence]
) -> Proof:
    if target.uid == 0:
        reason = "sendmail.cf has no RunAsUser that names an account"
        return proof_of(proof_id, Outcome.SKIPPED, f"Unproven: {title}", (reason,))
    try:
        bad, seen = look()
    except StepdownError as problem:
        return proof_of(proof_id, Outcome.UNKNOWN, title, (str(problem),), meaning)
    outcome = Outcome.FOUND if bad else Outcome.PASS
    return proof_of(proof_id, outcome, title, tuple(bad or seen), meaning)


def _closed_maps(host: HostReader, platform: Platform, target: Target) -> Evidence:
    """Look a key up in each map, as the account: sendmail itself says what is unsafe (fact 2)."""
    names = [m.name for m in _cf(host, platform).maps if m.path]
    looks = "".join(f"/map {name} stepdown.test\n" for name in names)
    command = Command((platform.sendmail, "-bt"), stdin=looks.encode())
    done = host.probe(platform.as_account(target.uid, target.gid, command))
    bad = [x for x in done.output.splitlines() if "unsafe map" in x or "missing map" in x]
    if done.code and not bad:
        bad = [f"{command} as uid {target.uid} ended with code {done.code}"]
    return bad, [f"{len(names)} maps: {', '.join(names)}"]


def _closed_queues(host: HostReader, platform: Platform, target: Target) -> Evidence:
    """Queue directories that are not the account's to write."""
    cf = _cf(host, platform)
    text = host.state(cf.path, content=True).text()
    bad: list[str] = []
    paths: list[str] = []
    for one in queues.gather(host, cf, text).directories:
        for path in (one.path, *(f"{one.path}/{name}" for name in one.subdirectories)):
            paths.append(path)
            state = host.state(host.resolve(path))
            test = Command(("/usr/bin/test", "-w", path, "-a", "-x", path), ok_codes=(0, 1))
            writes = platform.as_account(target.uid, target.gid, test)
            if state.uid != target.uid or host.probe(writes).code:
                bad.append(f"{path}  owner {state.uid}, mode {state.mode:04o}")
    return bad, paths


def _cf(host: HostReader, platform: Platform) -> Cf:
    path = host.resolve(platform.cf_path)
    return parse(path, host.state(path, content=True).text())
