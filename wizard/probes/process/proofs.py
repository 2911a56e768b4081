"""Who runs: the master as root, queue runners and delivery children as the account, the MSP's."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress

from wizard.facts.cf import parse
from wizard.facts.cf_model import Cf
from wizard.facts.daemons import is_master
from wizard.facts.passages import holds, passage
from wizard.host.base import Unreadable
from wizard.model import Outcome
from wizard.probes.log.lines import parts
from wizard.probes.process.identity import ids_of, mail_processes
from wizard.probes.process.sampler import View
from wizard.probes.proof import Proving

NO_ACCOUNT = "sendmail.cf has no RunAsUser that names an account"
DELIVERING = re.compile(
    r"sendmail: (?:[^\s:/]+: )?(?:\S*/)?(?P<id>[0-9A-Za-z]{12,20}) \S+: (?:client |user open)"
)
"Title of a process that hands a message to the next hop; one that serves names two words."
RECEIVED = re.compile(r"from=.*, proto=\w+, daemon=")
DELIVERED = re.compile(r"to=.*\bstat=(?!queued)")
RUNNER = re.compile(r"\b(?:Queue runner@\S+ for|running queue:) (?P<queue>/\S+)")
MSP_QUEUE = "/var/spool/clientmqueue"
"Sendmail's own default of the MSP's QueueDirectory."
CRON_FILES = ("/etc/crontab",)
CRON_DIRECTORY = "/etc/cron.d"
CRON = re.compile(r"^\s*(?:@\w+|(?:\S+\s+){5})\s*(?P<user>[\w-]+)\s+(?P<command>.*)$")
RUNS_MSP = re.compile(r"\bcron-msp\b|\bsendmail\b.*\s-Ac\b.*\s-q|\bsendmail\b.*\s-q.*\s-Ac\b")


def prove(p: Proving) -> None:
    """Tell `master.root`, `msp.runner` and `msp.queue`."""
    _master(p)
    _msp(p)


def _master(p: Proving) -> None:
    masters = [one for one in mail_processes(p.host) if is_master(one)]
    rooted = [one for one in masters if one.uids[1] == 0]
    told = tuple(f"{one.user} {one.pid} {one.title}" for one in masters) or ("no master was found",)
    p.prove(
        "master.root",
        Outcome.PASS if rooted and len(rooted) == len(masters) else Outcome.FOUND,
        "The master is root, as the article expects",
        told,
        "Only root can bind port 25 and fork children that step down.",
    )


def delivery(p: Proving, tried: Iterable[str]) -> None:
    """Tell `delivery.identity`, of messages that came in meanwhile and of entries that we tried.

    A message of another user's own Sendmail is not the relay's: what counts is a queue id that
    the daemon gave.
    """
    title = "What hands mail to the next hop is the account"
    if p.target.uid == 0:
        p.prove("delivery.identity", Outcome.SKIPPED, f"Unproven: {title}", (NO_ACCOUNT,))
        return
    lines = [parts(line) for line in p.of_round.lines()]
    ours = {x.queue_id for x in lines if RECEIVED.match(x.said)} | set(tried)
    logged = {(x.pid, x.queue_id) for x in lines if DELIVERED.match(x.said)}
    seen = [
        view
        for view in p.sampler.views()
        if (found := DELIVERING.match(view.title)) and found["id"] in ours
    ]
    if not seen:
        reason = _uncaught({one for one in logged if one[1] in ours})
        p.prove("delivery.identity", Outcome.SKIPPED, f"Unproven: {title}", (reason,))
        return
    judge(p, "delivery.identity", title, seen)


def _uncaught(logged: set[tuple[int, str]]) -> str:
    if not logged:
        return "nothing was delivered while the proofs ran (--probe-to ADDRESS sends a message)"
    told = ", ".join(f"{queue_id} by pid {pid}" for pid, queue_id in sorted(logged)[:3])
    return f"delivered in less time than it takes to look: {told}"


def judge(p: Proving, proof_id: str, title: str, views: list[View]) -> None:
    """Tell whether these processes were the account and nothing else."""
    bad = [v for v in views if not v.ids.unprivileged(p.target.uid, p.target.gid)]
    shown = {view.pid: view for view in reversed(bad or views)}
    evidence = [
        text
        for view in list(shown.values())[:3]
        for text in (f"ppid {view.parent}  {view.title}", view.ids.summary())
    ]
    p.prove(
        proof_id,
        Outcome.FOUND if bad else Outcome.PASS,
        title,
        tuple(evidence),
        f"It is not {p.target.user} alone: who takes it over has all that it has. Roll back, and "
        "see what sendmail.cf says of RunAsUser.",
    )


def runners(p: Proving, directories: Iterable[str], own: str) -> list[View]:
    """Queue runners of the MTA that were caught, those that we started among them.

    Ours are known by their command line. They start as root and step down first of all; what they
    fork has stepped down.
    """
    views, queues = p.sampler.views(), set(directories)
    started = {view.pid for view in views if own in view.title}
    last = {view.pid: view for view in views if view.pid in started}
    found = [v for v in last.values() if v.parent in started or v.ids.uids[1] != 0]
    for view in views:
        named = RUNNER.search(view.title)
        ours = view.parent in started and view.pid not in started
        if ours or (named and named["queue"].rstrip("/") in queues):
            found.append(view)
    for process in mail_processes(p.host):
        named = RUNNER.search(process.title)
        if named and named["queue"].rstrip("/") in queues:
            with suppress(Unreadable):  # it ended meanwhile
                ids = ids_of(p.host, process.pid)
                found.append(View(process.pid, process.ppid, process.title, ids))
    return found


def _msp(p: Proving) -> None:
    """The article's listing has a runner for the MSP's queue, as an account of its own."""
    path = f"{p.platform.mail_dir}/submit.cf"
    state = p.host.state(p.host.resolve(path), content=True)
    title = "The MSP's queue runner is an account of its own"
    if p.target.uid == 0 or not state.exists:
        reason = NO_ACCOUNT if state.exists else f"{path}: not there; no mail is submitted by it"
        p.prove("msp.runner", Outcome.SKIPPED, f"Unproven: {title}", (reason,))
        return
    cf = parse(path, state.text())
    _msp_runner(p, cf, title)
    _msp_queue(p, cf)


def _msp_runner(p: Proving, cf: Cf, title: str) -> None:
    queue = cf.option("QueueDirectory", MSP_QUEUE)
    barred = {0, p.target.uid}
    running = [
        (f"{one.user} {one.pid} {one.title}", bool(barred & set(one.uids)))
        for one in mail_processes(p.host)
        if (found := RUNNER.search(one.title)) and found["queue"].rstrip("/") == queue
    ]
    told = running or _cron_lines(p, steps_down=bool(cf.option("RunAsUser")))
    if not told:
        reason = f"no process and no line of cron runs {queue}: what waits there is not tried"
        p.prove("msp.runner", Outcome.SKIPPED, f"Unproven: {title}", (reason,))
        return
    bad = tuple(text for text, wrong in told if wrong)
    p.prove(
        "msp.runner",
        Outcome.FOUND if bad else Outcome.PASS,
        title,
        bad or tuple(text for text, _wrong in told),
        f"It must be neither root nor {p.target.user}: see RunAsUser in {cf.path}.",
    )


def _cron_lines(p: Proving, *, steps_down: bool) -> list[tuple[str, bool]]:
    """`file:line  text` of each line of cron that runs the MSP's queue, and whether as another.

    steps_down: submit.cf has a RunAsUser, so that root's Sendmail does not stay root.
    """
    barred = (p.target.user,) if steps_down else (p.target.user, "root")
    names = p.host.listdir(CRON_DIRECTORY)
    found = []
    for path in (*CRON_FILES, *(f"{CRON_DIRECTORY}/{name}" for name in names)):
        text = p.host.state(p.host.resolve(path), content=True).text()
        for number, line in enumerate(text.splitlines(), 1):
            job = CRON.match(line)
            if job and not line.startswith("#") and RUNS_MSP.search(job["command"]):
                told = " ".join(line.split())
                found.append((f"{path}:{number}  {told}", job["user"] in barred))
    return found


def _msp_queue(p: Proving, cf: Cf) -> None:
    queue = cf.option("QueueDirectory", MSP_QUEUE)
    title = "The MSP's queue is closed to the account"
    if not p.host.state(p.host.resolve(queue)).exists:
        p.prove("msp.queue", Outcome.SKIPPED, f"Unproven: {title}", (f"{queue}: not there",))
        return
    held = holds(passage(p.host, queue, "MSP queue"), p.target.uid, p.target.gid)
    bad = tuple(f"{h.path}  {h.state.uid}:{h.state.gid} {h.state.mode:04o}  {h.how}" for h in held)
    state = p.host.state(p.host.resolve(queue))
    good = (f"{queue}  owner {state.uid}:{state.gid}, mode {state.mode:04o}",)
    p.prove(
        "msp.queue",
        Outcome.FOUND if bad else Outcome.PASS,
        title,
        bad or good,
        "The article keeps the two apart: who takes over a child of the daemon could then also "
        f"write what the MSP will send. Give {p.target.user} a group of its own.",
    )
