"""What SMTP AUTH asks, as SASL's Sendmail.conf and the cf have it."""

from __future__ import annotations

from tests.facts.paper_host import DIRECTORY, PaperHost, link, text
from wizard.facts.cf import parse
from wizard.facts.logins import PASSWORDS, SOCKET, configured, gather, wanted
from wizard.model import FileState, Kind
from wizard.plans import Completed

CONFIG, MUX, DATABASE = "/usr/lib/sasl2/Sendmail.conf", "/run/saslauthd/mux", "/etc/sasldb2"
MUX_THERE = {MUX: FileState(Kind.SOCKET, 0o777), "/run/saslauthd": DIRECTORY}
CF = parse("sendmail.cf", "C{TrustAuthMech}PLAIN\n")
LIST = "/usr/sbin/sasldblistusers2"


def ways(
    config: str, files: dict[str, FileState], users: str | None = None
) -> list[tuple[str, str]]:
    """Role and path of each; users: what the tool lists, None where there is no tool."""
    laid = {CONFIG: text(config), "/usr/lib": DIRECTORY, "/run": DIRECTORY, "/etc": DIRECTORY}
    laid |= files
    laid |= {LIST: text("")} if users is not None else {}
    answers = {f"{LIST} -f": Completed(0, (users or "").encode())}
    return [(one.role, one.path) for one in gather(PaperHost(laid, answers), CF)]


def test_the_cf_says_whether_anybody_logs_in() -> None:
    assert configured(CF)
    assert configured(parse("sendmail.cf", "O AuthMechanisms=PLAIN\n"))
    assert not configured(parse("sendmail.cf", "#O AuthMechanisms=PLAIN\nO SuperSafe=True\n"))


def test_a_cf_that_is_silent_leaves_it_to_sasl() -> None:
    silent = parse("sendmail.cf", "O SuperSafe=True\n")
    assert wanted(PaperHost({CONFIG: text(""), "/usr/lib": DIRECTORY}), silent)
    assert not wanted(PaperHost({}), silent)
    assert wanted(PaperHost({}), CF)


def test_the_socket_of_saslauthd() -> None:
    assert ways("pwcheck_method: saslauthd\n", MUX_THERE) == [(SOCKET, MUX)]
    elsewhere = {"/srv/mux": FileState(Kind.SOCKET, 0o777)}
    named = "pwcheck_method: auxprop saslauthd\nsaslauthd_path: /srv/mux\n"
    assert ways(named, elsewhere | MUX_THERE) == [(SOCKET, "/srv/mux")]
    assert ways("pwcheck_method: auxprop\n", MUX_THERE) == []


def test_the_password_database_where_it_knows_anybody() -> None:
    there = {DATABASE: text("x")}
    assert ways("", there) == [(PASSWORDS, DATABASE)]
    assert ways("", there, "joe@relay1: userPassword\n") == [(PASSWORDS, DATABASE)]
    assert ways("", there, "") == []
    assert ways("auxprop_plugin: sql\n", there) == []


def test_the_configuration_among_an_architectures_libraries() -> None:
    """/usr/lib/x86_64-linux-gnu holds a file of a name like that of a directory."""
    below = "/usr/lib/x86_64-linux-gnu"
    laid = {"/usr/lib": DIRECTORY, below: DIRECTORY, f"{below}/sasl2": DIRECTORY, **MUX_THERE}
    laid |= {f"{below}/sasl2/Sendmail.conf": text("pwcheck_method: saslauthd\n")}
    laid |= {"/lib64": link("usr/lib64"), "/usr/lib64": DIRECTORY}
    laid |= {"/usr/lib64/ld-linux-x86-64.so.2": text("")}
    (found,) = gather(PaperHost(laid), CF)
    assert found.place == f"{below}/sasl2/Sendmail.conf"


def test_the_configuration_behind_debians_link() -> None:
    laid = {CONFIG: link("/etc/mail/sasl/Sendmail.conf.2"), **MUX_THERE, "/usr/lib": DIRECTORY}
    laid["/etc/mail/sasl/Sendmail.conf.2"] = text("pwcheck_method: saslauthd\n")
    (found,) = gather(PaperHost(laid), CF)
    assert (found.path, found.place) == (MUX, CONFIG)
