from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.facts.paper_host import PaperHost, text
from wizard.facts import resolutions
from wizard.facts.cf_model import Cf
from wizard.facts.mail_model import (
    Destination,
    LocalRecipient,
    Logs,
    Table,
    TableRow,
    Tables,
)
from wizard.facts.model import Account, Accounts, Classes
from wizard.facts.resolutions import gather, of_recipients, parse_answer, recipients
from wizard.facts.route.interesting import (
    ACCOUNTS,
    NAMES,
    NOBODY,
    PER_KIND,
    Question,
    is_person,
    own_name,
    questions,
    sample,
)
from wizard.host.base import Unreadable
from wizard.model import Identity
from wizard.plans import Command, Completed
from wizard.platforms.debian import Debian

DEBIAN = Debian("Debian", "systemd")
CF = Cf("/etc/mail/sendmail.cf", {}, (), (), (), {"n": "MAILER-DAEMON"}, 1)
W = Classes(("[127.0.0.1]", "relay1", "relay1.example.net"), ())
ROOT = Account("root", 0, 0, "/root", "/bin/sh")
FEW = Accounts((ROOT, Account("bob", 1000, 1000, "/home/bob", "/bin/sh")), (), (100, 999))
NONE = Tables(())


class Answering(PaperHost):
    """A paper host that answers -bv for any address, and remembers what it was asked."""

    def __init__(self, euid: int = 0, files: dict[str, str] | None = None) -> None:
        super().__init__({path: text(content) for path, content in (files or {}).items()})
        self.euid = euid
        self.addresses: list[str] = []

    def identity(self) -> Identity:
        return replace(super().identity(), euid=self.euid)

    def probe(self, command: Command) -> Completed:
        start = ("/usr/sbin/sendmail", "-C", "/etc/mail/sendmail.cf", "-bv", "--")
        assert command.argv[:-1] == start
        address = command.argv[-1]
        self.addresses.append(address)
        return _said(f"{address}... deliverable: mailer esmtp, host hub, user {address}")


def _said(*lines: str, code: int = 0) -> Completed:
    return Completed(code, "\n".join(lines).encode())


def test_one_destination() -> None:
    line = "a@example.org... deliverable: mailer esmtp, host [127.0.0.2], user a@example.org"
    answer = parse_answer(_said(line))
    assert answer.destinations == (Destination("esmtp", "[127.0.0.2]", "a@example.org"),)
    assert (answer.says, answer.trouble) == ((line,), "")


def test_several_destinations_and_one_refusal() -> None:
    answer = parse_answer(
        _said(
            "nosuch... User unknown",
            '"|/bin/cat"... deliverable: mailer prog, user |/bin/cat',
            "/var/mail/zz... deliverable: mailer *file*, user /var/mail/zz",
            "bob... deliverable: mailer local, user bob",
            "bob... deliverable: mailer local, host bob, user bob",
            code=67,
        )
    )
    assert [to.mailer for to in answer.destinations] == ["prog", "*file*", "local", "local"]
    assert answer.trouble == ""
    assert len(answer.says) == 5


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("nobody... User unknown", 67),
        ("bob@... Hostname required", 64),
        ("aliasing/forwarding loop broken", 64),
        ("x@err.example... 5.1.1 no", 67),
        ("/etc/passwd... Cannot mail directly to files", 64),
    ],
)
def test_refusals_are_answers(line: str, code: int) -> None:
    answer = parse_answer(_said(line, code=code))
    assert answer == ((), (line,), "")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ('hash map "mailertable": missing map file /etc/mail/mailertable.db: No such file', 71),
        ('hash map "access": unsafe map file /etc/mail/access.db: Permission denied', 71),
        ("Cannot open hash database /etc/mail/mailertable.db: Invalid argument", 71),
        ("ldap_init/ldap_bind failed to localhost in map mailertable: not connected", 0),
        ("buildaddr: unknown mailer cyrusv2", 70),
        ("/etc/mail/sendmail.cf: line 9: readcf: unknown option name Nonsense", 70),
        ("/etc/mail/sendmail.cf: line 0: cannot open: Permission denied", 72),
        ("rewrite: map mailertable not found", 70),
        ("No local mailer defined", 78),
        (":include:/etc/list... Cannot open /etc/list: No such file or directory", 64),
        ("a@b.example... Transient parse error -- message queued for future delivery", 75),
        ("bob... 451 4.3.0 Temporary system failure", 75),
    ],
)
def test_trouble_is_no_answer(line: str, code: int) -> None:
    deliverable = "bob... deliverable: mailer local, user bob"
    assert parse_answer(_said(line, deliverable, code=code)).trouble == line


def test_silence_an_odd_code_and_notices() -> None:
    assert parse_answer(_said()).trouble == "sendmail -bv said nothing"
    assert "no answer within" in parse_answer(_said(code=124)).trouble
    assert "code 9" in parse_answer(_said(code=9)).trouble
    notice = "Notice: -bv may give misleading output for non-privileged user"
    fine = "a... deliverable: mailer esmtp, host h, user a"
    assert parse_answer(_said(notice, fine)).says == (fine,)


def test_a_long_list_is_shortened() -> None:
    lines = [f"u{n}... deliverable: mailer esmtp, host h, user u{n}" for n in range(3000)]
    answer = parse_answer(_said(*lines))
    assert len(answer.destinations) == 3000
    assert answer.says[-1] == "… and 2,960 lines more"


def test_only_root_is_answered() -> None:
    with pytest.raises(Unreadable, match="misleads") as refused:
        gather(Answering(euid=1000), DEBIAN, CF, W, NONE, FEW)
    assert "root" in refused.value.remedy


def test_what_is_asked_for() -> None:
    host = Answering(files={"/etc/mail/local-host-names": "# names\nrelay1\n"})
    cf = replace(
        CF,
        class_files=(("w", "/etc/mail/local-host-names", 99),),
        options={"PostmasterCopy": ("copies@example.org",)},
        macros={"L": "local:bob"},
        places={"DL": 114},
    )
    found = gather(host, DEBIAN, cf, replace(W, l=("carol",)), NONE, FEW)
    assert [one.address for one in found.of("system")] == [
        *("root", "postmaster", "MAILER-DAEMON", "root@relay1.example.net")
    ]
    assert [one.address for one in found.of("double bounces")] == ["postmaster"]
    assert [one.address for one in found.of("postmaster copy")] == ["copies@example.org"]
    assert found.of("unknown user")[0].place == "/etc/mail/sendmail.cf:114"
    assert [one.address for one in found.of("local users")] == ["carol"]
    assert {one.address for one in found.of("accounts")} == {
        *("root", "bob", "root@relay1.example.net", "bob@relay1.example.net")
    }
    places = {one.address: one.place for one in found.of("class w")}
    assert places["root@relay1"] == "/etc/mail/local-host-names:2"
    assert places[f"{NOBODY}@[127.0.0.1]"] == "$=w"
    assert len(host.addresses) == len(set(host.addresses))
    assert found.left_out == ()


def test_no_more_calls_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolutions, "CALLS", 4)
    host = Answering()
    found = gather(host, DEBIAN, CF, W, NONE, FEW)
    assert len(host.addresses) == 4
    assert found.left("class w") == ("class w: 5 addresses were not asked",)
    assert found.left("system") == ()


def test_no_longer_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolutions, "SECONDS", -1.0)
    assert gather(Answering(), DEBIAN, CF, W, NONE, FEW).answers == ()


class Silent(Answering):
    """A paper host whose Sendmail waits for a name server."""

    def probe(self, command: Command) -> Completed:
        super().probe(command)
        return Completed(124)


def test_a_sendmail_that_does_not_answer_is_asked_three_times() -> None:
    host = Silent()
    found = gather(host, DEBIAN, CF, W, NONE, FEW)
    assert len(host.addresses) == 3
    assert all("name server" in one.trouble for one in found.of("system"))
    assert found.left("accounts")


def test_many_accounts_and_names_are_spread() -> None:
    users = tuple(Account(f"u{n}", 500 + n, 100, "/", "/bin/sh") for n in range(5000))
    names = tuple(f"d{n}.example" for n in range(400))
    asked, left = questions(
        Answering(), CF, Classes(names, ()), NONE, Accounts(users, (), (100, 999))
    )
    accounts = [one for one in asked if one.asked_for == "accounts" and "@" not in one.address]
    assert len(accounts) == 2 * ACCOUNTS
    assert len([one for one in asked if one.asked_for == "class w"]) == 2 * NAMES
    assert any("4,440 of 4,500" in line for line in left)
    assert any(line.startswith("class w: 100 of 400") for line in left)


def test_a_person_is_no_system_account() -> None:
    assert is_person(FEW.users[1], FEW)
    assert not is_person(ROOT, FEW)
    assert not is_person(Account("nobody", 65534, 65534, "/", ""), FEW)


def test_the_own_name() -> None:
    assert own_name(CF, W) == "relay1.example.net"
    assert own_name(replace(CF, macros={"j": "mx.example.org"}), W) == "mx.example.org"
    assert own_name(replace(CF, macros={"j": "$w.example.org"}), Classes((), ())) == "localhost"


@pytest.mark.parametrize(
    ("name", "key", "value", "address"),
    [
        ("mailertable", "example.org", "esmtp:[h]", f"{NOBODY}@example.org"),
        ("mailertable", ".example.org", "local:", f"{NOBODY}@stepdown.example.org"),
        ("mailertable", ".", "esmtp:[h]", f"{NOBODY}@stepdown.invalid"),
        ("virtuser", "a@v.example", "bob", "a@v.example"),
        ("virtuser", "@v.example", "%1", f"{NOBODY}@v.example"),
        ("virtuser", "a+*@v.example", "bob", "bob"),
        ("virtuser", "a+*@v.example", "%1", ""),
        ("virtuser", "a@", "bob", "bob"),
        ("domaintable", "old.example", "relay1", "root@old.example"),
        ("bitdomain", "old", "relay1", "root@old.BITNET"),
    ],
)
def test_samples(name: str, key: str, value: str, address: str) -> None:
    row = TableRow(key, value, 1, "name")
    assert sample(Table(name, "/t", 1, (row,)), row) == address


def test_rows_that_may_be_local_are_all_asked_for() -> None:
    names = tuple(TableRow(f"u{n}@v.example", f"u{n}", n, "name") for n in range(20))
    hubs = tuple(TableRow(f"d{n}.example", f"esmtp:[h{n}]", n, "esmtp") for n in range(20))
    odd = TableRow("a+*@v.example", "%1", 21, "name")
    tables = Tables(
        (
            Table("virtuser", "/v", 30, (*names, odd), more={"name": 9}),
            Table("mailertable", "/m", 20, hubs),
            Table("domaintable", "/d", 1, (TableRow("old.example", "relay1", 1, "here"),)),
        )
    )
    asked, left = questions(Answering(), CF, W, tables, FEW)
    kinds = [one.asked_for for one in asked]
    assert kinds.count("virtuser") == 20
    assert kinds.count("mailertable") == PER_KIND
    assert Question("root@old.example", "domaintable", "/d:1") in asked
    assert left == [
        "virtuser: 9 more destinations of kind name",
        "virtuser: /v:21  a+*@v.example %1",
    ]


@pytest.mark.parametrize(
    ("to", "addresses"),
    [
        ("root", ("root",)),
        ("<a@b.example>,<c@d.example>", ("a@b.example", "c@d.example")),
        ('"|/usr/bin/x -a, b", bob', ('"|/usr/bin/x -a, b"', "bob")),
        ("root, root", ("root",)),
        ("<>", ()),
        ("a,...", ("a",)),
    ],
)
def test_recipients_of_a_log_line(to: str, addresses: tuple[str, ...]) -> None:
    assert recipients(to) == addresses


def test_logged_recipients_are_asked_for() -> None:
    logged = (
        LocalRecipient("<bob@relay1>,-x", "local", 2, "Nov  1", "/var/log/mail.log:7"),
        LocalRecipient("a\x07b", "local", 1, "Nov  1", "/var/log/mail.log:8"),
        LocalRecipient("y" * 2000, "local", 1, "Nov  1", "/var/log/mail.log:9"),
    )
    host = Answering()
    found = of_recipients(host, DEBIAN, Logs((), 9, "", (), recipients=logged, more_recipients=3))
    assert host.addresses == ["bob@relay1", "-x"]
    assert found.answers[0].place == "/var/log/mail.log:7"
    assert "not an address" in found.answers[2].trouble
    assert found.left_out == ("logged: 3 more recipients",)
