"""What the rehearsal's paper host looks like: a Debian relay as in the pictures."""

from __future__ import annotations

from wizard.facts.model import (
    Cf,
    Config,
    Daemons,
    Disk,
    Facts,
    Listener,
    LogFile,
    Logs,
    MapFiles,
    Queues,
    Sendmail,
    Service,
    Unknown,
)
from wizard.model import (
    Await,
    CheckResult,
    Choices,
    Command,
    Condition,
    Expected,
    FileState,
    Finding,
    Gate,
    Kind,
    Matches,
    Names,
    Outcome,
    Plan,
    Process,
    RunCommand,
    SetMeta,
    SetMetaTree,
    Severity,
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
DAEMON_OPTIONS(`Family=inet, Name=MTA-v4, Port=smtp')dnl
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
_OPTIONS = """\
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
NEW_OPTIONS = _OPTIONS.replace("#O RunAsUser=sendmail", "O RunAsUser=sendmail:sendmail")
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

_DAEMON = Process(
    1628, 1, "root", (0, 0, 0), "sendmail: MTA: accepting connections", 0.0, "/usr/sbin/sendmail"
)
FACTS = Facts(
    platform="debian",
    sendmail=Sendmail("/usr/lib/sm.bin/sendmail", True, "8.17.1.9", "Version 8.17.1.9"),
    daemons=Daemons(
        (Listener("0.0.0.0", 25, 1628, _DAEMON.title, _DAEMON.exe),),
        (_DAEMON,),
    ),
    config=Config(
        "/etc/mail/sendmail.mc",
        "/etc/mail/sendmail.cf",
        FileState(Kind.FILE, 0o644, 0, 108, len(MC), content=MC.encode()),
        FileState(Kind.FILE, 0o644, 0, 108, 69012, content=_OPTIONS.encode()),
        _OPTIONS.encode(),
        "",
        (),
        False,
    ),
    cf=Cf("/etc/mail/sendmail.cf", {"LogLevel": ("9",)}, (), (), (), {}, 2083),
    queues=Queues(("/var/spool/mqueue",), (), 41207),
    map_files=MapFiles((), "/etc/mail", ()),
    accounts=Unknown("not needed for the rehearsal"),
    classes=Unknown("not needed for the rehearsal"),
    service=Service("systemd", True),
    aliases=Unknown("/etc/aliases: Permission denied", "root"),
    forwards=Unknown("not needed for the rehearsal"),
    logs=Logs(
        (LogFile("/var/log/mail.log", 3_214_889, Matches(0)),), 9, "Sep 22 06:25:01", (), 61.0
    ),
    disk=Disk("/var/lib/stepdown", 18_253_611_008, 12_582_912),
)


def _passed(check_id: str, title: str, summary: str) -> CheckResult:
    return CheckResult(check_id, Outcome.PASS, title, summary)


ALIAS = CheckResult(
    "relay.alias-programs",
    Outcome.FOUND,
    "An alias runs a program",
    "/etc/aliases:14",
    (
        Finding(
            "relay.alias-programs",
            Severity.BLOCKER,
            "An alias runs a program",
            (
                '/etc/aliases:14  ticket:  "|/usr/local/bin/ticket --queue support"',
                "sendmail -bv ticket  deliverable: mailer prog",
            ),
            "Today the program runs as daemon. After the switch it would still run, as"
            " `sendmail`, with the queue in reach. The article: “The second point is the"
            " show-stopper in many cases.”",
            "Send ticket@ to the hub, and run the program there:\nticket:  ticket@hub.example.net",
        ),
    ),
    "Looks for aliases that run a program, write a file or include a list.",
)
BOUNCES = CheckResult(
    "relay.double-bounces",
    Outcome.FOUND,
    "Double bounces stay on this host",
    "postmaster → local; last one 12 Nov",
    (
        Finding(
            "relay.double-bounces",
            Severity.WARNING,
            "Double bounces stay on this host",
            ("sendmail -bv postmaster  deliverable: mailer local, user postmaster",),
            "A bounce that cannot be delivered goes to postmaster; a local one is lost to"
            " dead.letter once nobody here may write mailboxes.",
            "define(`confDOUBLE_BOUNCE_ADDRESS', `postmaster@example.net')",
        ),
    ),
)
GUARDED = CheckResult(
    "host.who-undoes-this",
    Outcome.FOUND,
    "Something else sets owners in /etc/mail",
    "update_sys, Makefile: a guard will be planned",
    (
        Finding(
            "host.who-undoes-this",
            Severity.OVERRIDABLE,
            "Debian's update_sys gives the queue back to smmta",
            (
                "/usr/share/sendmail/update_sys:214  chown smmta:smmsp /var/spool/mqueue",
                "/etc/mail/[old]/Makefile:31  chmod 0640 *.db",
            ),
            "Each sendmailconfig and each package configure re-owns the queue: 451 at connect.",
            "Accept it knowingly: the guard restores owners after make, not after sendmailconfig.",
        ),
    ),
)

_PASSES = (
    _passed(
        "relay.local-deliveries",
        "No mail was delivered locally in 61 days of logs",
        "3,214,889 deliveries, 9 archives, LogLevel 9",
    ),
    _passed(
        "relay.system-addresses",
        "root, postmaster and MAILER-DAEMON leave this host",
        "sendmail -bv → esmtp [hub.example.net]",
    ),
    _passed(
        "relay.forward-files",
        "No account has a .forward file",
        "212 accounts, 198 homes, 0 unreadable",
    ),
    _passed("config.m4", "m4 reproduces sendmail.cf", "no edits by hand"),
    _passed(
        "relay.tables", "virtusertable and mailertable point off-host", "4,112 and 388 entries"
    ),
    _passed(
        "safety.escape",
        "Nothing root reads is writable by `sendmail`",
        "31 paths, each directory on the way",
    ),
    _passed("host.disk", "There is room for the snapshot", "17 GiB free, 12 MiB needed"),
    _passed("host.daemon", "One Sendmail listens on port 25", "pid 1628, /usr/sbin/sendmail"),
)
UNREADABLE = CheckResult(
    "relay.mailboxes",
    Outcome.UNKNOWN,
    "Are there mailboxes in use?",
    "/var/mail: Permission denied",
    (
        Finding(
            "relay.mailboxes",
            Severity.BLOCKER,
            "Could not be looked at",
            ("/var/mail: Permission denied",),
            "What could not be read, parsed or run is unknown, and unknown is never fine.",
            "Run it again as root.",
        ),
    ),
)


def blocked() -> tuple[CheckResult, ...]:
    """One alias blocks, one thing could not be seen, one may be accepted."""
    return (*_PASSES[:3], ALIAS, BOUNCES, *_PASSES[3:6], GUARDED, *_PASSES[6:], UNREADABLE)


def acceptable() -> tuple[CheckResult, ...]:
    """Only an overridable finding blocks."""
    return (*_PASSES[:3], GUARDED, *_PASSES[3:])


def ready() -> tuple[CheckResult, ...]:
    """Nothing blocks; one warning."""
    return (*_PASSES[:3], BOUNCES, *_PASSES[3:])


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
                    _OPTIONS,
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
    )
