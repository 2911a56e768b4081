"""Where the daemon takes mail: the cf's DaemonPortOptions, joined with the sockets that listen.

The options are parsed as setsockaddropt() in daemon.c takes them: keys by their first letter,
whatever its case. Sockets are the kernel's; their owner is seen by root only.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable, Iterator
from ipaddress import ip_address

import psutil
from msgspec import Struct
from msgspec.structs import replace

from wizard.facts.cf import logical_lines, parse
from wizard.facts.daemons import is_sendmails
from wizard.host.base import HostReader, Unreadable

ANY = ("0.0.0.0", "::")  # noqa: S104  (compared, never bound)
PORTS = {"smtp": 25, "mail": 25, "submission": 587, "msp": 587}
PORTS |= dict.fromkeys(("smtps", "ssmtp", "submissions", "urd"), 465)
"Names of services(5) that a cf uses for them."
FILE_SYSTEM = ("unix", "local")
"Families of no network."
ONLY_V6 = "/proc/sys/net/ipv6/bindv6only"
PAUSE = re.compile(r"^S\s*greet_pause\b", re.MULTILINE)


class DaemonOption(Struct, frozen=True):
    """A DaemonPortOptions line."""

    place: str
    "`file:line  text`."
    family: str = "inet"
    port: str = "smtp"
    address: str = ""
    "Empty: all addresses of the family."
    modifiers: str = ""
    name: str = ""
    milters: str = ""
    "InputMailFilters of this port alone."


LOOKS = 10
"Looks at the sockets of a busy relay, whose children come and go."


class Listening(Struct, frozen=True):
    """A listening TCP socket."""

    address: str
    port: int
    pid: int = 0
    "0 where its owner is not seen."
    sendmails: bool = False


class Endpoint(Struct, frozen=True):
    """One address and port to be asked."""

    address: str
    "`ADDRESS:PORT`, an IPv6 address in brackets."
    place: str
    "The cf's line, or the socket where no line names it."
    tls: bool = False
    "TLS begins with the connection: M=s."
    authenticated: bool = False
    "Mail is taken from authenticated clients only: M=a."


class Endpoints(Struct, frozen=True):
    """All of them."""

    served: tuple[Endpoint, ...]
    closed: tuple[str, ...] = ()
    "Options on whose port nothing of Sendmail's listens, each with the reason."
    optional: tuple[str, ...] = ()
    "The same, of those that Sendmail may do without: M=O."
    expected: str = ""
    "Where the first option would have it, whatever listens."
    paused: bool = False
    "A client may have to wait for the greeting: FEATURE(greet_pause)."
    milters: tuple[str, ...] = ()
    "Names of all milters that the daemon asks, of all ports."


def gather(host: HostReader, cf_path: str, first: str = "") -> Endpoints:
    """All endpoints, the one at the first address foremost. Raises Unreadable."""
    path = host.resolve(cf_path)
    text = host.state(path, content=True).text()
    told = options(path, text)
    dual = _both_families(host)
    found = join(told, listening(host), own_addresses(), dual, first)
    asked = milters(parse(path, text).option("InputMailFilters"), told)
    paused = PAUSE.search(text) is not None
    return replace(found, expected=_expected(told[0]), paused=paused, milters=asked)


def options(path: str, text: str) -> tuple[DaemonOption, ...]:
    """The cf's daemon options; Sendmail's own default where it has none."""
    found = []
    for number, line in logical_lines(text):
        value = parse(path, line).option("DaemonPortOptions") if line.startswith("O") else ""
        if value:
            found.append(option(f"{path}:{number}  {line}", value))
    return tuple(found) or (DaemonOption(f"{path}: no DaemonPortOptions, so port 25"),)


def option(place: str, value: str) -> DaemonOption:
    """One option's fields."""
    fields: dict[str, str] = {}
    for part in value.split(","):
        key, _equals, told = part.strip().partition("=")
        fields[key.strip()[:1].lower()] = told.strip()
    return DaemonOption(
        place,
        family=fields.get("f", "").lower() or "inet",
        port=fields.get("p", "") or "smtp",
        address=fields.get("a", ""),
        modifiers=fields.get("m", ""),
        name=fields.get("n", ""),
        milters=fields.get("i", ""),
    )


def milters(of_all: str, told: Iterable[DaemonOption]) -> tuple[str, ...]:
    """Names of all milters: those that every port asks, and a port's own."""
    words = re.split(r"[,;\s]+", ",".join([of_all, *(one.milters for one in told)]))
    return tuple(dict.fromkeys(word for word in words if word))


def listening(host: HostReader) -> tuple[Listening, ...]:
    """All listening sockets. Raises Unreadable.

    A child has its master's sockets too until it closes them: of one that was born only after the
    processes were listed, nothing says whose it is, so all is looked at again.
    """
    for _look in range(LOOKS):
        processes = host.processes()
        found = _listening({one.pid for one in processes if is_sendmails(one)})
        if {one.pid for one in found if one.pid} <= {one.pid for one in processes}:
            break
    return found


def _listening(own: set[int]) -> tuple[Listening, ...]:
    return tuple(
        Listening(plain(one.laddr.ip), int(one.laddr.port), one.pid or 0, one.pid in own)
        for one in psutil.net_connections(kind="tcp")
        if one.status == psutil.CONN_LISTEN and one.laddr
    )


def own_addresses() -> tuple[str, ...]:
    """Addresses of the interfaces that are up, loopback first, link-local ones left out."""
    up = {name for name, state in psutil.net_if_stats().items() if state.isup}
    found = [
        plain(one.address)
        for name, all_of_it in psutil.net_if_addrs().items()
        if name in up
        for one in all_of_it
        if one.family in (socket.AF_INET, socket.AF_INET6)
    ]
    usable = [one for one in found if not ip_address(one).is_link_local]
    return tuple(sorted(usable, key=lambda one: not ip_address(one).is_loopback))


def join(
    told: Iterable[DaemonOption],
    sockets: Iterable[Listening],
    own: tuple[str, ...],
    dual: bool,
    first: str = "",
) -> Endpoints:
    """Each option with its socket; then sockets of Sendmail's that no option names."""
    sockets = tuple(sockets)
    served: dict[str, Endpoint] = {}
    closed: list[str] = []
    optional: list[str] = []
    met: set[Listening] = set()
    for one in told:
        found, why = _socket_of(one, sockets)
        if found is None:
            left = "O" in one.modifiers or one.family in FILE_SYSTEM
            (optional if left else closed).append(f"{one.place}: {why}")
            continue
        met.add(found)
        _ask(served, one, found, sockets, _asked(found.address, own, dual))
    for other in sockets:
        if other.sendmails and other not in met:
            place = f"{address(other.address, other.port)}: no DaemonPortOptions names it"
            _ask(served, DaemonOption(place), other, sockets, _asked(other.address, own, dual))
    ordered = sorted(served.values(), key=lambda one: not same(one.address, first))
    return Endpoints(tuple(ordered), tuple(closed), tuple(optional))


def _ask(
    served: dict[str, Endpoint],
    one: DaemonOption,
    found: Listening,
    sockets: tuple[Listening, ...],
    asked: Iterable[str],
) -> None:
    """Where this option's port is asked; an address that has its own socket is that one's."""
    wildcard = found.address in ANY and not _named(one)
    # A (authentication off) is stronger than a (daemon.c).
    authenticated = "a" in one.modifiers and "A" not in one.modifiers
    taken = {each.address for each in sockets if each.port == found.port} if wildcard else set()
    for ip in asked if wildcard else (_named(one) or found.address,):
        place = address(ip, found.port)
        if ip in taken or (wildcard and place in served):
            continue
        served[place] = Endpoint(place, one.place, "s" in one.modifiers, authenticated)


def _asked(wildcard: str, own: tuple[str, ...], dual: bool) -> Iterator[str]:
    """Loopback and one more address of each family that the wildcard serves."""
    for version in (4, 6):
        if version == 4 and wildcard == "::" and not dual:
            continue
        if version == 6 and wildcard != "::":
            continue
        of_it = [one for one in own if ip_address(one).version == version]
        yield from [one for one in of_it if ip_address(one).is_loopback][:1]
        yield from [one for one in of_it if not ip_address(one).is_loopback][:1]


def _socket_of(one: DaemonOption, sockets: tuple[Listening, ...]) -> tuple[Listening | None, str]:
    """The socket of an option, or why there is none."""
    if one.family in FILE_SYSTEM:
        return None, "a socket of the file system, not of the network: not looked at"
    port = _port(one.port)
    if port is None:
        return None, f"services(5) knows no port {one.port}"
    wildcards = ANY if one.family == "inet" else ("::",)
    wanted = (_named(one), *wildcards) if _named(one) else wildcards
    on_port = [each for each in sockets if each.port == port]
    fits = [each for ip in wanted for each in on_port if each.address == ip]
    # A socket whose owner is not seen may be Sendmail's; one that is another's is not.
    good = next((each for each in fits if each.sendmails or not each.pid), None)
    if good is not None:
        return good, ""
    if fits:
        return None, f"process {fits[0].pid} listens there, which is not Sendmail"
    return None, "nothing listens there"


def _expected(one: DaemonOption) -> str:
    loopback = "::1" if one.family == "inet6" else "127.0.0.1"
    return address(_named(one) or loopback, _port(one.port) or 25)


def _port(written: str) -> int | None:
    if written.isdigit():
        return int(written)
    if written.lower() in PORTS:
        return PORTS[written.lower()]
    try:
        return socket.getservbyname(written, "tcp")
    except OSError:
        return None


def _named(one: DaemonOption) -> str:
    """The option's address as the kernel tells it; empty for all addresses."""
    written = re.sub(r"^IPv6:", "", one.address.strip("[]"), flags=re.IGNORECASE)
    if not written:
        return ""
    try:
        found = plain(written)
    except ValueError:
        family = socket.AF_INET6 if one.family == "inet6" else socket.AF_INET
        try:
            found = str(socket.getaddrinfo(written, None, family)[0][4][0])
        except OSError:
            return written
    return "" if found in ANY else found


def plain(written: str) -> str:
    """An address as it is written shortest; a mapped IPv4 address as IPv4."""
    found = ip_address(written.strip("[]").partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None)
    return str(mapped or found)


def address(ip: str, port: int) -> str:
    """`127.0.0.1:25`, `[::1]:25`."""
    return f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"


def split(written: str) -> tuple[str, int]:
    """Address, without brackets, and port."""
    ip, _colon, port = written.rpartition(":")
    return ip.strip("[]"), int(port)


def same(one: str, other: str) -> bool:
    """Whether both name the same address and port, however they are written."""
    return bool(one and other) and split(one) == split(other)


def _both_families(host: HostReader) -> bool:
    """Whether a socket on `::` takes IPv4 too (ipv6(7), bindv6only)."""
    try:
        return host.state(ONLY_V6, content=True).text().strip() == "0"
    except Unreadable:
        return False
