"""Whose processes are judged, and that a process with root's ids is never proven."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from tests.facts.paper_host import PaperHost, text
from wizard.events import Event, Proof
from wizard.model import FileState, Kind
from wizard.platforms.debian import Debian
from wizard.probes.process import proofs as process_proofs
from wizard.probes.process.identity import Ids, ids_in
from wizard.probes.process.sampler import Sampler, View
from wizard.probes.proof import Proving, Target

LOG = "/var/log/mail.log"
UID = 997
OURS, OTHERS = "6AMDsMsI001449", "6AMDsMN9001448"
RECEIVED = "from=<a@b>, size=1, class=0, nrcpts=1, proto=ESMTP, daemon=MTA-v4, relay=h [192.0.2.1]"
NO_POWERS = "CapPrm:\t0\nCapEff:\t0\n"
SENT = "to=<y@example.org>, delay=00:00:01, mailer=esmtp, relay=m [192.0.2.2], stat=Sent (ok)"


def ids(pid: int, uid: int = UID, *, groups: tuple[int, ...] = (UID,), powers: int = 0) -> Ids:
    return Ids(pid, (uid,) * 4, (uid,) * 4, groups, powers)


def proving(*logged: tuple[int, str, str]) -> tuple[Proving, list[Event]]:
    """A round of proofs whose log then gains these lines: pid, queue id, what is said."""
    host = PaperHost({LOG: text("")})
    told: list[Event] = []
    target = Target("127.0.0.1:25", UID, UID, "sendmail", "", 0.0, None)
    p = Proving(host, Debian("Debian", "systemd"), target, told.append)
    stamp = datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="microseconds")
    lines = (f"{stamp} relay1 sm-mta[{pid}]: {name}: {said}\n" for pid, name, said in logged)
    host.files[LOG] = text("".join(lines))
    return p, told


def seen(p: Proving, *views: View) -> None:
    for view in views:
        p.sampler._views.setdefault(view.pid, []).append(view)


def test_powers_that_a_process_may_take_again_are_powers() -> None:
    status = "Uid:\t7 7 7 7\nGid:\t7 7 7 7\nGroups:\t7\nCapPrm:\t80\nCapEff:\t0\n"
    assert not ids_in(9, status).unprivileged(7, 7)
    assert ids_in(9, status.replace("80", "0")).unprivileged(7, 7)


def delivering(pid: int, name: str, who: Ids) -> View:
    return View(pid, 1, f"sendmail: MTA: ./{name} mx.example.org.: client DATA status", who)


LOGGED = ((7, OURS, RECEIVED), (9, OURS, SENT), (11, OTHERS, "from=bob, size=3"))


@pytest.mark.parametrize(
    ("who", "outcome"),
    [
        (ids(9), "pass"),
        (ids(9, 0), "found"),
        (ids(9, 25), "found"),
        (ids(9, groups=(UID, 8)), "found"),
        (ids(9, powers=1), "found"),
        (Ids(9, (UID, UID, 0, UID), (UID,) * 4, (UID,), 0), "found"),
    ],
)
def test_what_delivers_our_mail_must_be_the_account_alone(who: Ids, outcome: str) -> None:
    p, told = proving(*LOGGED)
    seen(p, delivering(9, OURS, who))
    process_proofs.delivery(p, ())
    (proof,) = told
    assert isinstance(proof, Proof)
    assert (proof.id, proof.outcome) == ("delivery.identity", outcome)
    assert "pid 9" in proof.evidence[1]


@pytest.mark.parametrize(
    "view",
    [
        delivering(11, OTHERS, ids(11, 1000)),
        View(7, 5, f"sendmail: MTA: {OURS} h [192.0.2.1]: client DATA", ids(7, 0)),
        View(5, 1, "sendmail: MTA: accepting connections", ids(5, 0)),
    ],
)
def test_other_processes_are_not_judged_and_prove_nothing(view: View) -> None:
    p, told = proving(*LOGGED)
    seen(p, view)
    process_proofs.delivery(p, ())
    (proof,) = told
    assert isinstance(proof, Proof)
    assert proof.outcome == "skipped"
    assert f"{OURS} by pid 9" in proof.evidence[0]


def test_a_queue_run_of_ours_is_judged_once_it_has_stepped_down() -> None:
    p, _told = proving()
    command = "/usr/sbin/sendmail -qIx"
    seen(p, View(20, 4, command, ids(20, 0)), View(20, 4, command, ids(20)))
    seen(p, View(21, 20, "sendmail: MTA: running queue: /q", ids(21)))
    seen(p, View(22, 20, command, ids(22, 0)))
    seen(p, View(30, 4, "sendmail: MTA: running queue: /elsewhere", ids(30, 0)))
    found = process_proofs.runners(p, ("/q",), "-qIx")
    assert {(view.pid, view.ids.uids[0]) for view in found} == {(20, UID), (21, UID), (22, 0)}


class BusyHost(PaperHost):
    """A host on which one Sendmail changes its title and a shell runs."""

    def __init__(self) -> None:
        super().__init__({"/proc/self/ns/pid": here(), "/proc/8/exe": here("/bin/sh")})
        self.files |= {"/proc/9/exe": here("/usr/libexec/sendmail/sendmail")}
        self.files |= {"/proc/9/ns/pid": here(), "/var/spool/mqueue/qfX": text("")}
        status = f"PPid:\t1\nUid:\t{'997 ' * 4}\nGid:\t{'997 ' * 4}\nGroups:\t997\n{NO_POWERS}"
        self.files["/proc/9/status"] = text(status)
        self.titled("sendmail: MTA: accepting connections")

    def titled(self, title: str) -> None:
        self.files["/proc/9/cmdline"] = text(title + "\0")


def here(target: str = "pid:[1]") -> FileState:
    return FileState(Kind.SYMLINK, 0o777, target=target)


def test_the_sampler_keeps_what_it_saw_of_sendmails_own() -> None:
    host = BusyHost()
    host.files[f"/var/spool/mqueue/qf{OURS}"] = text("")
    sampler = Sampler(host)
    sampler.look_into(("/var/spool/mqueue",))
    sampler.start()
    time.sleep(0.05)
    host.titled(f"sendmail: MTA: {OURS} h [192.0.2.1]: DATA")
    time.sleep(0.2)
    del host.files["/proc/9/exe"]
    sampler.stop()
    titles = [view.title for view in sampler.views()]
    assert len(titles) == 2
    assert OURS in titles[1]
    assert list(sampler.files()) == [f"/var/spool/mqueue/qf{OURS}"]
