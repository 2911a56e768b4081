"""What is changed so that an account reaches a file or a socket, and what is left alone."""

from __future__ import annotations

import pytest

from tests.checks.doors import MILTER, SSL_CERT, acl, directory, file, leading, socket
from wizard.facts.cf_model import Cf
from wizard.facts.model import Account, Accounts, Group, MapFiles
from wizard.model import FileState, Kind
from wizard.reach import Around, Way, around, blamed, others_in, way, way_to_socket

UID = GID = 24
SMMSP = 104
MILTER_DIRECTORY = "/run/milter"
SOCKET = f"{MILTER_DIRECTORY}/sock"


def accounts(*members: str) -> Accounts:
    users = (
        Account("root", 0, 0, "/root", "/bin/bash"),
        Account("milter", MILTER, MILTER, "/", "/bin/false"),
        Account("backup", 34, 34, "/", "/bin/false"),
    )
    groups = (
        Group("smmsp", SMMSP, ()),
        Group("milter", MILTER, members),
        Group("ssl-cert", SSL_CERT, ()),
    )
    return Accounts(users, groups, (100, 999))


def surroundings(*members: str, blame: str = "") -> Around:
    cf = Cf("sendmail.cf", {"DontBlameSendmail": (blame,)}, (), (), (), {}, 1)
    tree = (("/etc/mail", directory(0o2755, 0, GID)),)
    return around(cf, MapFiles((), "/etc/mail", tree), accounts(*members), UID, GID)


def to_file(path: str, end: FileState, role: str = "map x", **on_the_way: FileState) -> Way:
    return way(leading(path, role, end, on_the_way), surroundings())


def to_socket(end: FileState, above: FileState, *members: str) -> Way:
    passage = leading(SOCKET, "milter x", end, {"run_milter": above})
    return way_to_socket(passage, surroundings(*members))


def changed(found: Way) -> list[tuple[str, int, int]]:
    return [(one.path, one.gid, one.mode) for one in found.changes]


@pytest.mark.parametrize(
    ("end", "mode"),
    [
        (file(0o600), 0o640),
        (file(0o640, gid=SMMSP), 0o640),
        (file(0o660, gid=SMMSP), 0o640),
        (file(0o400), 0o440),
    ],
)
def test_a_file_of_roots_or_sendmails_gets_the_accounts_group(end: FileState, mode: int) -> None:
    found = to_file("/srv/maps/x.db", end)
    assert changed(found) == [("/srv/maps/x.db", GID, mode)]
    assert found.troubles == ()


@pytest.mark.parametrize(
    "end",
    [
        file(0o644),
        file(0o640, gid=GID),
        file(0o600, uid=UID),
        FileState(Kind.ABSENT),
        directory(0o755),
    ],
)
def test_what_it_can_read_or_is_no_file_stays_as_it_is(end: FileState) -> None:
    assert to_file("/srv/maps/x.db", end) == Way(leading("/srv/maps/x.db", "map x", end))


def test_a_directory_that_is_named_itself_and_closed_is_a_trouble() -> None:
    (trouble,) = to_file("/srv/certs", directory(0o700)).troubles
    assert trouble.kind == "closed"
    assert trouble.path == "/srv/certs"


def test_below_the_mail_directory_another_step_does_it() -> None:
    found = to_file("/etc/mail/tls/x.key", file(0o600), etc_mail_tls=directory(0o700))
    assert (found.changes, found.troubles) == ((), ())


def test_a_key_that_everybody_could_read_is_closed_to_them_with_it() -> None:
    found = to_file("/srv/x.key", file(0o602), "ServerKeyFile")
    assert changed(found) == [("/srv/x.key", GID, 0o640)]


def test_a_private_directory_is_given_to_the_accounts_group_for_search() -> None:
    found = to_socket(socket(0o600), directory(0o700, MILTER, MILTER))
    assert changed(found) == [(MILTER_DIRECTORY, GID, 0o710), (SOCKET, GID, 0o660)]
    assert all(one.state.uid == MILTER for one in found.changes)


def test_a_directory_that_others_share_keeps_its_group_and_is_opened_for_search() -> None:
    found = to_socket(socket(0o666), directory(0o750, MILTER, MILTER), "backup")
    assert changed(found) == [(MILTER_DIRECTORY, MILTER, 0o751)]


def test_a_socket_that_anybody_may_use_stays_as_it_is() -> None:
    found = to_socket(socket(0o777), directory(0o755, MILTER, MILTER))
    assert (found.changes, found.troubles) == ((), ())


@pytest.mark.parametrize(
    ("end", "above", "kind"),
    [
        (socket(0o660), directory(0o700), "closed"),
        (socket(0o660), directory(0o773, MILTER), "writable"),
        (socket(0o660, xattrs=acl(4)), directory(0o755), "acl"),
        (
            socket(0o660),
            directory(
                0o750,
                MILTER,
                MILTER,
            ),
            "shared",
        ),
        (FileState(Kind.ABSENT), directory(0o755), "absent"),
    ],
)
def test_what_is_not_ours_to_open_is_a_trouble(end: FileState, above: FileState, kind: str) -> None:
    members = ("backup",) if kind == "shared" else ()
    assert kind in {one.kind for one in to_socket(end, above, *members).troubles}


@pytest.mark.parametrize(
    ("flag", "role", "mode", "safe"),
    [
        ("", "map x", 0o775, False),
        ("GroupWritableDirPathSafe", "map x", 0o775, True),
        ("GroupWritableDirPathSafe", "map x", 0o777, False),
        ("MapInUnsafeDirPath", "map x", 0o777, True),
        ("MapInUnsafeDirPath", "class x", 0o777, False),
        ("ClassFileInUnsafeDirPath", "class x", 0o777, True),
        ("TrustStickyBit", "ServerKeyFile", 0o1777, True),
        ("TrustStickyBit", "ServerKeyFile", 0o777, False),
    ],
)
def test_a_writable_directory_is_safe_where_sendmail_is_told_so(
    flag: str, role: str, mode: int, safe: bool
) -> None:
    passage = leading("/srv/maps/x", role, file(0o644), {"srv_maps": directory(mode)})
    found = way(passage, surroundings(blame=f"x,{flag}"))
    assert (found.troubles == ()) is safe


def test_the_option_is_read_as_sendmail_reads_it() -> None:
    assert blamed("\t,AssumeSafeChown,groupreadablekeyfile MapInUnsafeDirPath") == {
        "assumesafechown",
        "groupreadablekeyfile",
        "mapinunsafedirpath",
    }


def test_the_owner_and_root_are_no_others_of_a_group() -> None:
    assert others_in(MILTER, MILTER, accounts("milter", "root")) == []
    assert others_in(MILTER, 0, accounts()) == ["milter"]
    assert others_in(34, MILTER, accounts()) == ["backup"]
