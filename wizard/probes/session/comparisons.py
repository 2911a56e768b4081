"""The ports as they are now beside the ports as they were before the switch."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable

from wizard.model import Outcome
from wizard.probes.log.lines import parts
from wizard.probes.proof import UNDO, Proving
from wizard.probes.session import milter_ways
from wizard.probes.session.baseline import Door
from wizard.probes.session.conversation import Talk
from wizard.probes.session.smtp import UNVERIFIED

OFFERS = "EHLO offers what it offered before"
HANDSHAKES = "TLS is agreed on wherever it is offered"
MILTERS = "The milters answer as before"
KEYLESS = re.compile(r"STARTTLS=server[:,] (file .*unsafe|error: )")
FAULT = re.compile(
    r"(?:SYSERR\([^)]*\): )?Milter \((?P<name>[^)]*)\): (?P<what>(?:"
    r"local socket name|error |to error state|timeout before|select\(|poll\(|read |write\(|"
    r"unable to negotiate|init failed|protocol error|address family|no valid socket|unknown |"
    r"empty or missing|host name lookup|filter version|filter abilities).*)"
)
"What milter.c says of a milter that could not be asked. A rejection is an answer, and is none."
SETTLE = 1.0
"Seconds for syslog to have written what the sessions brought about."


def _before(p: Proving, talk: Talk) -> Door | None:
    baseline = p.target.baseline
    return baseline.door(talk.endpoint.address) if baseline else None


def offers(p: Proving, talks: Iterable[Talk]) -> None:
    """Tell `ehlo.offers`: before STARTTLS and inside it, of each port."""
    if p.target.baseline is None:
        reason = (p.target.unrecorded,)
        p.prove("ehlo.offers", Outcome.SKIPPED, f"Unproven: {OFFERS}", reason)
        return
    bad: list[str] = []
    seen: list[str] = []
    missing: list[str] = []
    for talk in talks:
        door = _before(p, talk)
        where = talk.endpoint.address
        if door is None or not door.offered:
            why = (door.problem if door else "") or "not recorded"
            missing.append(f"{where}  before the switch: {why}")
            continue
        bad += _lost(where, door.offered, talk.offered, talk.problem)
        inside = f"{where} inside TLS"
        # A handshake that fails is told by the proof after this one.
        bad += _lost(inside, door.inside, talk.inside, "") if talk.inside else []
        seen.append(f"{where}  {'  '.join(talk.offered or ())}")
        seen += [f"{inside}  {'  '.join(talk.inside)}"] if talk.inside and door.inside else []
    if bad:
        log = [line for line in p.of_round.lines() if KEYLESS.match(parts(line).said)]
        meaning = f"STARTTLS goes without a word when the account cannot use its key. {UNDO}"
        p.prove("ehlo.offers", Outcome.FOUND, OFFERS, (*bad, *log[:3]), meaning)
    elif seen:
        p.prove("ehlo.offers", Outcome.PASS, OFFERS, (*seen, *missing))
    else:
        p.prove("ehlo.offers", Outcome.SKIPPED, f"Unproven: {OFFERS}", tuple(missing))


def _lost(where: str, before: tuple[str, ...], now: tuple[str, ...] | None, why: str) -> list[str]:
    """What was offered and is not any more."""
    if not before:
        return []
    if now is None:
        return [f"{where}  gone: all of EHLO ({why})"]
    return [f"{where}  gone: {word}" for word in before if word not in now]


def handshakes(p: Proving, talks: Iterable[Talk]) -> None:
    """Tell `starttls.handshake`, where TLS is offered at all."""
    bad: list[str] = []
    seen: list[str] = []
    as_before: list[str] = []
    for talk in talks:
        where, door = talk.endpoint.address, _before(p, talk)
        offered = talk.endpoint.tls or "STARTTLS" in (talk.offered or ())
        if not offered:
            continue
        why = talk.tls_problem or ("" if talk.handshake else talk.problem)
        if not why:
            seen.append(f"{where}  {talk.handshake}, {UNVERIFIED}")
        elif door is not None and not door.handshake:
            as_before.append(f"{where}  {why}; nor was it agreed on before the switch")
        else:
            bad.append(f"{where}  {why}")
    if bad:
        meaning = f"Hosts that encrypt their mail cannot send it. {UNDO}"
        log = [line for line in p.of_round.lines() if KEYLESS.match(parts(line).said)]
        p.prove("starttls.handshake", Outcome.FOUND, HANDSHAKES, (*bad, *log[:3]), meaning)
    elif seen:
        p.prove("starttls.handshake", Outcome.PASS, HANDSHAKES, (*seen, *as_before))
    elif as_before:
        title = f"Unproven: {HANDSHAKES}"
        p.prove("starttls.handshake", Outcome.SKIPPED, title, tuple(as_before))


def milters(p: Proving, talks: Iterable[Talk], names: tuple[str, ...]) -> None:
    """Tell `milters.answer`, where the cf names milters. Last: their faults are in the log.

    Right after the switch every fault since counts. On a host that was switched long ago those of
    this round do, in which each port had its milters asked; older ones are named.
    """
    if not names:
        return
    time.sleep(SETTLE)
    watch = p.of_round if p.target.later else p.since_switch
    faults = _faults(watch.lines())
    lost = [line for talk in talks for line in _refused(talk, _before(p, talk))]
    shut = milter_ways.closed(p, names)
    if faults or lost or shut:
        at_fault = [name for name, _line in faults]
        at_fault += [name for name in names if any(f"({name})" in line for line in shut)]
        who = tuple(dict.fromkeys(at_fault)) or names
        meaning = (
            f"Mail is refused, or passes unseen by {', '.join(who)}: the account must be able to "
            f"read and write the milter's socket and to search each directory on the way. {UNDO}"
        )
        told = (*lost, *shut, *(line for _name, line in faults[:3]))
        title = f"{MILTERS}: {', '.join(who)}"
        p.prove("milters.answer", Outcome.FOUND, title, told, meaning)
        return
    replies = tuple(f"{talk.endpoint.address}  {_codes(talk)}" for talk in talks)
    older = _faults(p.since_switch.lines())
    quiet = f"{p.of_round.source}: no fault of {', '.join(names)}"
    if older:
        quiet += f" now; {len(older)} before these proofs, the last: {older[-1][1]}"
    if p.target.baseline is None:
        reason = f"the replies before the switch: {p.target.unrecorded}"
        told = (reason, *replies, quiet)
        p.prove("milters.answer", Outcome.SKIPPED, f"Unproven: {MILTERS}", told)
        return
    p.prove("milters.answer", Outcome.PASS, f"{MILTERS}: {', '.join(names)}", (*replies, quiet))


def _faults(lines: Iterable[str]) -> list[tuple[str, str]]:
    """Milter and log line of each fault."""
    found = ((FAULT.match(parts(line).said), line) for line in lines if "Milter (" in line)
    return [(match.group("name"), line) for match, line in found if match]


def _refused(talk: Talk, door: Door | None) -> list[str]:
    """Replies that were good before the switch and are not now."""
    now = {verb: reply.text for verb, reply in talk.replies.items()}
    return [
        f"{talk.endpoint.address}  {verb}: before: {was}  now: {now[verb]}"
        for verb, was in (door.replies.items() if door else ())
        if was.startswith("2") and verb in now and now[verb][:1] in ("4", "5")
    ]


def _codes(talk: Talk) -> str:
    return "  ".join(f"{verb} {reply.code}" for verb, reply in talk.replies.items())
