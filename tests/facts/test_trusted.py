"""What root trusts: all that the cf, m4, make and the shell lead to, with the way to each."""

from __future__ import annotations

import pytest

from tests.facts.paper_host import DIRECTORY, link, text
from tests.facts.test_undoers import Grepping
from wizard.facts import trusted
from wizard.facts.cf import parse
from wizard.facts.held import READ, gives, held, looked_at, said
from wizard.facts.model import Account, Accounts, Group
from wizard.facts.way_model import Passage
from wizard.host.base import Unreadable
from wizard.model import FileState, Kind
from wizard.platforms.debian import Debian

CF = """\
Fw/etc/mail/local-host-names
F{Ext}|/usr/local/bin/names
Kmailertable hash -o /srv/maps/mailertable.db
O AliasFile=/etc/mail/aliases
O ServerKeyFile=/etc/ssl/relay.key
O PidFile=/run/sendmail/mta/sendmail.pid
O HelpFile=/etc/mail/helpfile
Mprog,\t\tP=/usr/lib/sm.bin/smrsh, F=lsDFMoq, A=sh -c $u
"""
MC = """\
include(`/usr/share/sendmail/cf/m4/cf.m4')dnl
OSTYPE(`debian')dnl
FEATURE(`access_db', , `skip')dnl
dnl FEATURE(`no_such')
sinclude(`/etc/mail/m4/own.m4')dnl
MAILER(`smtp')dnl
"""
FILES = {
    "/etc/mail/sendmail.cf": CF,
    "/etc/mail/sendmail.mc": MC,
    "/etc/mail/submit.mc": "FEATURE(`msp')dnl\n",
    "/etc/mail/m4/own.m4": "include(`/srv/m4/deep.m4')dnl\n",
    "/srv/m4/deep.m4": "include(_CF_DIR_`'m4/version.m4)\n",
    "/usr/share/sendmail/cf/m4/cf.m4": "include(_CF_DIR_`m4/proto.m4')\n",
    "/etc/mail/Makefile": "include local.mk\n-include /srv/make/own.mk\ninclude $(X)\n",
    "/etc/mail/sendmail.conf": 'HANDS_OFF="No";\n. /etc/mail/site.conf\n',
    "/etc/mail/tls/relay.crt": "",
}


def gather(**more: FileState) -> dict[str, Passage]:
    """By path, on a host with these files, a directory for each."""
    files: dict[str, FileState] = {"/": DIRECTORY}
    for path, content in FILES.items():
        files[path] = text(content)
        parts = path.split("/")
        for n in range(2, len(parts)):
            files.setdefault("/".join(parts[:n]), DIRECTORY)
    host = Grepping(files | more)
    cf = parse("/etc/mail/sendmail.cf", CF)
    found = trusted.gather(host, Debian("Debian", "script"), cf).passages
    return {one.path: one for one in found}


@pytest.mark.parametrize(
    ("path", "role", "place"),
    [
        ("/etc/mail/sendmail.cf", "sendmail.cf", ""),
        ("/etc/mail/local-host-names", "file of class w", "/etc/mail/sendmail.cf:1"),
        ("/usr/local/bin/names", "program that root runs for a class", "/etc/mail/sendmail.cf:2"),
        ("/srv/maps/mailertable.db", "map mailertable", ""),
        ("/srv/maps/mailertable", "text of map mailertable", ""),
        ("/etc/mail/aliases", "text of aliases", ""),
        ("/etc/ssl/relay.key", "TLS key", "/etc/mail/sendmail.cf:5"),
        ("/usr/lib/sm.bin/smrsh", "program of mailer prog", "/etc/mail/sendmail.cf:8"),
        ("/usr/share/sendmail/cf/ostype/debian.m4", "m4 macros", "/etc/mail/sendmail.mc:2"),
        ("/usr/share/sendmail/cf/feature/access_db.m4", "m4 macros", "/etc/mail/sendmail.mc:3"),
        ("/usr/share/sendmail/cf/feature/msp.m4", "m4 macros", "/etc/mail/submit.mc:1"),
        ("/etc/mail/m4/own.m4", "m4 macros", "/etc/mail/sendmail.mc:5"),
        ("/srv/m4/deep.m4", "m4 macros", "/etc/mail/m4/own.m4:1"),
        ("/usr/share/sendmail/cf/m4/version.m4", "m4 macros", "/srv/m4/deep.m4:1"),
        ("/usr/share/sendmail/cf/m4/proto.m4", "m4 macros", "/usr/share/sendmail/cf/m4/cf.m4:1"),
        ("/etc/mail/local.mk", "Makefile", "/etc/mail/Makefile:1"),
        ("/srv/make/own.mk", "Makefile", "/etc/mail/Makefile:2"),
        ("/etc/mail/site.conf", "what root's shell sources", "/etc/mail/sendmail.conf:2"),
        ("/etc/mail/tls/relay.crt", "configuration", ""),
        ("/etc/init.d/sendmail", "init script", ""),
    ],
)
def test_each_is_found_with_the_line_that_names_it(path: str, role: str, place: str) -> None:
    one = gather()[path]
    assert (one.role, one.place) == (role, place)
    assert one.parts[0][0] == "/"


def test_what_is_left_out_or_not_known_to_us_is_not_made_up() -> None:
    found = gather()
    assert not [path for path in found if "no_such" in path or "$" in path]
    assert found["/run/sendmail/mta"].role.startswith("directory of the pid file")


def test_the_directories_that_a_link_leads_through_are_on_the_way() -> None:
    open_for_all = FileState(Kind.DIRECTORY, 0o777)
    more = {"/etc/mail/site.conf": link("/home/hal/site.conf"), "/home": DIRECTORY}
    found = gather(**more, **{"/home/hal": open_for_all, "/home/hal/site.conf": text("")})
    held_by = held(found.values(), 997, 997)
    assert [(one.path, one.trusted[0][0]) for one in held_by] == [
        ("/home/hal", "what root's shell sources")
    ]
    assert held_by[0].gives == "root's shell runs it at the next start"


def test_a_tree_without_end_is_not_walked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trusted, "MOST", 3)
    with pytest.raises(Unreadable, match="/etc/mail: more than 3 files"):
        gather()


def test_evidence_has_names_where_there_are_any() -> None:
    state = FileState(Kind.DIRECTORY, 0o2755, 101, 104)
    way = Passage("/etc/mail/sendmail.cf", "sendmail.cf", (("/etc/mail", state),))
    accounts = Accounts((Account("smmta", 101, 103, "/", "/"),), (Group("smmsp", 104, ()),), (1, 2))
    (one,) = held([way], 101, 104)
    assert said(one, accounts).startswith("/etc/mail  smmta:smmsp 2755, its owner: sendmail.cf")
    assert said(one, None).startswith("/etc/mail  101:104 2755")
    assert looked_at([way]) == (0, 1)


def test_only_what_is_merely_read_has_no_consequence_of_its_own() -> None:
    roles = {one.role for one in gather().values()}
    assert {role for role in roles if gives(role) == READ} == {
        "configuration",
        "file of class w",
        "help file",
    }
