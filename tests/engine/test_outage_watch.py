"""The watch tells gaps of a few milliseconds, by the kernel's own list of listeners."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest

from wizard.host.local import LocalReader
from wizard.probes.outage import OutageWatch, listening
from wizard.probes.sock_diag import Listeners


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with opened(0) as made:
        yield made


def opened(port: int, ip: str = "127.0.0.1") -> socket.socket:
    made = socket.socket(socket.AF_INET6 if ":" in ip else socket.AF_INET)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind((ip, port))
    made.listen()
    return made


def port_of(one: socket.socket) -> int:
    return int(one.getsockname()[1])


def test_the_kernel_tells_who_listens_as_its_tables_do(listener: socket.socket) -> None:
    port, host = port_of(listener), LocalReader()
    for address, there in ((f"127.0.0.1:{port}", True), (f"127.0.0.2:{port}", False)):
        asked = Listeners(address)
        assert asked.up() is listening(host, address) is there
        asked.close()


@pytest.mark.parametrize("ip", ["0.0.0.0", "::"])
def test_a_listener_on_all_addresses_serves_each(ip: str) -> None:
    with opened(0, ip) as everywhere:
        asked = Listeners(f"127.0.0.1:{port_of(everywhere)}")
        assert asked.up()
        asked.close()


def test_a_gap_is_as_long_as_it_was(listener: socket.socket) -> None:
    port = port_of(listener)
    told: list[tuple[float, bool]] = []
    watch = OutageWatch(LocalReader(), f"127.0.0.1:{port}", lambda *gap: told.append(gap))
    watch.start()
    time.sleep(0.1)
    begun = time.monotonic()
    listener.close()
    time.sleep(0.02)
    again = opened(port)
    lasted = time.monotonic() - begun
    time.sleep(0.1)
    seconds = watch.stop()
    again.close()
    assert [over for _seconds, over in told] == [False, True]
    assert told[-1][0] == seconds
    assert 0 < seconds <= lasted + 0.1


def test_a_port_that_stays_open_has_no_gap(listener: socket.socket) -> None:
    told: list[bool] = []
    address = f"127.0.0.1:{port_of(listener)}"
    watch = OutageWatch(LocalReader(), address, lambda _seconds, over: told.append(over))
    watch.start()
    time.sleep(0.05)
    assert watch.stop() == 0
    assert told == []
