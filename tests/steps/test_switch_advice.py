"""Which switch is recommended, from how the daemon was started."""

from __future__ import annotations

from typing import cast

import pytest

from wizard.facts.model import Daemons, Facts, Instance, Queues, Unknown
from wizard.model import Process
from wizard.switch_advice import advise, why_no_reload

DAEMON = Instance(
    226, 0, "sendmail: MTA: accepting connections", "daemon", "/run/p", "/usr/sbin/sendmail-mta -bd"
)
QUEUES = Queues(("/var/spool/mqueue",), (), 0)


class Known:
    """The two facts that an advice rests on."""

    def __init__(self, daemons: Daemons | Unknown) -> None:
        self.daemons = daemons
        self.queues = QUEUES


def known(*instances: Instance, unseen: str = "", titles: tuple[str, ...] = ()) -> Facts:
    processes = tuple(
        Process(n, 1, "root", (0, 0, 0), f"sendmail: {title}") for n, title in enumerate(titles, 2)
    )
    return cast(Facts, Known(Daemons((), processes, instances, unseen)))


def started(command: str) -> Instance:
    return Instance(226, 0, "sendmail: accepting connections", "daemon", "/run/p", command)


def test_one_daemon_started_by_its_path_is_reloaded() -> None:
    found = advise(known(DAEMON))
    assert (found.switch, set(found.seconds)) == ("reload", {"reload", "restart"})
    assert found.seconds["reload"] < found.seconds["restart"]


def test_a_daemon_started_without_its_path_cannot_be() -> None:
    facts = known(started("sendmail -bd -q10m"))
    assert "without its path" in why_no_reload(facts)
    found = advise(facts)
    assert (found.switch, set(found.seconds)) == ("restart", {"restart"})


def test_a_runner_of_the_mta_s_queue_would_end_and_the_clients_would_not() -> None:
    title = "sendmail: Queue runner@00:10:00 for /var/spool/mqueue"
    own = Instance(300, 0, title, "queue runner", queue="/var/spool/mqueue")
    assert "pid 300" in why_no_reload(known(DAEMON, own))
    client = Instance(301, 102, title + "-client", "queue runner", queue="/var/spool/mqueue-client")
    assert why_no_reload(known(DAEMON, client)) == ""


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        (cast(Facts, Known(Unknown("no ss"))), "not known (no ss)"),
        (known(DAEMON, unseen="hidepid"), "hidepid"),
        (known(), "No daemon was seen"),
        (known(started("")), "no pid file tells it"),
        (known(DAEMON, started("/usr/sbin/sendmail -bd -C /etc/mail/other.cf")), "2 daemons"),
    ],
)
def test_what_is_not_known_is_restarted_and_said(facts: Facts, word: str) -> None:
    found = advise(facts)
    assert found.switch == "restart"
    assert word in found.why


def test_where_a_restart_would_leave_no_daemon_only_a_reload_can_be() -> None:
    found = advise(known(DAEMON), no_restart="There is no .mc")
    assert (found.switch, set(found.seconds)) == ("reload", {"reload"})


def test_open_sessions_are_told_beside_it() -> None:
    facts = known(DAEMON, titles=("accepting connections", "server a [192.0.2.7] cmd read"))
    assert advise(facts).beside.startswith("1 session or delivery is under way now: let finish")
    assert "none is waited for" in advise(facts, drain=0).beside
