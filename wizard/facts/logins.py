"""What a child must reach to let a client log in: SMTP AUTH by Cyrus SASL (RFC 4954).

The daemon reads SASL's own Sendmail.conf as root, once. Its children ask saslauthd and read the
password database by themselves, by the kernel's rules; the group `sasl` is one that they drop.
Seen on the live relay: AUTH is offered as before, and every client is answered 535.
"""

from __future__ import annotations

import re
from contextlib import suppress
from posixpath import basename

from wizard.facts.cf_model import Cf
from wizard.facts.passages import passage
from wizard.facts.way_model import Passage
from wizard.host.base import HostReader, NotRecorded
from wizard.model import Kind
from wizard.plans import Command

CONFIG = "Sendmail.conf"
PLACES = ("/etc/sasl2", "/etc/sasl", "/usr/local/lib/sasl2", "/usr/local/etc/sasl2")
"Where libsasl2 looks for it, but for its plugins' own directories."
LIBRARIES = ("/usr/lib", "/usr/lib64", "/lib", "/lib64")
MUX = ("/run/saslauthd/mux", "/var/run/saslauthd/mux", "/var/state/saslauthd/mux")
"saslauthd's socket, where Sendmail.conf names none."
COURIER = "/var/run/courier/authdaemon/socket"
DATABASE = "/etc/sasldb2"
LIST = (
    "/usr/sbin/sasldblistusers2",
    "/usr/bin/sasldblistusers2",
    "/usr/local/sbin/sasldblistusers2",
)
SETTING = re.compile(r"^\s*(\w+)\s*:\s*(.*?)\s*$", re.MULTILINE)
SOCKET, PASSWORDS, KEYTAB = "saslauthd's socket", "SASL's user database", "Kerberos keytab"
"Roles."


def configured(cf: Cf) -> bool:
    """Whether the cf says anything of SMTP AUTH."""
    return "TrustAuthMech" in cf.classes or any(name.startswith("Auth") for name in cf.options)


def wanted(host: HostReader, cf: Cf) -> bool:
    """Whether clients may be meant to log in: AUTH is offered by default where SASL can.

    A cf that says nothing of it leaves that to SASL: then its Sendmail.conf tells. Raises
    Unreadable.
    """
    if configured(cf):
        return True
    with suppress(NotRecorded):  # a recording that was made before this was asked
        return bool(_settings(host)[0])
    return False


def gather(host: HostReader, cf: Cf) -> tuple[Passage, ...]:
    """The way to each of them that is there. Raises Unreadable."""
    path, told = _settings(host)
    place = path or cf.place("O AuthMechanisms")
    found = [(SOCKET, one) for one in _sockets(host, told)]
    if database := _database(host, told):
        found.append((PASSWORDS, database))
    if keytab := told.get("keytab", "").removeprefix("FILE:"):
        found.append((KEYTAB, keytab))
    there = ((role, path) for role, path in found if host.state(host.resolve(path)).exists)
    return tuple(passage(host, path, role, place) for role, path in there)


def _settings(host: HostReader) -> tuple[str, dict[str, str]]:
    """Of the first Sendmail.conf: libsasl2 reads no other. Lower-case names."""
    for directory in (*PLACES, *_plugins(host)):
        path = f"{directory}/{CONFIG}"
        state = host.state(host.resolve(path), content=True)
        if state.content is not None:
            lines = SETTING.findall(state.text())
            return path, {name.lower(): value for name, value in lines}
    return "", {}


def _plugins(host: HostReader) -> list[str]:
    """Directories of libsasl2's plugins: of Debian's, one below each architecture's."""
    below = [lib for lib in LIBRARIES if host.state(host.resolve(lib)).exists]
    names = [f"{lib}/{name}" for lib in below for name in host.listdir(lib) if "-linux-" in name]
    found = [one for one in names if host.state(host.resolve(one)).kind is Kind.DIRECTORY]
    return [f"{one}/sasl2" for one in (*below, *found)]


def _sockets(host: HostReader, told: dict[str, str]) -> list[str]:
    methods = told.get("pwcheck_method", "auxprop").lower().split()
    found = []
    if "saslauthd" in methods:
        named = told.get("saslauthd_path", "")
        mux = next((one for one in MUX if host.state(host.resolve(one)).exists), "")
        found.append(f"{named}/mux" if named and basename(named) != "mux" else named or mux)
    if "authdaemond" in methods:
        found.append(told.get("authdaemond_path", COURIER))
    return [one for one in found if one]


def _database(host: HostReader, told: dict[str, str]) -> str:
    """Empty where it is not asked, or knows nobody: Debian's package makes one."""
    plugins = told.get("auxprop_plugin", "sasldb").lower().split()
    path = told.get("sasldb_path", DATABASE)
    if "sasldb" not in plugins or not host.state(host.resolve(path)).exists:
        return ""
    tool = next((one for one in LIST if host.state(one).exists), "")
    if not tool:
        return path
    done = host.probe(Command((tool, "-f", path)))
    return path if done.code or done.stdout.strip() else ""
