from __future__ import annotations

import pytest

from tests.checks.cases import Case, finds, judge, passes
from tests.checks.doors import SSL_CERT, acl, directory, file, leading, relay, socket
from wizard.api import Subject
from wizard.facts.logins import PASSWORDS, SOCKET
from wizard.model import FileState, Severity

CHECK = "needs.logins"
MUX = "/run/saslauthd/mux"


def _mux(above: FileState, end: FileState | None = None) -> Subject:
    end = end or socket(0o777, 0, 0)
    return relay(logins=(leading(MUX, SOCKET, end, {"run_saslauthd": above}),))


def _passwords(end: FileState) -> Subject:
    return relay(logins=(leading("/etc/sasldb2", PASSWORDS, end),))


CASES = (
    passes("nobody logs in", relay(), "Nothing in the file system"),
    passes("a directory that all may search", _mux(directory(0o711)), "1 way"),
    passes("an ACL, which the kernel minds", _mux(directory(0o710, xattrs=acl(5)))),
    passes("passwords that all may read", _passwords(file(0o644))),
    finds(
        "Debian's own directory",
        _mux(directory(0o710, gid=SSL_CERT)),
        Severity.OVERRIDABLE,
        "/run/saslauthd  root:ssl-cert 0710",
        "chmod o+x /run/saslauthd",
        "dpkg-statoverride --force-statoverride-add --update --add root sasl 0711 /run/saslauthd",
        "--accept needs.logins=REASON",
    ),
    finds(
        "a socket that is closed itself",
        _mux(directory(0o755), socket(0o770, 0, SSL_CERT)),
        Severity.OVERRIDABLE,
        "chmod o+rw /run/saslauthd/mux",
    ),
    finds(
        "the password database as Debian makes it",
        _passwords(file(0o660, gid=SSL_CERT)),
        Severity.OVERRIDABLE,
        "/etc/sasldb2  root:ssl-cert 0660",
        "chgrp sendmail /etc/sasldb2",
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_needs_logins(case: Case) -> None:
    judge(CHECK, case)
