"""The relay with keys, a milter and every kind of port is what its file says, under both inits."""

import time

import pytest

from tests.lab.opening import open_or_skip
from wizard.lab.practice import Init, Lab
from wizard.lab.practice_milter import INIT_SCRIPT, NAME, SOCKET

ASK = """
import smtplib, ssl
for address, port in (("127.0.0.1", 25), ("127.0.0.1", 587), ("198.51.100.25", 25), ("::1", 25)):
    with smtplib.SMTP(address, port, timeout=10) as client:
        client.ehlo()
        print(address, port, client.has_extn("starttls"))
anyone = ssl._create_unverified_context()
with smtplib.SMTP_SSL("127.0.0.1", 465, timeout=10, context=anyone) as client:
    print("127.0.0.1", 465, client.noop()[0])
"""


def said(lab: Lab, *argv: str) -> str:
    done = lab.run(argv)
    return (done.stdout + done.stderr).decode()


def restart_milter(lab: Lab) -> None:
    if lab.init == "systemd":
        said(lab, "systemctl", "restart", NAME)
    else:
        said(lab, INIT_SCRIPT, "restart")


def inode(lab: Lab) -> str:
    return said(lab, "stat", "-c", "%i %y", SOCKET)


@pytest.mark.parametrize("init", ["systemd", "script"])
def test_it_offers_tls_on_every_port_and_asks_the_milter(init: Init) -> None:
    with open_or_skip("milter-tls", init=init) as lab:
        assert said(lab, "python3", "-c", ASK).splitlines() == [
            "127.0.0.1 25 True",
            "127.0.0.1 587 True",
            "198.51.100.25 25 True",
            "::1 25 True",
            "127.0.0.1 465 250",
        ]
        assert all(b"X-Practice-Milter: yes" in one.content for one in lab.messages())
        assert len(lab.messages()) == 2
        assert "  esmtp" in said(lab, "mailstats")
        assert " 127.0.0.2 " in said(lab, "hoststat")
        closed = lab.manifest("/run/practice-milter")
        assert (closed["/run/practice-milter"].mode, closed[SOCKET].mode) == (0o750, 0o660)
        assert (closed[SOCKET].owner_name, closed[SOCKET].group_name) == (NAME, NAME)


@pytest.mark.parametrize("init", ["systemd", "script"])
def test_its_socket_is_made_anew_by_each_start(init: Init) -> None:
    with open_or_skip("milter-tls", init=init) as lab:
        said(lab, "chmod", "0666", SOCKET)
        before = inode(lab)
        restart_milter(lab)
        assert inode(lab) != before
        assert lab.manifest(SOCKET)[SOCKET].mode == 0o660
        send = ["/usr/bin/python3", "-P", "-m", "wizard.lab.observe", "send"]
        done = lab.run(
            [*send, "a@example.com", "again@example.org", "x"],
            env={"PYTHONPATH": "/opt/stepdown/app"},
        )
        assert done.returncode == 0, done.stderr
        end = time.monotonic() + 10
        while len(lab.messages()) < 3 and time.monotonic() < end:
            time.sleep(0.05)
        assert b"X-Practice-Milter: yes" in lab.messages()[-1].content
