from __future__ import annotations

import pytest

from tests.checks.cases import Case, finds, judge, passes, unknown
from tests.checks.doors import SSL_CERT, acl, directory, file, leading, relay
from wizard.api import Subject
from wizard.model import FileState, Severity

CHECK = "needs.tls-keys"
OFFERS = ("PIPELINING", "STARTTLS", "HELP")
TLS = "/etc/mail/tls/relay.key"
PRIVATE = "/etc/ssl/private/relay.key"
LIVE = "/etc/letsencrypt/live/relay/privkey.pem"


def _key(
    path: str, end: FileState, role: str = "ServerKeyFile", **on_the_way: FileState
) -> Subject:
    return relay(keys=(leading(path, role, end, on_the_way),), offers=OFFERS)


CLOSED = _key(PRIVATE, file(0o640, gid=SSL_CERT), etc_ssl_private=directory(0o710, gid=SSL_CERT))
CASES = (
    passes("none named", relay(), "No TLS keys"),
    passes("root's alone, below /etc/mail", _key(TLS, file(0o600)), "STARTTLS is offered"),
    passes("closed, below /etc/mail", _key(TLS, file(0o600), etc_mail_tls=directory(0o700))),
    passes("of smmsp", _key(TLS, file(0o640, gid=104))),
    passes("elsewhere, root's alone", _key("/etc/sendmail/relay.key", file(0o600))),
    passes("a certificate for all", _key("/etc/ssl/certs/x.pem", file(0o644), "ServerCertFile")),
    passes("an open CA directory", _key("/etc/ssl/certs", directory(0o755), "CACertPath")),
    finds(
        "a closed CA directory",
        _key("/srv/ca", directory(0o700), "CACertPath"),
        Severity.BLOCKER,
        "/srv/ca  root:root 0700",
    ),
    finds(
        "behind a closed directory",
        CLOSED,
        Severity.BLOCKER,
        "/etc/ssl/private  root:ssl-cert 0710",
        "/etc/mail/sendmail.cf:7  ServerKeyFile",
        "install -o root -g root -m 0640 /etc/ssl/private/relay.key /etc/mail/tls/relay.key",
        "define(`confSERVER_KEY', `/etc/mail/tls/relay.key')dnl",
        "second group",
    ),
    finds(
        "of letsencrypt",
        _key(LIVE, file(0o600), etc_letsencrypt_live=directory(0o700)),
        Severity.BLOCKER,
        "/etc/letsencrypt/live  root:root 0700",
        "renewal-hooks/deploy",
        '"$RENEWED_LINEAGE/privkey.pem" /etc/mail/tls/privkey.pem',
    ),
    finds(
        "readable by others' group only",
        _key("/etc/pki/relay.key", file(0o640, gid=SSL_CERT)),
        Severity.BLOCKER,
        "shared with a group of others",
        "root:ssl-cert 0640",
    ),
    finds(
        "readable by an ACL only",
        _key(TLS, file(0o640, xattrs=acl(0))),
        Severity.BLOCKER,
        "an ACL only",
    ),
    passes("with an ACL that leaves the group its own", _key(TLS, file(0o640, xattrs=acl(4)))),
    finds(
        "in a directory that others write",
        _key("/srv/keys/relay.key", file(0o644), srv_keys=directory(0o777)),
        Severity.BLOCKER,
        "chmod go-w /srv/keys",
    ),
    finds(
        "with a second name",
        _key("/srv/keys/relay.key", file(0o600, nlink=2)),
        Severity.BLOCKER,
        "has 2 names",
    ),
    finds(
        "not offered today",
        relay(keys=(leading(TLS, "ServerKeyFile", file(0o600)),), offers=("HELP",)),
        Severity.INFO,
        "STARTTLS is not offered now",
    ),
    unknown(
        "Sendmail gives no answer",
        relay(
            keys=(leading(TLS, "ServerKeyFile", file(0o600)),), unasked="sendmail -bs: exit code 78"
        ),
        "exit code 78",
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_needs_tls_keys(case: Case) -> None:
    judge(CHECK, case)
