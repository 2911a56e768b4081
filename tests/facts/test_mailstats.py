from __future__ import annotations

import pytest

from tests.facts.paper_host import DIRECTORY, PaperHost, text
from wizard.facts.cf_model import Cf
from wizard.facts.mail_model import MailStats
from wizard.facts.mailstats import gather
from wizard.host.base import Unreadable
from wizard.plans import Completed
from wizard.platforms.debian import Debian

DEBIAN = Debian("Debian", "systemd")
PATH = "/var/lib/sendmail/sendmail.st"
BINARY = "/usr/libexec/sendmail/mailstats"
PRINTED = b"""\
1795345495 1795604698
 3        2          2        1          1        0       0       0  local
 5        0          0       12          1        0       0       0  esmtp
 T        2          2       13          2        0       0       0
 C        2        1      0
"""


def _cf(path: str = PATH) -> Cf:
    return Cf("/etc/mail/sendmail.cf", {"StatusFile": (path,)}, (), (), (), {}, 1)


def _host(answer: Completed) -> PaperHost:
    return PaperHost({PATH: text("counts"), BINARY: text("")}, {f"{BINARY} -P": answer})


def test_what_mailstats_prints() -> None:
    found = gather(_host(Completed(0, PRINTED)), DEBIAN, _cf())
    assert found.delivered == {"local": 1, "esmtp": 12}
    assert (found.path, found.exists, found.since) == (PATH, True, "2026-11-22 11:04 UTC")
    assert found.days is not None and round(found.days, 1) == 3.0


def test_no_file_and_an_empty_one() -> None:
    assert gather(PaperHost(), DEBIAN, _cf()) == MailStats(PATH, False)
    assert gather(PaperHost(), DEBIAN, Cf("x", {}, (), (), (), {}, 1)) == MailStats("", False)
    assert gather(PaperHost({PATH: text("")}), DEBIAN, _cf()) == MailStats(PATH, True)


@pytest.mark.parametrize(
    ("host", "says"),
    [
        (_host(Completed(71, b"", b"mailstats: incorrect magic number in x")), "magic"),
        (_host(Completed(71)), "exit code 71"),
        (_host(Completed(0, b"Statistics from Sun")), "not understood"),
        (_host(Completed(0, b"")), "not understood"),
        (PaperHost({PATH: text("x")}), "not installed"),
        (PaperHost({PATH: DIRECTORY}), "not a file"),
    ],
)
def test_what_cannot_be_read(host: PaperHost, says: str) -> None:
    with pytest.raises(Unreadable, match=says):
        gather(host, DEBIAN, _cf())
