"""What the log proof takes for trouble: our own faults, not what others can write into a log."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.facts.paper_host import PaperHost, text
from wizard.platforms.debian import Debian
from wizard.probes.log_watch import LogWatch

PREFIX = "2026-11-22T08:00:00.0+00:00 relay1 sm-mta[1]: "
LOG = "/var/log/mail.log"


class LogHost(PaperHost):
    """A host on paper whose log grows after the watch was set up."""

    def read_from(self, path: str, offset: int) -> bytes:
        return (self.files[path].content or b"")[offset:]


@pytest.fixture
def watched() -> Callable[..., LogWatch]:
    def make(*lines: str) -> LogWatch:
        host = LogHost({LOG: text("old: collect: Cannot write\n")})
        watch = LogWatch(host, Debian("Debian", "systemd"))
        watch._since = 0.0
        grown = (host.files[LOG].content or b"").decode() + "".join(f"{PREFIX}{x}\n" for x in lines)
        host.files[LOG] = text(grown)
        return watch

    return make


@pytest.mark.parametrize(
    "line",
    [
        'SYSERR(sendmail): hash map "mailertable": unsafe map file /etc/mail/mailertable.db',
        "NOQUEUE: SYSERR(root): gatherq: cannot open",
        "6AM: Losing ./qf6AM: bogus file uid 12",
        "Milter (x): local socket name /run/x unsafe",
        "6AM: SYSERR(sendmail): collect: Cannot write ./df6AM (bfcommit, uid=997, gid=997)",
    ],
)
def test_our_faults_are_trouble(watched: Callable[..., LogWatch], line: str) -> None:
    bad, _harmless = watched(line).trouble("sendmail")
    assert len(bad) == 1


@pytest.mark.parametrize(
    "line",
    [
        "NOQUEUE: SYSERR(bob): can not chdir(/var/spool/mqueue/): Permission denied",
        '6AM: from=<"unsafe map file"@evil.example>, size=1, proto=ESMTP',
        "6AM: to=<x@example.org>, stat=Sent (ok)",
    ],
)
def test_what_others_can_have_logged_is_not(watched: Callable[..., LogWatch], line: str) -> None:
    assert watched(line).trouble("sendmail") == ([], [])


def test_known_and_harmless_is_named(watched: Callable[..., LogWatch]) -> None:
    watch = watched(
        "daemon could not open control socket /run/x: Permission denied",
        "6AM: SYSERR(root): collect: Cannot write ./df6AM (bfcommit, uid=0, gid=104)",
    )
    bad, harmless = watch.trouble("sendmail")
    assert bad == []
    assert len(harmless) == 2


def test_what_was_logged_before_does_not_count(watched: Callable[..., LogWatch]) -> None:
    assert watched().lines() == []
