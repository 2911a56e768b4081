"""Is the mail server of this host Sendmail, and is it the one on port 25?"""

from __future__ import annotations

from ipaddress import ip_address

from checks.evidence import conclude
from wizard.api import Finding, Severity, Subject, Verdict, check, known
from wizard.facts.model import Daemons, Listener, Sendmail

_ID = "host.sendmail"


@check(
    _ID,
    "Does Sendmail serve port 25?",
    rank=10,
    needs=("sendmail", "daemons"),
    severities=(Severity.BLOCKER, Severity.WARNING),
    why=(
        "The recipe is Sendmail's alone, and what this program proves holds only for mail "
        "that passes through Sendmail. What has to work after the change must work before "
        "it."
    ),
    remedy=(
        "Start Sendmail and see that it answers on port 25; stop any other program that "
        "listens there."
    ),
)
def host_sendmail(subject: Subject) -> Verdict:
    """This program takes Sendmail, and nothing else, from root children to unprivileged ones.

    Postfix, Exim and others bring a /usr/sbin/sendmail of their own, so the binary is asked what
    it is, and the process that listens on port 25 must be Sendmail's too, and be running: what is
    to be changed has to work before.
    """
    sendmail = known(subject.facts.sendmail)
    if not sendmail.is_sendmail:
        return conclude([_another_binary(sendmail)], "")
    daemons = known(subject.facts.daemons)
    on_25 = [listener for listener in daemons.listeners if listener.port == 25]
    if not on_25:
        return conclude([_nobody(daemons)], "")
    if all(listener.pid == 0 for listener in on_25):
        return conclude([_unseen(on_25)], "", unknown=True)
    masters = {process.pid for process in daemons.processes}
    own = [listener for listener in on_25 if listener.pid in masters]
    others = [listener for listener in on_25 if listener.pid and listener.pid not in masters]
    where = ", ".join(sorted({_shown(listener) for listener in own}))
    summary = f"{sendmail.version or sendmail.path} on {where}"
    return conclude(_beside(own, others), "Sendmail serves port 25", summary)


def _beside(own: list[Listener], others: list[Listener]) -> list[Finding]:
    """What other programs on port 25 mean.

    On a loopback address beside Sendmail it is a filter or a next hop, and nobody's concern.
    Where all that the network reaches is the other program's, Sendmail is not the MTA.
    """
    reachable = [listener for listener in others if not _is_loopback(listener)]
    if not own:
        return [_another_program(others, Severity.BLOCKER)]
    if not reachable:
        return []
    hidden = all(_is_loopback(listener) for listener in own)
    return [_another_program(reachable, Severity.BLOCKER if hidden else Severity.WARNING)]


def _is_loopback(listener: Listener) -> bool:
    try:
        return ip_address(listener.address).is_loopback
    except ValueError:
        return False


def _shown(listener: Listener) -> str:
    address = f"[{listener.address}]" if ":" in listener.address else listener.address
    return f"{address}:{listener.port}"


def _owner(listener: Listener) -> str:
    return f"{_shown(listener)}  pid {listener.pid}  {listener.exe or listener.title}"


def _another_binary(sendmail: Sendmail) -> Finding:
    return Finding(
        _ID,
        Severity.BLOCKER,
        "The mail server here is not Sendmail",
        (f"{sendmail.path}  {sendmail.says}",),
        "Other mail servers bring a lookalike of /usr/sbin/sendmail. The recipe is Sendmail's "
        "alone; the article says that Postfix and QMail need none.",
        "Nothing to do here: this host's mail server is not the one this program migrates.",
    )


def _nobody(daemons: Daemons) -> Finding:
    shown = tuple(f"pid {process.pid}  {process.title}" for process in daemons.processes)
    return Finding(
        _ID,
        Severity.BLOCKER,
        "Nobody listens on port 25",
        shown or ("no Sendmail process runs",),
        "What a relay does before the change is what it must do after it, so it has to run now.",
        "Start Sendmail, see that it answers (`telnet localhost 25`), then re-check.",
    )


def _unseen(listeners: list[Listener]) -> Finding:
    return Finding(
        _ID,
        Severity.BLOCKER,
        "Who listens on port 25 cannot be seen",
        tuple(f"{_shown(listener)}  owner not visible" for listener in listeners),
        "Only root sees whose socket it is, and it might be another program's.",
        "Run it again as root.",
    )


def _another_program(listeners: list[Listener], severity: Severity) -> Finding:
    return Finding(
        _ID,
        severity,
        "Another program listens on port 25",
        tuple(_owner(listener) for listener in listeners),
        "Mail that arrives at that program does not pass through Sendmail: what this migration "
        "proves would not hold for it.",
        "Stop it, or give port 25 to Sendmail, then re-check.",
    )
