"""What the rehearsal's paper host looks like: a Debian relay as in the pictures."""

from __future__ import annotations

from collections.abc import Iterable

from tests.screens import canned_plan
from wizard.api import Check, Subject, Verdict
from wizard.facts.cf_model import Cf
from wizard.facts.mail_model import LogFile, Logs
from wizard.facts.model import (
    Config,
    Daemons,
    Disk,
    Facts,
    Listener,
    MapFiles,
    Queues,
    Sendmail,
    Service,
    Unknown,
)
from wizard.model import CheckResult, FileState, Finding, Kind, Matches, Outcome, Process, Severity
from wizard.remedies.base import RemedyOffer
from wizard.switch_advice import SwitchAdvice

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
        FileState(Kind.FILE, 0o644, 0, 108, len(canned_plan.MC), content=canned_plan.MC.encode()),
        FileState(Kind.FILE, 0o644, 0, 108, 69012, content=canned_plan.OPTIONS.encode()),
        canned_plan.OPTIONS.encode(),
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
    tables=Unknown("not needed for the rehearsal"),
    resolutions=Unknown("not needed for the rehearsal"),
    log_recipients=Unknown("not needed for the rehearsal"),
    queued=Unknown("not needed for the rehearsal"),
    mailboxes=Unknown("not needed for the rehearsal"),
    mailstats=Unknown("not needed for the rehearsal"),
    jobs=Unknown("not needed for the rehearsal"),
    ground=Unknown("not needed for the rehearsal"),
    trusted=Unknown("not needed for the rehearsal"),
    doors=Unknown("not needed for the rehearsal"),
    undoers=Unknown("not needed for the rehearsal"),
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
        "needs.escape",
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


_QUESTIONS = {
    "relay.local-deliveries": ("Was mail delivered locally?", ("logs",)),
    "relay.system-addresses": ("Do root and postmaster leave this host?", ("resolutions",)),
    "relay.forward-files": ("Does an account have a .forward file?", ("forwards",)),
    "relay.alias-programs": ("Do aliases run programs?", ("aliases",)),
    "relay.double-bounces": ("Where do double bounces go?", ("resolutions",)),
    "relay.tables": ("Do the tables point off-host?", ("tables",)),
    "relay.mailboxes": ("Are there mailboxes in use?", ("mailboxes",)),
    "config.m4": ("Does m4 reproduce sendmail.cf?", ("config",)),
    "host.who-undoes-this": ("Will something undo this?", ("map_files",)),
    "host.disk": ("Is there room for the snapshot?", ("disk",)),
    "host.daemon": ("Does one Sendmail listen on port 25?", ("daemons",)),
}
"""Question and facts of each check of the rehearsal."""


def _never(subject: Subject) -> Verdict:
    raise AssertionError(f"{subject.identity.host} is made of paper: nothing is judged")


def checks_of(results: Iterable[CheckResult]) -> tuple[Check, ...]:
    """The checks that ended so."""
    out = []
    for one in results:
        question, needs = _QUESTIONS.get(one.check_id, ("What of this?", ("disk",)))
        looks_at = one.help or "Looks at what the title says."
        why = "What is delivered here would stay here."
        out.append(Check(one.check_id, question, _never, looks_at, needs=needs, why=why))
    return tuple(out)


def blocked() -> tuple[CheckResult, ...]:
    """One alias blocks, one thing could not be seen, one may be accepted."""
    return (*_PASSES[:3], ALIAS, BOUNCES, *_PASSES[3:6], GUARDED, *_PASSES[6:], UNREADABLE)


def acceptable() -> tuple[CheckResult, ...]:
    """Only an overridable finding blocks."""
    return (*_PASSES[:3], GUARDED, *_PASSES[3:])


def ready() -> tuple[CheckResult, ...]:
    """Nothing blocks; one warning."""
    return (*_PASSES[:3], BOUNCES, *_PASSES[3:])


MANY = 40


def many() -> tuple[CheckResult, ...]:
    """As many checks as there will be: what blocks is somewhere among what passed."""
    fill = tuple(
        _passed(f"{area}.passed-{number}", f"Nothing of kind {number} is in the way", "looked at")
        for number in range(MANY // 4)
        for area in ("host", "relay", "needs", "config")
    )
    return (*fill[:20], ALIAS, BOUNCES, *fill[20:], GUARDED, UNREADABLE)


HUB = RemedyOffer(
    "mail-hub",
    "Send all local mail to the mail hub",
    "MAIL_HUB hands everything that would be delivered here to another host, aliases included.",
    "The hub's name",
    "hub.example.net",
    ("relay.alias-programs", "relay.mailboxes"),
)
DOUBLE_BOUNCE = RemedyOffer(
    "double-bounce",
    "Drop double bounces",
    "confDOUBLE_BOUNCE_ADDRESS is set to nothing: a bounce of a bounce is dropped.",
    "",
    "",
    ("relay.double-bounces",),
)
NOT_HERE = RemedyOffer(
    "forward-path",
    "Look for no .forward file",
    "ForwardPath is emptied.",
    "",
    "",
    ("relay.alias-programs",),
    impossible="there is no .mc on this host",
)
OFFERS = (HUB, DOUBLE_BOUNCE, NOT_HERE)


_MENDED = {
    "relay.alias-programs": "No alias runs a program",
    "relay.mailboxes": "No mailbox is in use",
    "relay.double-bounces": "Double bounces are dropped",
}


def put_right(result: CheckResult) -> CheckResult:
    """The same check where its finding is put right."""
    title = _MENDED.get(result.check_id, "Put right")
    return _passed(result.check_id, title, "judged as planned")


ADVICE = SwitchAdvice(
    "reload",
    "One daemon serves and runs the queue, and can start itself anew. It takes milliseconds, and"
    " the port is given up only by the daemon itself.",
    {"restart": 2.1, "reload": 0.021},
    "Sessions that are open are waited for first, at most 60 s; port 25 answers meanwhile.",
)
"A host that can be reloaded."
