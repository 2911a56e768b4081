"""SMTP as telnet would speak it, to every port, and who served it; through the final dot."""

from __future__ import annotations

from wizard.model import Outcome
from wizard.probes.proof import UNDO, Proving
from wizard.probes.session import comparisons
from wizard.probes.session.baseline import Door
from wizard.probes.session.conversation import NOBODY, Asking, Talk, converse, greeting_within
from wizard.probes.session.delivery import Following
from wizard.probes.session.endpoints import Endpoint, Endpoints, gather, same
from wizard.probes.session.refusals import by_policy

PORTS = "Each daemon port of the cf takes connections"


def prove(p: Proving) -> None:
    """Tell the proofs of the sessions with the relay."""
    Sessions(p).run()


class Sessions:
    """One session a port, and what follows from them. The first port's proofs have plain ids."""

    def __init__(self, proving: Proving) -> None:
        self._p = proving
        self._talks: list[Talk] = []
        self._following = Following(proving)

    def run(self) -> None:
        """Speak, judge who answered, and follow the messages."""
        endpoints = gather(self._p.host, self._p.platform.cf_path, self._p.target.address)
        self._ports(endpoints)
        asking = self._asking(endpoints)
        for one in endpoints.served or (Endpoint(endpoints.expected, "the cf"),):
            talk = converse(one, asking)
            self._identity(talk)
            self._message(talk)
            self._talks.append(talk)
        comparisons.offers(self._p, self._talks)
        comparisons.handshakes(self._p, self._talks)
        self._following.run()
        comparisons.milters(self._p, self._talks, endpoints.milters)

    def _asking(self, endpoints: Endpoints) -> Asking:
        target, baseline = self._p.target, self._p.target.baseline
        return Asking(
            self._p.host,
            self._p.emit,
            self._p.host.identity().host,
            target.probe_to or (baseline.recipient if baseline else "") or NOBODY,
            # Nothing is sent through a stranger.
            send=bool(target.probe_to and endpoints.served),
            run=target.run,
            greeting=greeting_within(endpoints),
        )

    def _before(self, talk: Talk) -> Door | None:
        baseline = self._p.target.baseline
        return baseline.door(talk.endpoint.address) if baseline else None

    def _id(self, proof: str, talk: Talk) -> str:
        """`child.identity` of the first port, `child.identity.127.0.0.1:587` of another."""
        first = not self._talks
        return proof if first else f"{proof}.{talk.endpoint.address}"

    def _ports(self, endpoints: Endpoints) -> None:
        """Every option has its socket, and what was open before the switch is open now."""
        gone = self._gone(endpoints)
        # Long after the switch a port without an option is one that the admin has given up.
        given_up = (f"{line}; no option names it" for line in gone)
        left_out = tuple(given_up) if self._p.target.later else ()
        bad = (*endpoints.closed, *(() if left_out else gone))
        seen = tuple(f"{one.address}  {one.place}" for one in endpoints.served)
        left = tuple(f"optional: {line}" for line in endpoints.optional)
        meaning = f"Hosts that send their mail there are turned away. {UNDO}"
        outcome = Outcome.FOUND if bad or not seen else Outcome.PASS
        told = (*bad, *left_out) if bad else (*seen, *left, *left_out)
        nothing = ("nothing of Sendmail's listens",)
        self._p.prove("daemon.ports", outcome, PORTS, told or nothing, meaning)

    def _gone(self, endpoints: Endpoints) -> tuple[str, ...]:
        baseline = self._p.target.baseline
        served = [one.address for one in endpoints.served]
        return tuple(
            f"{door.address}: took mail before the switch, and nothing of Sendmail's listens now"
            for door in (baseline.doors if baseline else ())
            if door.replies and not any(same(door.address, now) for now in served)
        )

    def _identity(self, talk: Talk) -> None:
        target, where = self._p.target, talk.endpoint.address
        restored = target.purpose == "restore"
        title = f"The child at {where} is unprivileged, for good"
        if restored:
            title = f"The child at {where} is root's again"
        proof_id = self._id("child.identity", talk)
        if talk.ids is None:
            reason = talk.unseen or f"no session: {talk.problem}"
            self._p.prove(proof_id, Outcome.UNKNOWN, title, (reason,))
            return
        good = target.uid > 0 and talk.ids.unprivileged(target.uid, target.gid)
        if restored:
            good = set(talk.ids.uids) == {0}
        meaning = (
            f"The process that serves {where} is not {target.user} alone: an "
            f"attacker who takes it over has what it has. {UNDO}"
        )
        told = (f"{where}  {talk.ids.summary()}", *talk.ids.told())
        if talk.stranger:
            good, told = False, (f"{where}  {talk.stranger}: not Sendmail", *told)
        outcome = Outcome.PASS if good else Outcome.FOUND
        self._p.prove(proof_id, outcome, title, told, meaning)

    def _message(self, talk: Talk) -> None:
        """What became of the message; one that was taken is followed."""
        unproven = f"Unproven: a whole message through {talk.endpoint.address}"
        proof_id = self._id("message.relayed", talk)
        if talk.accepted:
            self._following.add(proof_id, talk)
        policy = by_policy(talk, self._before(talk))
        broken = str(talk.refusal) if talk.refusal else talk.problem
        if broken and not policy:
            self._broken(talk, broken)
        elif policy:
            self._p.prove(proof_id, Outcome.SKIPPED, unproven, (policy,))
        elif not talk.accepted:
            reason = "no probe address was given (--probe-to ADDRESS)"
            self._p.prove(proof_id, Outcome.SKIPPED, unproven, (reason,))

    def _broken(self, talk: Talk, told: str) -> None:
        self._p.prove(
            self._id("smtp.session", talk),
            Outcome.FOUND,
            f"The relay accepts a message at {talk.endpoint.address}",
            (f"{talk.endpoint.address}  {told}",),
            f"The relay refused in the middle of an SMTP session. {UNDO}",
        )
