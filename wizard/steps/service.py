"""Stopping the relay before the switch and starting it after."""

from __future__ import annotations

from posixpath import basename, dirname

from msgspec.structs import replace

from wizard.errors import Refused
from wizard.facts.model import Daemons, Unknown
from wizard.plans import Await, Command, Condition, Op, RunCommand
from wizard.steps.base import Planned, Planning, StepDefinition
from wizard.steps.differs import switch_needed
from wizard.switch_advice import why_no_reload

NOTHING = Command(("/bin/true",))
"The undo of what needs none."
DRAIN = 60.0
"Seconds given to sessions that the old daemon has open."
TAKEN = 10.0
"Seconds for messages on their way in, once the port is closed; what is longer was drained before."
LAST = 10.0
"Seconds for root's last children to end by themselves, the new daemon being up."
UNDO_DRAIN = 5.0
"Seconds given to open sessions before an undo: whoever undoes has a reason."
UNDO_IDLE = 2.0
"Seconds for the account's deliveries then, before they are asked to end; sessions get none."
GONE = 10.0
"Seconds for a stopped daemon to leave its port; one that the service manager lost is then ended."
ANEW = 30.0
"Seconds for a daemon to start itself anew after its SIGHUP."
ANSWER = 90.0
"Seconds until port 25 must answer."


def _stop(p: Planning) -> Planned | None:
    if p.choices.switch == "reload" or not switch_needed(p):
        return None
    refused = p.platform.why_no_restart(p.host)
    if refused:
        raise Refused(f"{refused}: a restart would end the relay", "Use --switch reload.")
    stop = RunCommand(p.platform.stop_command(), p.platform.start_command(), note="port 25 closes")
    answers = Await(Condition.SMTP_ANSWERS, smtp_address(p), ANSWER, on_undo=True)
    closed = Await(Condition.PORT_CLOSED, smtp_address(p), GONE)
    drain = p.choices.drain
    subject, seconds = whose(p), min(TAKEN, drain)
    taken = Await(Condition.MESSAGES_TAKEN, subject, seconds, fatal=False, had=drain)
    return Planned((answers, stop, closed, *((taken,) if p.choices.drain else ())))


def _drain(p: Planning) -> Planned | None:
    if not p.choices.drain or not switch_needed(p):
        return None
    drained = Await(Condition.SESSIONS_DRAINED, whose(p), p.choices.drain, fatal=False)
    told = "Whoever waits no longer says so with `stepdown go-on`. A session that is open still is "
    told += "answered 421 at its next message; its client sends that again, so nothing is lost."
    return Planned((drained,), (told,), stage="switch" if p.choices.switch == "reload" else "")


def _old_children(p: Planning) -> Planned | None:
    if not switch_needed(p):
        return None
    seconds = min(LAST, p.choices.drain)
    return Planned((Await(Condition.OLD_CHILDREN_ENDED, whose(p), seconds),))


def whose(p: Planning) -> str:
    """Subject of a wait for sessions: the account's uid, and where an MTA's processes live."""
    queues = p.facts.queues
    if isinstance(queues, Unknown):
        return str(p.account.uid)
    patterns = [one.pattern for one in queues.directories]
    bases = {dirname(one) if "*" in basename(one) else one for one in patterns}
    return f"{p.account.uid} {':'.join(sorted(map(p.host.resolve, bases)))}".strip()


def _undo_waits(p: Planning) -> tuple[Op, Op]:
    """Account idle, and before that its last messages taken: an undo reads them backwards."""
    idle = Await(Condition.ACCOUNT_IDLE, str(p.account.uid), UNDO_IDLE, on_undo=True)
    taken = Await(Condition.MESSAGES_TAKEN, whose(p), UNDO_DRAIN, fatal=False, on_undo=True)
    return idle, taken


def _undo_drain(p: Planning) -> Await:
    """The first that an undo does, while the relay still runs."""
    subject, seconds = whose(p), min(UNDO_DRAIN, p.choices.drain)
    return Await(Condition.SESSIONS_DRAINED, subject, seconds, fatal=False, on_undo=True)


def _rehearsal(p: Planning) -> Planned | None:
    if p.choices.switch != "reload" or not switch_needed(p):
        return None
    if refused := why_no_reload(p.facts):
        raise Refused(f"a reload would end the relay: {refused}", "Use --switch restart.")
    answers = Await(Condition.SMTP_ANSWERS, smtp_address(p), ANSWER)
    rehearsed = RunCommand(p.platform.reload_command(), NOTHING, note="the old cf once more")
    return Planned((rehearsed, answers))


def held_back(p: Planning) -> tuple[Op, ...]:
    """For a switch by reload: what the undo does before the queue is given back.

    The daemon is held (SIGSTOP): who connects waits, nobody is turned away, and no child begins.
    Those that are there end while the queue is still theirs: a child that lost it in the middle
    of a delivery would deliver twice. Root's cf must not be read yet: root's daemon would run
    what a hostile account has left in the queue.
    """
    if p.choices.switch != "reload":
        return ()
    hold = p.platform.signal_command("STOP")
    return (*_undo_waits(p), RunCommand(hold, hold, only_undo=True))


def reload_back(p: Planning) -> tuple[Op, ...]:
    """For a switch by reload: what the undo does once the old cf and the queue are back.

    The daemon that was held reads the old cf as soon as it goes on. The platform's own reload does
    more once the daemon has read it, so that one comes after.
    """
    if p.choices.switch != "reload":
        return ()
    answers = Await(Condition.SMTP_ANSWERS, smtp_address(p), ANSWER, on_undo=True)
    hangup, go_on = _hangup(p), p.platform.signal_command("CONT")
    whole = hangup == p.platform.reload_command()
    order = (hangup, go_on) if whole else (p.platform.release_command(),)
    undone = (RunCommand(one, one, only_undo=True) for one in order)
    return (answers, *_anew(p, on_undo=True), *undone)


def _anew(p: Planning, *, on_undo: bool = False) -> tuple[Await, ...]:
    """A SIGHUP is only a request. The platform's own reload waits by itself."""
    if _hangup(p) == p.platform.reload_command():
        return ()
    anew = Await(Condition.DAEMON_ANEW, p.platform.pid_file, ANEW, on_undo=on_undo)
    return (anew,)


def _hangup(p: Planning) -> Command:
    """The SIGHUP of the switch; where the cf is not known, the platform's whole reload."""
    if isinstance(p.facts.config, Unknown):
        return p.platform.reload_command()
    return p.platform.hangup_command(p.facts.config.cf.text())


def _start(p: Planning) -> Planned | None:
    if not switch_needed(p):
        still = Await(Condition.SMTP_ANSWERS, smtp_address(p), ANSWER)
        return Planned((still,), stage="after")
    if p.choices.switch == "reload":
        return _reload(p)
    start = RunCommand(
        p.platform.start_command(),
        p.platform.stop_command(),
        p.platform.rebuilt_by_start(),
        derived=True,
        note="port 25 opens; the master stays root, its children step down",
    )
    answers = Await(Condition.SMTP_ANSWERS, smtp_address(p), ANSWER)
    closed = Await(Condition.PORT_CLOSED, smtp_address(p), GONE, on_undo=True)
    if p.choices.purpose == "restore":
        start = replace(start, note="port 25 opens; master and children are root's")
        why = "Without RunAsUser every child stays what the master is."
        ops = (*_undo_waits(p), closed, start, answers, _undo_drain(p))
        return Planned(ops, title="the relay runs as before", why=why)
    return Planned((*_undo_waits(p), closed, start, answers, _undo_drain(p)))


def _reload(p: Planning) -> Planned:
    """SIGHUP. It is undone once the old cf is back, by reload_back."""
    touches = p.platform.rebuilt_by_start()
    note = "the master reads the new cf; children of new connections step down"
    switch = RunCommand(_hangup(p), NOTHING, touches, derived=True, note=note)
    answers = Await(Condition.SMTP_ANSWERS, smtp_address(p), ANSWER)
    return Planned((switch, *_anew(p), answers, _undo_drain(p)))


def smtp_address(p: Planning) -> str:
    """Where the relay is asked: loopback where it listens there, its first address otherwise."""
    daemons = p.facts.daemons
    if isinstance(daemons, Unknown):
        return "127.0.0.1:25"
    return listening_address(daemons)


def listening_address(daemons: Daemons) -> str:
    """`ADDRESS:PORT` to speak SMTP to, port 25 before others, loopback before others.

    Another program's port is not Sendmail's, where their owners can be seen.
    """
    any_address = ("0.0.0.0", "*", "::", "[::]", "")  # noqa: S104  (compared, never bound)
    own = {one.pid for one in daemons.processes}
    mine = [one for one in daemons.listeners if one.pid in own] or list(daemons.listeners)
    found = [one for one in mine if one.port == 25] or mine
    addresses = [one.address.strip("[]") for one in found]
    if not addresses or any(a in any_address or a == "127.0.0.1" for a in addresses):
        return f"127.0.0.1:{found[0].port if found else 25}"
    return f"{addresses[0]}:{found[0].port}"


STOP = StepDefinition(
    id="service-stop",
    title="the relay stops",
    why="While files change hands nothing may write to the queue. Other hosts retry, so no mail "
    "is lost.",
    recipe="It's a good idea to shut down the running Sendmail daemon so that it doesn't get "
    "confused while we're in the middle of making changes.",
    stage="switch",
    plan=_stop,
    purposes=("migrate", "repair", "restore"),
    after=("candidate-maps", "candidate-accepted", "guard", "etc-aliases", "runtime-files"),
)

START = StepDefinition(
    id="service-start",
    title="the relay runs, its children unprivileged",
    why="The master must be root to bind port 25; every child that it forks for a connection "
    "becomes the account before it reads a byte.",
    recipe="Now start the Sendmail process [...] you may be surprised to see that it's still "
    "running as root. This is expected behavior.",
    stage="switch",
    plan=_start,
    purposes=("migrate", "repair", "restore"),
    after=("config-cf",),
)

REHEARSAL = StepDefinition(
    id="service-rehearsal",
    title="a reload that changes nothing",
    why="The switch will be a SIGHUP. A daemon that does not survive one is better found now, "
    "with the old cf in place.",
    recipe="",
    stage="switch",
    plan=_rehearsal,
    after=("candidate-maps", "candidate-accepted", "guard", "etc-aliases", "runtime-files"),
)

DRAIN_STEP = StepDefinition(
    id="service-drain",
    title="open sessions come to their end",
    why="Whoever is in the middle of sending is let finish, while port 25 goes on answering; only "
    "then does the queue change hands.",
    recipe="",
    stage="before",
    plan=_drain,
    purposes=("migrate", "repair", "restore"),
    after=(
        *("candidate-maps", "candidate-accepted", "guard", "etc-aliases", "runtime-files"),
        "service-rehearsal",
    ),
    before=("service-stop", "queue-owner"),
)

OLD_CHILDREN = StepDefinition(
    id="old-children",
    title="root's last children end",
    why="A child of the old daemon stays root for as long as its session lasts, and what it puts "
    "into the queue is root's: no child of the account would ever run that.",
    recipe="",
    stage="after",
    plan=_old_children,
    after=("service-start",),
    before=("queue-again",),
)
