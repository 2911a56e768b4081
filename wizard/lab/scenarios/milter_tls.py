"""A relay with all that the children must reach besides maps and queue: keys, a milter, files."""

from wizard.lab.practice_milter import FILTER, INIT_SCRIPT, put_milter
from wizard.lab.relay_host import HISTORY, build_relay
from wizard.lab.seeding import Scenario, Seed

HOST_STATUS = "/var/lib/sendmail/host_status"
STATISTICS = "/var/lib/sendmail/sendmail.st"
PARAMETERS = "/etc/mail/tls/sendmail-common.prm"
ADDED = (
    "DAEMON_OPTIONS(`Family=inet, Name=TLS-v4, Port=smtps, M=s, Addr=127.0.0.1')dnl",
    "DAEMON_OPTIONS(`Family=inet6, Name=MTA-v6, Port=smtp, Addr=::1')dnl",
    f"define(`confHOST_STATUS_DIRECTORY', `{HOST_STATUS}')dnl",
    "include(`/etc/mail/tls/starttls.m4')dnl",
    FILTER,
)


def seed(host: Seed) -> None:
    """Keys as Debian's own update_tls makes them, then the relay that names them."""
    put_milter(host)
    _make_keys(host)
    build_relay(host, added=ADDED)
    # With the owners and modes of Debian's update_sys.
    host.run(["/usr/bin/install", "-g", "smmsp", "-m", "0640", "/dev/null", STATISTICS])
    host.run(["/usr/bin/install", "-d", "-g", "smmsp", "-m", "2755", HOST_STATUS])


def _make_keys(host: Seed) -> None:
    """The known group's parameters: new ones would take minutes now and then."""
    known = ("-algorithm", "DH", "-pkeyopt", "group:ffdhe2048", "-out", PARAMETERS)
    host.run(["/usr/bin/openssl", "genpkey", "-genparam", *known])
    host.run(["/usr/share/sendmail/update_tls"])


SCENARIO = Scenario(
    title="a relay with STARTTLS, a milter and every kind of port",
    purpose=(
        "What the children lose silently: the key, the milter's socket, the status files. "
        "Migrate it so that EHLO offers what it offered and the milter is still asked."
    ),
    seed=seed,
    after_boot=HISTORY,
    services=(INIT_SCRIPT,),
)
