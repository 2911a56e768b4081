"""Which directories a queue pattern makes the account's: its own, never a neighbour's."""

from __future__ import annotations

import pytest

from tests.facts.paper_host import DIRECTORY, PaperHost, link, text
from wizard.facts.cf import parse
from wizard.facts.queues import gather
from wizard.host.base import Unreadable
from wizard.model import FileState

MQUEUE = "/var/spool/mqueue"


class QueueHost(PaperHost):
    """A host on paper that counts no entries."""

    def count(self, path: str) -> int:
        return 0


def roots(pattern: str, files: dict[str, FileState], groups: str = "") -> tuple[str, ...]:
    cf = f"O QueueDirectory={pattern}\n{groups}"
    return gather(QueueHost(files), parse("sendmail.cf", cf), cf).roots


def test_one_directory() -> None:
    assert roots(MQUEUE, {MQUEUE: DIRECTORY}) == (MQUEUE,)


def test_the_parent_of_a_wildcard_goes_along_where_it_holds_queues_only() -> None:
    files = {MQUEUE: DIRECTORY, f"{MQUEUE}/q1": DIRECTORY, f"{MQUEUE}/q2": DIRECTORY}
    assert roots(f"{MQUEUE}/q*", files) == (MQUEUE,)


def test_a_queue_group_beside_a_wildcard_is_a_queue_like_any_other() -> None:
    files = {MQUEUE: DIRECTORY, f"{MQUEUE}/q1": DIRECTORY, f"{MQUEUE}/slow": DIRECTORY}
    assert roots(f"{MQUEUE}/q*", files, f"Qslow, P={MQUEUE}/slow, R=2\n") == (MQUEUE,)


def test_host_status_beside_the_queues_goes_along() -> None:
    files = {MQUEUE: DIRECTORY, f"{MQUEUE}/q1": DIRECTORY, f"{MQUEUE}/.hoststat": DIRECTORY}
    assert roots(f"{MQUEUE}/q*", files, "O HostStatusDirectory=.hoststat\n") == (MQUEUE,)
    assert roots(f"{MQUEUE}/q*", files) == (f"{MQUEUE}/q1",)


def test_a_part_of_a_split_queue_behind_a_link_is_re_owned_where_it_is() -> None:
    files = {MQUEUE: DIRECTORY, f"{MQUEUE}/qf": link("/data/qf"), "/data/qf": DIRECTORY}
    files |= {f"{MQUEUE}/df": DIRECTORY}
    assert roots(MQUEUE, files) == ("/data/qf", MQUEUE)


def test_another_file_system_below_a_queue_is_told_by_itself() -> None:
    """What keeps to one file system would pass it by; it is re-owned before what holds it."""
    files = {MQUEUE: DIRECTORY, f"{MQUEUE}/q1": DIRECTORY, f"{MQUEUE}/q2": DIRECTORY}
    files["/proc/self/mountinfo"] = text(f"9 1 0:5 / {MQUEUE}/q2 rw - tmpfs none rw\n")
    assert roots(f"{MQUEUE}/q*", files) == (f"{MQUEUE}/q2", MQUEUE)


def test_a_neighbour_in_the_parent_keeps_it_out() -> None:
    files = {MQUEUE: DIRECTORY, f"{MQUEUE}/q1": DIRECTORY, f"{MQUEUE}/others": DIRECTORY}
    assert roots(f"{MQUEUE}/q*", files) == (f"{MQUEUE}/q1",)


def test_the_spool_itself_is_never_a_queue() -> None:
    files = {"/var/spool": DIRECTORY, "/var/spool/mq1": DIRECTORY, "/var/spool/mq2": DIRECTORY}
    assert roots("/var/spool/mq*", files) == ("/var/spool/mq1", "/var/spool/mq2")


def test_a_queue_behind_a_link_is_re_owned_where_it_is() -> None:
    files = {
        MQUEUE: DIRECTORY,
        f"{MQUEUE}/q1": DIRECTORY,
        f"{MQUEUE}/q2": link("/data/q2"),
        "/data/q2": DIRECTORY,
    }
    assert roots(f"{MQUEUE}/q*", files) == ("/data/q2", MQUEUE)


def test_queue_groups_too() -> None:
    files = {MQUEUE: DIRECTORY, "/data/slow": DIRECTORY}
    group = "Qslow, P=/data/slow, F=f, r=10\n"
    assert roots(MQUEUE, files, group) == ("/data/slow", MQUEUE)


def test_split_queues_are_told() -> None:
    files = {MQUEUE: DIRECTORY, f"{MQUEUE}/qf": DIRECTORY, f"{MQUEUE}/df": DIRECTORY}
    cf = f"O QueueDirectory={MQUEUE}\n"
    found = gather(QueueHost(files), parse("sendmail.cf", cf), cf)
    assert found.directories[0].subdirectories == ("df", "qf")


def test_a_queue_that_is_not_there_is_unknown_not_empty() -> None:
    with pytest.raises(Unreadable, match="no such queue directory"):
        roots(MQUEUE, {"/etc/passwd": text("x")})
