"""A reboot of the practice relay: another PID 1 on the same root, everything started anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.opening import open_or_skip
from wizard.lab.practice import Init, Lab

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module", params=["systemd", "script"])
def rebooted(request: pytest.FixtureRequest) -> Iterator[tuple[Lab, int, bytes]]:
    """A lab after a reboot, with its PID 1 and machine id from before."""
    init: Init = request.param
    with open_or_skip(init=init) as lab:
        before, machine = lab.init_pid, lab.read("/etc/machine-id")
        lab.write("/root/kept", b"written before")
        lab.write("/run/gone", b"a tmpfs")
        lab.reboot()
        yield lab, before, machine


def test_another_pid_1_runs_on_the_same_root(rebooted: tuple[Lab, int, bytes]) -> None:
    lab, before, machine = rebooted
    assert lab.alive()
    assert lab.init_pid != before
    assert not Path(f"/proc/{before}").exists()
    assert lab.read("/root/kept") == b"written before"
    assert lab.read("/etc/machine-id") == machine
    with pytest.raises(FileNotFoundError):
        lab.read("/run/gone")


def test_the_relay_was_stopped_and_started_by_its_init(rebooted: tuple[Lab, int, bytes]) -> None:
    lab = rebooted[0]
    starts = lab.read("/var/log/mail.log").count(b"starting daemon")
    assert starts == 2
    done = lab.run(["ps", "-eo", "user=,args="])
    masters = [x for x in done.stdout.decode().splitlines() if "accepting connections" in x]
    assert [row.split()[0] for row in masters] == ["root"]


def test_sendmails_packages_are_at_hand_without_a_network(
    rebooted: tuple[Lab, int, bytes],
) -> None:
    listed = rebooted[0].run(["ls", "/opt/packages"]).stdout.decode()
    for name in ("sendmail", "sendmail-base", "sendmail-bin", "sendmail-cf"):
        assert f"{name}_8." in listed
