"""Stopping the relay before the switch and starting it after."""

from __future__ import annotations

from msgspec.structs import replace

from wizard.errors import Refused
from wizard.facts.model import Daemons, Unknown
from wizard.plans import Await, Command, Condition, Op, RunCommand
from wizard.steps.base import Planned, Planning, StepDefinition
from wizard.steps.differs import switch_needed

NOTHING = Command(("/bin/true",))
"The undo of what needs none."
DRAIN = 60.0
"Seconds given to sessions that the old daemon has open."
GONE = 10.0
"Seconds for a stopped daemon to leave its port; one that the service manager lost is then ended."
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
    drained = Await(Condition.NO_SENDMAIL_CHILDREN, p.platform.sendmail, DRAIN, fatal=False)
    closed = Await(Condition.PORT_CLOSED, smtp_address(p), GONE)
    return Planned((answers, stop, closed, drained))


def _rehearsal(p: Planning) -> Planned | None:
    if p.choices.switch != "reload" or not switch_needed(p):
        return None
    answers = Await(Condition.SMTP_ANSWERS, smtp_address(p), ANSWER)
    rehearsed = RunCommand(p.platform.reload_command(), NOTHING, note="the old cf once more")
    return Planned((rehearsed, answers))


def reload_back(p: Planning) -> tuple[Op, ...]:
    """For a switch by reload: what the undo does between the old cf and the old queue.

    The master reads the old cf, and the last unprivileged children end, while the queue is still
    theirs: a child that lost it in the middle of a delivery would deliver twice.
    """
    if p.choices.switch != "reload":
        return ()
    idle = Await(Condition.ACCOUNT_IDLE, str(p.account.uid), DRAIN, on_undo=True)
    answers = Await(Condition.SMTP_ANSWERS, smtp_address(p), ANSWER, on_undo=True)
    reload = p.platform.reload_command()
    return (idle, answers, RunCommand(reload, reload, only_undo=True))


def _start(p: Planning) -> Planned | None:
    if not switch_needed(p):
        still = Await(Condition.SMTP_ANSWERS, smtp_address(p), ANSWER)
        return Planned((still,), stage="after")
    if p.choices.switch == "reload":
        return _reload(p)
    idle = Await(Condition.ACCOUNT_IDLE, str(p.account.uid), DRAIN, on_undo=True)
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
        return Planned((idle, closed, start, answers), title="the relay runs as before", why=why)
    return Planned((idle, closed, start, answers))


def _reload(p: Planning) -> Planned:
    """SIGHUP. It is undone once the old cf is back, by reload_back."""
    touches = p.platform.rebuilt_by_start()
    note = "the master reads the new cf; children of new connections step down"
    switch = RunCommand(p.platform.reload_command(), NOTHING, touches, derived=True, note=note)
    return Planned((switch, Await(Condition.SMTP_ANSWERS, smtp_address(p), ANSWER)))


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
