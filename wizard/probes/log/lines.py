"""What a line of Sendmail's in the log says, and whether it means trouble after the switch.

Other hosts have a say in what is logged: names of theirs, addresses, message ids, header fields,
their own replies. None of it may pass for a fault of ours, and none of it may hide one.
"""

from __future__ import annotations

import re

from msgspec import Struct

TROUBLE = re.compile(
    r"unsafe map file|missing map file|cannot pre-open database|Cannot open .* database|"
    r"fileclass: cannot open|cannot open alias database|(World|Group) writable (directory|file)|"
    r"(Group|World) readable file|WARNING: dangerous write permissions|dangerous permissions=|"
    r"can not write to queue directory|gatherq: cannot open|readqf: (no control file|cannot open)|"
    r"queueup: cannot|collect: Cannot write|bogus queue file|Losing \S*/|savemail panic|"
    r"cannot rename|drop_privileges:|could not drop privileges|"
    r"insufficient privileges to change|unable to write pid|could not open control socket|"
    r"STARTTLS=\w+: file .*unsafe|STARTTLS=\w+, error: SSL_(CTX_)?use_\w+_file|"
    r"Milter \([^)]*\): (local socket name .*unsafe|error connecting to filter: Permission denied)|"
    r"(local socket name|domain socket) .*unsafe|unsafe domain socket|can not chdir\(|"
    r"can not opendir\(|Program mode requires special privileges"
)
"""Fact 7, and what was seen beside it. Of milters and STARTTLS only Sendmail's own words: a header
that a milter adds, or the name of a host that spoke TLS, may hold the word `unsafe` too."""
HARMLESS = (
    (
        re.compile(r"collect: Cannot write .*\buid=0\b"),
        "a session of the old root daemon lost the queue in the middle of a message: it was "
        "answered with 421, and the other host tries again",
    ),
    (
        re.compile(r"could not open control socket"),
        "the control socket: its directory is root's and is made anew at each boot; nothing of "
        "the relay's work needs it",
    ),
    (
        re.compile(r"SYSERR\((?!root\))[^)]*\): .*fileclass: cannot open .*Permission denied"),
        "class files that only root may read: the daemon reads them as root; what asked as the "
        "account was the proof itself",
    ),
)
"Trouble strings that are known to be harmless on a migrated relay, and why (fact 3)."
SYSERR = re.compile(r"SYSERR\(([^)]*)\)")
"Names the user who ran the Sendmail that had the fault."
TOLD_BY_OTHERS = re.compile(
    r"\b(from|to|ctladdr|orcpt|msgid|message-id|arg1|arg2|subject|relay|reject|stat|user|authid|"
    r"authenid|host|helo|cmd|command|header|info|AltName|cert-subject|cert-issuer|reply)="
)
"From here on a line repeats what another host said; Sendmail's own words come before."
TALK = re.compile(r"(<|--- |AUTH\b|Milter(?! \([^)]*\): ))")
"Lines that are nothing but that: commands and replies, recipients, what milters saw and did."
IN_ANGLES = re.compile(r"<[^<>]*>")
OWN_TAG = re.compile(r"sendmail|sm-")
"How a tag of Sendmail's begins, where nobody chose another with -L."
STAMP = r"(?:\d{4}-\d\d-\d\dT\S+|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d)"
LINE = re.compile(
    rf"(?:<\d+>)?{STAMP} (?:\S+ )?(?P<tag>[^\s:\[\]]+)(?:\[(?P<pid>\d+)\])?: "
    r"(?:\[ID \d+ [\w.]+\] )?(?:(?P<id>[0-9A-Za-z]{12,20}|NOQUEUE): )?(?P<said>.*)",
    re.DOTALL,
)


class LogLine(Struct, frozen=True):
    """A line, taken apart."""

    tag: str
    pid: int
    "0 where the line tells none."
    queue_id: str
    "Empty where it speaks of no message."
    said: str


def parts(line: str) -> LogLine:
    """Take a line apart; one of an unknown shape is all `said`."""
    found = LINE.match(line)
    if found is None:
        return LogLine("", 0, "", line)
    queue_id = found["id"] or ""
    queue_id = "" if queue_id == "NOQUEUE" else queue_id
    return LogLine(found["tag"], int(found["pid"] or 0), queue_id, found["said"])


def of_sendmail(line: str) -> bool:
    """Whether Sendmail wrote it, whatever its tag: by a queue id, or by a name of its own."""
    told = parts(line)
    return bool(told.queue_id) or "NOQUEUE: " in line or bool(OWN_TAG.match(told.tag))


def trouble_in(line: str) -> str | None:
    """Who had the fault that the line tells: a user's name, or empty; None where it tells none."""
    if not TROUBLE.search(line):
        return None
    said = parts(line).said
    if TALK.match(said):
        return None
    own = TOLD_BY_OTHERS.split(IN_ANGLES.sub("<>", said), maxsplit=1)[0]
    if not TROUBLE.search(own):
        return None
    of_user = SYSERR.match(said)
    return of_user.group(1) if of_user else ""


def harmless(line: str) -> str:
    """Why the trouble that a line tells is none; empty where it is not known to be."""
    return next((why for pattern, why in HARMLESS if pattern.search(line)), "")
