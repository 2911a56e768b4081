"""The plan for the rehearsal's paper host, and the files that it writes."""

from __future__ import annotations

from wizard.model import FileState, Kind
from wizard.plans import (
    Await,
    Choices,
    Command,
    Condition,
    Expected,
    Gate,
    Names,
    Plan,
    RunCommand,
    SetMeta,
    SetMetaTree,
    Step,
    WriteFile,
)

MC = """\
divert(0)dnl
#   sendmail.mc for relay1.example.net
include(`/usr/share/sendmail/cf/m4/cf.m4')dnl
VERSIONID(`$Id: sendmail.mc, v 8.17.1.9 relay1 $')
OSTYPE(`debian')dnl
DOMAIN(`debian-mta')dnl
DAEMONOPTIONS(`Family=inet, Name=MTA-v4, Port=smtp')dnl
define(`confLOG_LEVEL', `9')dnl
FEATURE(`access_db', , `skip')dnl
FEATURE(`virtusertable')dnl
dnl # Default Mailer setup
FEATURE(`mailertable')dnl
MAILER_DEFINITIONS
MAILER(`local')dnl
MAILER(`smtp')dnl
"""
_LINE = "define(`confRUN_AS_USER', `sendmail:sendmail')dnl\n"
NEW_MC = MC.replace("MAILER_DEFINITIONS", _LINE + "MAILER_DEFINITIONS")
OPTIONS = """\
# SMTP daemon options
O DaemonPortOptions=Family=inet, Name=MTA-v4, Port=smtp
# queue directory
O QueueDirectory=/var/spool/mqueue
# what user id do we assume for the majority of the processing?
#O RunAsUser=sendmail
# maximum number of recipients per SMTP envelope
#O MaxRecipientsPerMessage=0
# shall we get local names from our installed interfaces?
#O DontProbeInterfaces=False
"""
NEW_OPTIONS = OPTIONS.replace("#O RunAsUser=sendmail", "O RunAsUser=sendmail:sendmail")
GUARD = """\
# Kept by stepdown: make prefers this file to Makefile, so that every rebuild of
# the maps ends with the group and mode that the unprivileged children need.
MAIN = $(MAKE) -f Makefile
%:
\t$(MAIN) $@
\tchgrp sendmail /etc/mail /etc/mail/*.db
\tchmod g+rs /etc/mail
.PHONY: %
"""


def _write(path: str, before: str, after: str, note: str = "") -> WriteFile:
    old = FileState(Kind.FILE, 0o644, 0, 108, len(before), content=before.encode())
    new = FileState(Kind.ABSENT)
    expect = Expected.of(old if before else new)
    return WriteFile(path, after.encode(), 0, 0, 0o644, expect, before.encode(), note)


def _meta(path: str, uid: int, gid: int, mode: int, to_mode: int, note: str = "") -> SetMeta:
    kind = Kind.FILE if path.endswith(".db") else Kind.DIRECTORY
    return SetMeta(path, 0, 988, to_mode, Expected(kind, uid, gid, mode), note)


def _account(group: str) -> tuple[Step, Step]:
    add = Command(("/usr/sbin/groupadd", "-r", "-g", "988", group))
    gone = Command(("/usr/sbin/groupdel", group), ok_codes=(0, 6))
    user = "/usr/sbin/useradd -r -u 988 -g 988 -M -d /var/spool/mqueue -s /usr/sbin/nologin"
    files = ("/etc/group", "/etc/gshadow")
    return (
        Step(
            "account.group",
            "group sendmail (gid 24 is cdrom: 988)",
            "A group of its own, so that maps can be given to the children and to nobody else.",
            "Do not use the special smmsp user and group that the MSP uses; create a new user"
            " and group ID.",
            "before",
            (RunCommand(add, gone, files, note="creates the group"),),
            ("The article's gid 24 is taken by cdrom on this host; 988 is free.",),
        ),
        Step(
            "account.user",
            "user sendmail, locked",
            "Nobody will ever log in as this account.",
            "Nobody will actually log in as this user, so you can lock the password entry and"
            " use an invalid shell and home directory.",
            "before",
            (
                RunCommand(
                    Command((*user.split(), group)),
                    Command(("/usr/sbin/userdel", group), ok_codes=(0, 6)),
                    ("/etc/passwd", "/etc/shadow"),
                    note="creates the account, locked",
                ),
            ),
        ),
    )


def _before(owner: str) -> tuple[Step, ...]:
    check = Command(("/usr/sbin/sendmail", "-C", "/var/lib/stepdown/candidate.cf", "-bv", "root"))
    return (
        *_account(owner.partition(":")[2]),
        Step(
            "config.candidate",
            "candidate cf: m4, checked, maps read",
            "The new cf is tried as the new user before anything live changes.",
            "",
            "before",
            (Gate(check, "unsafe map file", "A map would be unreadable after the switch."),),
        ),
        Step(
            "queue.first-pass",
            "queue, first pass: 41,207 entries",
            "Re-owning takes time, so most of it happens while the relay still answers.",
            "chown -R sendmail:sendmail /var/spool/mqueue; chmod 700 /var/spool/mqueue",
            "before",
            (
                SetMetaTree(
                    "/var/spool/mqueue",
                    988,
                    988,
                    0o700,
                    Expected(Kind.DIRECTORY, 107, 108, 0o2750),
                ),
            ),
            ("41,207 entries now; a second pass takes what arrives meanwhile.",),
        ),
    )


def _switch() -> tuple[Step, ...]:
    mail = "/etc/mail"
    needed = "not in the article; without it every message is queued"
    hup = Command(("/usr/bin/kill", "-HUP", "1628"))
    return (
        Step(
            "switch.drain",
            "drain 3 sessions, at most 60 s",
            "A root child in DATA would get 421 when the queue is re-owned underneath it.",
            "",
            "switch",
            (Await(Condition.NO_SENDMAIL_CHILDREN, "/usr/sbin/sendmail", 60, fatal=False),),
        ),
        Step(
            "config.run-as-user",
            "sendmail.mc, sendmail.cf",
            "RunAsUser makes each child give up root before it speaks to anybody.",
            "If you're adding this directive to an m4-style macro configuration file, then the"
            " correct syntax is define(`confRUN_AS_USER', `sendmail:sendmail')",
            "switch",
            (
                _write(f"{mail}/sendmail.mc", MC, NEW_MC),
                _write(
                    f"{mail}/sendmail.cf",
                    OPTIONS,
                    NEW_OPTIONS,
                    "rebuilt by m4, 2,083 lines, 1 changed, accepted by sendmail -C",
                ),
            ),
        ),
        Step(
            "maps.group",
            "/etc/mail group and set-gid",
            "The children read maps through the group; root stays their owner.",
            "chgrp -R sendmail /etc/mail; chmod -R g+r /etc/mail; chmod g+s /etc/mail",
            "switch",
            (
                _meta(mail, 107, 108, 0o2755, 0o2755),
                _meta(f"{mail}/mailertable.db", 0, 108, 0o640, 0o640, needed),
                _meta(f"{mail}/tls/[keys]/relay.db", 0, 108, 0o640, 0o640),
            ),
        ),
        Step(
            "switch.reload",
            "SIGHUP to 1628",
            "The master stays root and re-reads its configuration; only children step down.",
            "Now start the Sendmail process (/etc/init.d/sendmail start in most cases).",
            "switch",
            (
                RunCommand(hup, hup, (), note="the master re-executes itself"),
                Await(Condition.SMTP_ANSWERS, "127.0.0.1:25", 30),
            ),
        ),
    )


def plan(choices: Choices | None = None) -> Plan:
    """The plan for the paper host."""
    guard = Step(
        "stay.guard",
        "guard for make and packages",
        "Debian's make gives the maps back to smmsp; the guard runs after it.",
        "",
        "after",
        (_write("/etc/mail/GNUmakefile", "", GUARD),),
    )
    return Plan(
        "stepdown.plan/1",
        "relay1.example.net",
        "0" * 64,
        "debian",
        choices or Choices(),
        "f" * 64,
        {},
        (*_before("sendmail:sendmail"), *_switch(), guard),
        988,
        988,
        "/etc/mail/sendmail.cf",
        Names({"0": "root", "107": "smmta"}, {"0": "root", "108": "smmsp"}),
        "7f3a9c1e" * 8,
        outage={"restart": 2.1, "reload": 0.021},
    )
