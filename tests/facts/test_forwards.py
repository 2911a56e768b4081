from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.facts.paper_host import DIRECTORY, PaperHost, link, text
from wizard.facts.cf_model import Cf, CfMailer
from wizard.facts.forwards import expand, gather
from wizard.facts.mail_model import Forwards
from wizard.facts.model import Account, Accounts, Classes
from wizard.model import FileState, Kind
from wizard.plans import Completed

SQUASHED = "Permission denied, to root too: its file server squashes root"
SENDMAIL = "/usr/sbin/sendmail"
DEBIAN = "$z/.forward.$w+$h:$z/.forward+$h:$z/.forward.$w:$z/.forward"


def _cf(path: str | None) -> Cf:
    options: dict[str, tuple[str, ...]] = {} if path is None else {"ForwardPath": (path,)}
    return Cf("/etc/mail/sendmail.cf", options, (), (), (), {}, 1)


def _accounts(**homes: str) -> Accounts:
    users = tuple(Account(name, 1000, 100, home, "/bin/sh") for name, home in homes.items())
    return Accounts(users, (), (100, 999))


def _gather(host: PaperHost, cf: Cf, accounts: Accounts) -> Forwards:
    return gather(host, SENDMAIL, cf, accounts, Classes(("localhost",), ()))


def _found(files: dict[str, FileState], path: str | None = None, **homes: str) -> Forwards:
    return _gather(PaperHost(files), _cf(path), _accounts(**homes))


def test_none() -> None:
    found = _found({"/home/a": DIRECTORY}, a="/home/a", b="/nonexistent", c="")
    assert (found.found, found.accounts, found.homes, found.unreadable) == ((), 3, 1, ())
    assert found.path == "$z/.forward"


@pytest.mark.parametrize(
    ("name", "path"),
    [
        (".forward", None),
        (".forward", DEBIAN),
        (".forward.relay1", DEBIAN),
        (".forward.relay1.example.net", DEBIAN),
        (".forward+lists", DEBIAN),
        (".forward.relay1+lists", DEBIAN),
        (".vacation.forward", "$z/.vacation.forward"),
    ],
)
def test_each_place_of_the_path_is_looked_at(name: str, path: str | None) -> None:
    files = {"/home/a": DIRECTORY, f"/home/a/{name}": text("\n# mine\n|/bin/x\n")}
    assert _found(files, path, a="/home/a").found == (("a", f"/home/a/{name}", "|/bin/x"),)


def test_another_hosts_forward_is_not_ours() -> None:
    files = {"/home/a": DIRECTORY, "/home/a/.forward.relay2": text("x")}
    assert _found(files, DEBIAN, a="/home/a").found == ()


def test_a_place_outside_the_homes() -> None:
    files = {"/var/forward/b": text("b@hub"), "/h": DIRECTORY}
    found = _found(files, "/var/forward/$u", a="/h", b="/h").found
    assert found == (("b", "/var/forward/b", "b@hub"),)


def test_links_are_told_unread_and_directories_and_empty_files_are_told_apart() -> None:
    files = {
        "/home": link("/export"),
        "/h/a": DIRECTORY,
        "/h/a/.forward": link("../f"),
        "/h/f": text("x@hub"),
        "/h/b": DIRECTORY,
        "/h/b/.forward": DIRECTORY,
        "/h/c": link("a2"),
        "/h/a2": DIRECTORY,
        "/h/c/.forward": text(""),
        "/h/d": DIRECTORY,
        "/h/d/.forward": link("/nowhere"),
    }
    found = _found(files, a="/h/a", b="/h/b", c="/h/c", d="/h/d")
    assert found.found == (("a", "/h/a/.forward", "-> ../f"), ("c", "/h/c/.forward", ""))
    assert found.homes == 4


def test_turned_off() -> None:
    host = PaperHost({"/h": DIRECTORY, "/h/.forward": text("x")})
    found = _gather(host, _cf(""), _accounts(a="/h"))
    assert (found.found, found.path, host.asked) == ((), "", [])


def test_unreadable_homes_are_told() -> None:
    host = PaperHost({"/root": DIRECTORY, "/root/.forward": text("x")}, locked=("/root/.forward",))
    found = _gather(host, _cf(None), _accounts(root="/root"))
    assert found.unreadable == (f"/root/.forward: {SQUASHED}",)
    found = _gather(PaperHost(locked=("/srv",)), _cf(None), _accounts(a="/srv/a"))
    assert found.unreadable == (f"/srv/a: {SQUASHED}",)


def _host(*mailers: str, locked: tuple[str, ...] = ()) -> PaperHost:
    """Homes of u0, u1 ... each with a .forward; -bv sends each account to that mailer."""
    files: dict[str, FileState] = {}
    answers: dict[str, Completed] = {}
    for n, mailer in enumerate(mailers):
        files |= {f"/h/u{n}": DIRECTORY, f"/h/u{n}/.forward": text("x@hub")}
        says = f"u{n}... deliverable: mailer {mailer}, host [192.0.2.1], user u{n}\n"
        argv = f"{SENDMAIL} -C /etc/mail/sendmail.cf -O ForwardPath= -bv -- u{n}"
        answers[argv] = Completed(0, says.encode())
    return PaperHost(files, answers, locked=locked)


def _homes(number: int) -> Accounts:
    return _accounts(**{f"u{n}": f"/h/u{n}" for n in range(number)})


def test_where_mail_goes_elsewhere_no_forward_is_consulted() -> None:
    cf = replace(_cf(None), mailers=(CfMailer("odd", "[IPC]", "mw", "TCP $h", 1),))
    found = _gather(_host("esmtp", "local", "odd", "esmtp", locked=("/h/u3",)), cf, _homes(4))
    assert [account for account, _path, _text in found.found] == ["u0", "u1", "u2"]
    assert list(found.elsewhere) == ["u0", "u3"]
    assert "mailer esmtp" in found.elsewhere["u0"]
    assert found.unreadable == ()


def test_what_the_hub_takes_stands_for_the_accounts_that_were_not_asked() -> None:
    host = _host(*["esmtp"] * 250)
    assert len(_gather(host, _cf(None), _homes(250)).elsewhere) == 200
    hub = replace(_cf(None), macros={"H": "esmtp:[192.0.2.1]"})
    assert len(_gather(host, hub, _homes(250)).elsewhere) == 250


def test_what_is_no_file_and_what_is_large_is_not_read() -> None:
    files = {
        "/h": DIRECTORY,
        "/h/.forward": FileState(Kind.OTHER),
        "/i": DIRECTORY,
        "/i/.forward": DIRECTORY,
        "/j": DIRECTORY,
        "/j/.forward": FileState(Kind.FILE, size=1 << 30),
        "/k": DIRECTORY,
        "/k/.forward": FileState(Kind.FILE, nlink=2, content=b"root:x"),
    }
    found = _found(files, a="/h", b="/i", c="/j", d="/k")
    assert [path for path, _what in found.ignored] == ["/h/.forward", "/i/.forward"]
    assert found.found == (
        ("c", "/j/.forward", "1,073,741,824 bytes, which were not read"),
        ("d", "/k/.forward", "a file with 2 links"),
    )


def test_accounts_that_cannot_be_listed_are_told_unless_the_hub_takes_all() -> None:
    accounts = replace(_homes(0), unlisted=("sss",))
    assert _gather(PaperHost(), _cf(None), accounts).unlisted == ("sss",)
    hub = replace(_cf(None), macros={"H": "esmtp:[192.0.2.1]"})
    assert _gather(PaperHost(), hub, accounts).unlisted == ()


def test_many_accounts_cost_one_look_for_each_place() -> None:
    files = {"/": DIRECTORY} | {f"/home/u{n}": DIRECTORY for n in range(500)}
    host = PaperHost(files)
    homes = {f"u{n}": f"/home/u{n}" for n in range(500)} | {f"s{n}": "/" for n in range(500)}
    found = _gather(host, _cf(None), _accounts(**homes))
    assert found.homes == 501
    assert len(host.asked) == 500 + 501


def test_macros() -> None:
    account = Account("hal", 1, 1, "/home/hal/", "/bin/sh")
    patterns = ["$z/.f.$w", "/v/$u.${client}.$r", "relative"]
    assert expand(patterns, account, ("r.x", "r")) == (
        "/home/hal/.f.r.x",
        "/home/hal/.f.r",
        "/v/hal.*.*",
    )
