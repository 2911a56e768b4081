"""m4's own words: which of them say that the built cf cannot be used."""

from __future__ import annotations

import pytest

from tests.facts.paper_host import PaperHost, text
from wizard.facts import config
from wizard.plans import Completed
from wizard.platforms.debian import Debian

DEBIAN = Debian("Debian", "systemd")
BUILT = b"V10/Berkeley\nMesmtp, P=[IPC]\nSparse=0\n"


def _problem(said: str) -> str:
    files = {
        DEBIAN.cf_path: text(BUILT.decode()),
        DEBIAN.mc_path: text("FEATURE(`x')\n"),
        DEBIAN.m4: text(""),
        f"{DEBIAN.cf_dir}/m4/cf.m4": text(""),
    }
    asked = f"{DEBIAN.m4} -"
    host = PaperHost(files, {asked: Completed(0, BUILT, said.encode())})
    return config.gather(host, DEBIAN).m4_problem


@pytest.mark.parametrize(
    "remark",
    [
        "",
        "WARNING: FEATURE(blacklist_recipients) is deprecated; "
        "use FEATURE(blocklist_recipients.m4).\n",
        "*** WARNING: FEATURE(`promiscuous_relay') configures your system as open\n"
        "\trelay.  Do NOT use it on a server that is connected to the Internet!\n",
    ],
)
def test_a_remark_of_the_macros_stops_nothing(remark: str) -> None:
    assert _problem(remark) == ""


@pytest.mark.parametrize(
    "fault",
    [
        "m4:stdin:12: ERROR: end of file in string\n",
        "m4:stdin:12: Warning: excess arguments to builtin `undefine' ignored\n",
        "*** ERROR: MAILER(`smtp') already included\n",
        "*** MAILER(`smtp') must appear before MAILER(`uucp')\n",
    ],
)
def test_a_fault_after_a_remark_is_still_one(fault: str) -> None:
    told = _problem("WARNING: FEATURE(a) is deprecated; use FEATURE(b).\n" + fault)
    assert told.splitlines()[0].endswith(fault.strip().rpartition("stdin:")[2])
    assert "deprecated" not in told
