"""Faults of what else the children must reach: keys, a milter, statistics, host status."""

from __future__ import annotations

from tests.engine.relay import Relay
from tests.faults.effects import stuck
from tests.faults.fault import Act, Effect, Fault

CF = "/etc/mail/sendmail.cf"
TLS = "/etc/mail/tls"
KEY = f"{TLS}/sendmail-common.key"
CERTIFICATE = f"{TLS}/sendmail-server.crt"
SOCKET = "/run/practice-milter/milter.sock"
STATISTICS = "/var/lib/sendmail/sendmail.st"
HOST_STATUS = "/var/lib/sendmail/host_status"
OFFERS = """
import smtplib, sys
with smtplib.SMTP("127.0.0.1", 25) as session:
    session.ehlo()
    sys.exit(not session.has_extn("starttls"))
"""


def no_starttls(relay: Relay) -> bool:
    """EHLO does not offer it any more."""
    return relay.lab.run(["/usr/bin/python3", "-c", OFFERS]).returncode == 1


def _door(
    fault_id: str,
    title: str,
    seed: Act,
    proofs: tuple[str, ...],
    name: str,
    effect: Effect,
    *touches: str,
    heal: Act = "",
    reloads: bool = False,
    held: bool = True,
) -> Fault:
    return Fault(
        fault_id,
        title,
        seed,
        proofs,
        (name,),
        effect,
        touches=touches,
        heal=heal,
        reloads=reloads,
        held=held,
        scenario="milter-tls",
    )


KEYS = ("keys.usable", "ehlo.offers")
MILTER = ("milters.answer",)
STATUS = ("status.files",)

FAULTS = (
    _door(
        "key-of-root",
        "The TLS key is root's alone: STARTTLS disappears from EHLO, without a word",
        f"chown root:root {KEY}; chmod 0600 {KEY}",
        KEYS,
        KEY,
        no_starttls,
        KEY,
        reloads=True,
    ),
    _door(
        "key-world-readable",
        "Anybody may read the TLS key: Sendmail does not use such a key",
        f"chmod 0644 {KEY}",
        KEYS,
        KEY,
        no_starttls,
        KEY,
        reloads=True,
    ),
    _door(
        "key-directory-closed",
        "The directory of the keys is closed to the account",
        f"chmod 0700 {TLS}",
        ("keys.usable",),
        TLS,
        "sendmail -q; sleep 0.2; grep -q 'STARTTLS=client: file .*unsafe' /var/log/mail.log",
        TLS,
        reloads=True,
    ),
    _door(
        "certificate-closed",
        "The certificate cannot be read",
        f"chown root:root {CERTIFICATE}; chmod 0600 {CERTIFICATE}",
        KEYS,
        CERTIFICATE,
        no_starttls,
        CERTIFICATE,
        reloads=True,
    ),
    _door(
        "key-gone",
        "There is no key any more",
        f"rm {KEY}",
        KEYS,
        KEY,
        no_starttls,
        KEY,
        reloads=True,
    ),
    _door(
        "milter-socket-closed",
        "The milter's socket may not be written by the account",
        f"chmod 0750 {SOCKET}",
        MILTER,
        SOCKET,
        stuck,
        SOCKET,
    ),
    _door(
        "milter-passed-by",
        "A milter out of reach, without F=, and not logged: mail passes it by without a word",
        f"sed -i 's/^\\(Xpractice, S=[^,]*\\), F=[TR4]/\\1/; /^O RunAsUser/a O Milter.LogLevel=0'"
        f" {CF}; reload; chmod 0750 {SOCKET}",
        MILTER,
        SOCKET,
        f"not account test -w {SOCKET}",
        CF,
        SOCKET,
        heal="reload",
    ),
    _door(
        "milter-directory-closed",
        "The directory of the milter's socket is closed to the account",
        "chmod 0700 /run/practice-milter",
        MILTER,
        "/run/practice-milter",
        stuck,
        "/run/practice-milter",
    ),
    _door(
        "milter-gone",
        "The milter does not run",
        "systemctl stop practice-milter",
        MILTER,
        SOCKET,
        stuck,
        heal="systemctl start practice-milter; for turn in $(seq 100); do"
        f" if account test -w {SOCKET}; then exit 0; fi; sleep 0.1; done; exit 1",
        held=False,
    ),
    _door(
        "statistics-unwritable",
        "StatusFile cannot be written: mailstats stops counting, and nothing is logged",
        f"chown root:smmsp {STATISTICS}; chmod 0640 {STATISTICS}",
        STATUS,
        STATISTICS,
        f"not account test -w {STATISTICS}",
        STATISTICS,
    ),
    _door(
        "host-status-of-root",
        "HostStatusDirectory is not the account's: what is learnt of other hosts is lost",
        f"chown root:smmsp {HOST_STATUS}; chmod 2755 {HOST_STATUS}",
        STATUS,
        HOST_STATUS,
        f"not account test -w {HOST_STATUS}",
        HOST_STATUS,
    ),
    _door(
        "escape-tls-m4",
        "The account may write the file of TLS settings that the .mc includes",
        f"chmod g+w {TLS}/starttls.m4",
        ("account.escape",),
        f"{TLS}/starttls.m4",
        f"account test -w {TLS}/starttls.m4",
        f"{TLS}/starttls.m4",
    ),
)
