from __future__ import annotations

import pytest

from tests.facts.paper_host import DIRECTORY, PaperHost, link, text
from wizard.facts.forwards import expand, gather
from wizard.facts.mail_model import Forwards
from wizard.facts.model import Account, Accounts, Cf
from wizard.model import FileState

DEBIAN = "$z/.forward.$w+$h:$z/.forward+$h:$z/.forward.$w:$z/.forward"


def _cf(path: str | None) -> Cf:
    options: dict[str, tuple[str, ...]] = {} if path is None else {"ForwardPath": (path,)}
    return Cf("/etc/mail/sendmail.cf", options, (), (), (), {}, 1)


def _accounts(**homes: str) -> Accounts:
    users = tuple(Account(name, 1000, 100, home, "/bin/sh") for name, home in homes.items())
    return Accounts(users, (), (100, 999))


def _found(files: dict[str, FileState], path: str | None = None, **homes: str) -> Forwards:
    return gather(PaperHost(files), _cf(path), _accounts(**homes))


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
    found = gather(host, _cf(""), _accounts(a="/h"))
    assert (found.found, found.path, host.asked) == ((), "", [])


def test_unreadable_homes_are_told() -> None:
    host = PaperHost({"/root": DIRECTORY, "/root/.forward": text("x")}, locked=("/root/.forward",))
    found = gather(host, _cf(None), _accounts(root="/root"))
    assert found.unreadable == ("/root/.forward: Permission denied",)
    found = gather(PaperHost(locked=("/srv",)), _cf(None), _accounts(a="/srv/a"))
    assert found.unreadable == ("/srv/a: Permission denied",)


def test_many_accounts_cost_one_look_for_each_place() -> None:
    files = {"/": DIRECTORY} | {f"/home/u{n}": DIRECTORY for n in range(500)}
    host = PaperHost(files)
    homes = {f"u{n}": f"/home/u{n}" for n in range(500)} | {f"s{n}": "/" for n in range(500)}
    found = gather(host, _cf(None), _accounts(**homes))
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
