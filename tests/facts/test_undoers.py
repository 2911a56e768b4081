"""Who would undo it: what a line of a script does, and the lists that something applies."""

from __future__ import annotations

import re

import pytest

from tests.facts.paper_host import DIRECTORY, PaperHost, text
from wizard.facts import grep
from wizard.facts.model import Queues
from wizard.facts.undo.places import Places
from wizard.facts.undo.shell import Deed, deed
from wizard.facts.undoers import gather
from wizard.facts.way_model import Undoer, Undoers
from wizard.model import FileState
from wizard.plans import Command, Completed
from wizard.platforms.debian import Debian

PLACES = Places(
    "/etc/mail",
    "/etc/mail/sendmail.cf",
    "/etc/mail/sendmail.mc",
    ("/var/spool/mqueue",),
    ("/etc/aliases", "/etc/aliases.db"),
)


@pytest.mark.parametrize(
    ("line", "does"),
    [
        ("chown -R smmta:smmsp /var/spool/mqueue", Deed.META),
        ("ExecStartPre=/bin/chown smmta /etc/mail/access.db", Deed.META),
        ("[ -d /etc/mail ] && chmod 2755 '/etc/mail'", Deed.META),
        ("find /etc/mail -name '*.db' -exec chgrp smmsp {} +", Deed.META),
        ("find /var/spool/mqueue -print | xargs -r chown smmta:smmsp", Deed.META),
        ("chown -R root:root /etc", Deed.META),
        ("setfacl -R -m g:mail:rwx /etc/mail", Deed.META),
        ("install -m 0600 -o root new.key /etc/mail/tls/relay.key", Deed.WRITE),
        ("cp -p /root/access /etc/mail/", Deed.WRITE),
        ("grep -v spam list > /etc/mail/access", Deed.WRITE),
        ("cd /etc/mail && mv access.new access", Deed.WRITE),
        ("m4 /etc/mail/sendmail.mc >/etc/mail/sendmail.cf", Deed.REWRITE),
        ("sed -i s/a/b/ /etc/mail/sendmail.mc", Deed.REWRITE),
        ("rsync -a master:/etc/mail/ /etc/mail/", Deed.REWRITE),
        ("cp /srv/golden/sendmail.mc /etc/mail/", Deed.REWRITE),
        ("cp -a /srv/golden/* /etc/mail", Deed.REWRITE),
        ("cd /etc/mail; cp /srv/sendmail.cf sendmail.cf", Deed.REWRITE),
        ("git -C /etc/mail pull", Deed.REWRITE),
        ("cd /etc/mail && git checkout -f", Deed.REWRITE),
        ("/usr/sbin/sendmailconfig --force", Deed.OWN),
        # What only reads them, or is about something else.
        ("# chown smmta /etc/mail", None),
        ("cp -pf /etc/mail/sendmail.mc /var/backups/sendmail.mc.bak", None),
        ("rsync -a /etc/mail/ backup:/relay1/", None),
        ("tar czf /root/mail.tgz /etc/mail", None),
        ("cp /etc/mail/access /root/a && chown root /root/a", None),
        ("chown smmsp /var/spool/mqueue-client", None),
        ("chown -R www-data /var/www", None),
        ("sed -n 1p /etc/mail/sendmail.mc", None),
        ("make -C /etc/mail", None),
        ("mailq | grep -c /var/spool/mqueue > /run/count", None),
    ],
)
def test_what_a_line_does(line: str, does: Deed | None) -> None:
    assert deed(line, PLACES) is does


class Grepping(PaperHost):
    """A host on paper that greps its own files."""

    def probe(self, command: Command) -> Completed:
        if command.argv[0] != grep.TOOL:
            return super().probe(command)
        at = command.argv.index("-e")
        pattern = re.compile(command.argv[at + 1], re.IGNORECASE)
        out = ""
        for path in command.argv[command.argv.index("--") + 1 :]:
            for number, line in enumerate(self.files[path].text().splitlines(), 1):
                out += f"{path}\0{number}:{line}\n" if pattern.search(line) else ""
        return Completed(0 if out else 1, out.encode())


def found(files: dict[str, str], locked: tuple[str, ...] = ()) -> Undoers:
    """What is found on a host with these files, a directory for each."""
    states: dict[str, FileState] = {path: text(content) for path, content in files.items()}
    for path in files:
        parts = path.split("/")
        for n in range(2, len(parts)):
            states.setdefault("/".join(parts[:n]), DIRECTORY)
    host = Grepping(states, locked=locked)
    queues = Queues(("/var/spool/mqueue",), (), 0)
    return gather(host, Debian("Debian", "systemd"), queues)


def one(files: dict[str, str]) -> Undoer:
    """The only one on such a host."""
    told = found(files)
    assert told.unreadable == ()
    assert len(told.found) == 1, told.found
    return told.found[0]


def test_a_bare_host_has_none() -> None:
    assert found({"/etc/hosts": "127.0.0.1 localhost\n"}) == Undoers(())


@pytest.mark.parametrize(
    ("path", "content", "when"),
    [
        ("/etc/cron.d/perms", "@daily root chown smmta /etc/mail\n", "as cron runs it"),
        ("/var/spool/cron/crontabs/root", "5 4 * * * chown smmta /etc/mail\n", "as cron runs it"),
        ("/etc/cron.daily/perms", "#!/bin/sh\nchown smmta /etc/mail\n", "each day"),
        ("/etc/rc.local", "#!/bin/sh\nchown smmta /etc/mail\n", "at each boot"),
        (
            "/etc/apt/apt.conf.d/99x",
            'DPkg::Post-Invoke {"chown smmta /etc/mail";};\n',
            "at each run of apt",
        ),
        (
            "/etc/systemd/system/sendmail.service.d/x.conf",
            "[Service]\nExecStartPre=/bin/chown smmta /etc/mail\n",
            "at each start of Sendmail",
        ),
    ],
)
def test_jobs_and_hooks(path: str, content: str, when: str) -> None:
    undoer = one({path: content})
    assert undoer.name == path
    assert when in undoer.resets
    assert not undoer.guarded
    assert "chown smmta /etc/mail" in undoer.places[0]


def test_a_script_that_a_job_names_is_looked_into() -> None:
    files = {
        "/etc/cron.d/own": "@daily root /usr/local/sbin/fix --quiet\n",
        "/usr/local/sbin/fix": "#!/bin/sh\nset -e\nrsync -a hub:/etc/mail/ /etc/mail/\n",
    }
    undoer = one(files)
    assert undoer.places == ("/usr/local/sbin/fix:3  rsync -a hub:/etc/mail/ /etc/mail/",)
    assert undoer.rewrites


def test_a_timers_service_and_its_script_are_looked_into() -> None:
    files = {
        "/etc/systemd/system/fix.timer": "[Timer]\nOnCalendar=daily\n",
        "/etc/systemd/system/fix.service": "[Service]\nExecStart=/opt/fix.sh\n",
        "/opt/fix.sh": "chmod 700 /var/spool/mqueue\n",
    }
    assert one(files).name == "/opt/fix.sh"


def test_a_service_without_a_timer_is_nobodys_job() -> None:
    files = {"/etc/systemd/system/x.service": "[Service]\nExecStart=/bin/chown a /etc/mail\n"}
    assert found(files).found == ()


def test_tmpfiles_of_etc_hide_those_of_usr() -> None:
    hidden = {"/usr/lib/tmpfiles.d/mail.conf": "d /var/spool/mqueue 2750 smmta smmsp -\n"}
    assert one(hidden).name == "tmpfiles.d"
    assert found({**hidden, "/etc/tmpfiles.d/mail.conf": "# nothing\n"}).found == ()


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Z /etc/mail - smmta smmsp -", ["tmpfiles.d"]),
        ("Z /var/spool 0755 root root -", ["tmpfiles.d"]),
        ("z /etc/mail - - - -", []),
        ("d /run/sendmail 2755 root smmta -", ["tmpfiles.d for /run"]),
        ("d /var/spool/mqueue-client 2770 smmsp smmsp -", []),
    ],
)
def test_lines_of_tmpfiles(line: str, names: list[str]) -> None:
    assert [x.name for x in found({"/etc/tmpfiles.d/x.conf": f"{line}\n"}).found] == names


def test_permissions_and_etckeeper() -> None:
    assert one({"/etc/permissions.local": "/etc/mail/ root:root 0755\n"}).name == "permissions"
    kept = one({"/etc/.etckeeper": "maybe chmod 0755 'init.d'\nmaybe chown 'smmta' 'mail'\n"})
    assert kept.places == ("/etc/.etckeeper:2  maybe chown 'smmta' 'mail'",)


def test_marks_of_configuration_management() -> None:
    mark = one({"/etc/mail/sendmail.mc": "dnl Ansible managed: do not edit\nOSTYPE(`debian')\n"})
    assert (mark.name, mark.rewrites, mark.guarded) == ("Ansible", True, False)
    access = one({"/etc/mail/access": "# This file is managed by Puppet\nConnect:x RELAY\n"})
    assert (access.name, access.rewrites) == ("Puppet", False)
    assert found({"/etc/mail/access": "# salt lake city\nConnect:chef.example OK\n"}).found == ()


def test_agents_and_what_they_keep() -> None:
    conf = {"/etc/puppetlabs/puppet/puppet.conf": "[main]\n"}
    assert "nothing shows" in one(conf).resets
    state = "/opt/puppetlabs/puppet/cache/state/resources.txt"
    keeps = one({**conf, state: "file[/etc/motd]\nfile[/etc/mail/sendmail.mc]\n"})
    assert keeps.rewrites
    assert keeps.places == (f"{state}:2  file[/etc/mail/sendmail.mc]",)
    backup = "/var/chef/backup/etc/mail/sendmail.mc.chef-20260101"
    assert one({backup: ""}).rewrites


def test_debians_own_are_guarded_and_hands_off_is_explained() -> None:
    update = {"/usr/share/sendmail/update_sys": "chown smmta:smmsp /etc/mail;\n"}
    assert one(update).guarded
    off = one({**update, "/etc/mail/sendmail.conf": 'HANDS_OFF="Yes";\n'})
    assert off.name == "HANDS_OFF=Yes"
    assert "runs of the submission queue" in off.resets
    run_as = one({"/etc/mail/sendmail.conf": 'DAEMON_RUNASUSER="smmta";\t# x\n'})
    assert "uses it nowhere" in run_as.resets
    assert (
        found({"/etc/mail/sendmail.conf": 'HANDS_OFF="No";\nDAEMON_RUNASUSER="No";\n'}).found == ()
    )


def test_an_override_of_dpkg_is_told_and_that_of_the_program_is_not() -> None:
    lines = "root smmsp 2755 /usr/libexec/sendmail/sendmail\nsmmta smmsp 2755 /etc/mail\n"
    told = one({"/var/lib/dpkg/statoverride": lines})
    assert told.places == ("/var/lib/dpkg/statoverride:2  smmta smmsp 2755 /etc/mail",)


def test_what_cannot_be_read_is_told_and_loses_nothing_else() -> None:
    files = {"/etc/cron.daily/x": "chown a /etc/mail\n", "/etc/cron.d/y": "\n"}
    told = found(files, locked=("/etc/cron.d",))
    assert [x.name for x in told.found] == ["/etc/cron.daily/x"]
    assert told.unreadable == ("/etc/cron.d/: Permission denied",)
