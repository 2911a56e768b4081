"""confRUN_AS_USER: the .mc, the cf that m4 makes of it, and the proof before it goes live."""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec.structs import replace

from wizard.facts.cf import active_options
from wizard.facts.model import Config, Unknown
from wizard.facts.way_model import Doors
from wizard.plans import CANDIDATE, SCRATCH, Command, Gate
from wizard.steps import cf_edit, differs
from wizard.steps.base import Account, Planned, Planning, StepDefinition
from wizard.steps.cf_edit import Change, Edit, option_setter
from wizard.steps.key_option import group_readable_key

TROUBLE = (
    r"unsafe map file|missing map file|Cannot open .* database|fileclass: cannot open|"
    r"(World|Group) writable (directory|file)|unknown user|unknown option|"
    r"[Pp]ermission denied|line [0-9]+:|requires special privileges|can not chdir"
)
"What a sendmail that looks at the candidate must not say (facts 2 and 7)."
REFUSED = r"^451 4\.0\.0 |^451 4\.3\.2 Please try again|^421 |local socket name .* unsafe"
"What it must not answer in a dialogue: that a milter is out of reach, or the cf no good."


def run_as_user(account: Account) -> Change:
    """confRUN_AS_USER, the article's own change."""
    wanted = account.run_as()

    def wrong(cf: str) -> str:
        values = active_options(cf, "RunAsUser")
        if values == [wanted]:
            return ""
        return f"RunAsUser {values or 'nowhere'}, not exactly one of {wanted}"

    return Change(
        "SMTP children run unprivileged",
        f"define(`confRUN_AS_USER', `{wanted}')dnl",
        option_setter("RunAsUser", wanted),
        re.compile(r"O\s+RunAsUser\b"),
        wrong,
    )


def edit(p: Planning) -> Edit:
    """The configuration with RunAsUser. Raises StepdownError, saying what is wrong."""
    change = run_as_user(p.account)
    if differs.repairing(p) and differs.mc_right(p):
        change = replace(change, define="", wrong=_wrong_for(p))
    key = group_readable_key(p)
    return cf_edit.edit(p, change, key) if key else cf_edit.edit(p, change)


def _wrong_for(p: Planning) -> Callable[[str], str]:
    """Of a .mc that says it in its own words, such as `sendmail` without the group."""
    return lambda cf: "" if differs.says_it(p, cf) else "RunAsUser of another account, or none"


def _candidate(p: Planning) -> tuple[str, str]:
    """The cf that commands name, and the path whose planned content stands for it."""
    if differs.repairing(p) and differs.config_right(p):
        return p.host.resolve(p.platform.cf_path), ""
    return CANDIDATE, edit(p).cf_path


def _candidate_maps(p: Planning) -> Planned:
    named, candidate = _candidate(p)
    cf = p.facts.cf
    maps = [] if isinstance(cf, Unknown) else [m.name for m in cf.maps if m.opened]
    looks = "".join(f"/map {name} stepdown.test\n" for name in maps)
    command = Command((p.platform.sendmail, "-C", named, "-bt"), stdin=looks.encode())
    meaning = f"as {p.account.user}: can it open {', '.join(maps) or 'its maps'}?"
    account = p.account
    gate = Gate(
        p.platform.as_account(account.uid, account.gid, command), TROUBLE, meaning, candidate
    )
    return Planned((gate,))


def _candidate_accepted(p: Planning) -> Planned | None:
    named, candidate = _candidate(p)
    if not candidate:
        return None
    elsewhere = f"QueueDirectory={SCRATCH}"
    argv = (p.platform.sendmail, "-C", named, "-O", elsewhere, "-bv", _address(p))
    command = Command(argv, ok_codes=(0, 67, 68))
    meaning = "root's sendmail steps down by the candidate and resolves an address"
    return Planned((Gate(command, TROUBLE, meaning, candidate),))


def _candidate_speaks(p: Planning) -> Planned:
    candidate = _candidate(p)[1] or p.host.resolve(p.platform.cf_path)
    doors = p.facts.doors
    offered = doors.offers if isinstance(doors, Doors) else ()
    milters = [one.role for one in doors.milters] if isinstance(doors, Doors) else []
    tls = "STARTTLS" in offered
    elsewhere = ("-O", f"QueueDirectory={SCRATCH}")
    argv = (p.platform.sendmail, "-C", CANDIDATE, *elsewhere, "-bs")
    asked = f"EHLO stepdown.test\r\nMAIL FROM:<>\r\nRCPT TO:<{_address(p)}>\r\nRSET\r\nQUIT\r\n"
    command = Command(argv, stdin=asked.encode(), smtp=True)
    also = [*milters, *(["STARTTLS"] if tls else [])]
    meaning = (
        f"as {p.account.user}: does it speak SMTP{', with ' if also else ''}{', '.join(also)}?"
    )
    if also:
        meaning += " If not, the mail log says why: `STARTTLS=server`, `Milter`."
    demand = r"^250[- ]STARTTLS" if tls else r"^220 "
    return Planned((Gate(command, f"{TROUBLE}|{REFUSED}", meaning, candidate, demand),))


def _address(p: Planning) -> str:
    return p.choices.probe_to or "postmaster"


def _write_mc(p: Planning) -> Planned | None:
    if differs.repairing(p) and differs.config_right(p):
        return None
    op = cf_edit.write_mc(p, edit(p))
    return Planned((op,)) if op else None


def _write_cf(p: Planning) -> Planned | None:
    if differs.repairing(p) and differs.config_right(p):
        return None
    made = edit(p)
    op = cf_edit.write_cf(p, made)
    newaliases = (
        "Sendmail's own newaliases steps down too and cannot write the alias database any more; "
        f"{p.platform.sendmail} -O RunAsUser=root -bi does its work, and so does the newaliases "
        "that the guard puts before it in root's path."
    )
    return Planned((op,), (newaliases, *_kept_by_hand(p, made)))


def _kept_by_hand(p: Planning, made: Edit) -> tuple[str, ...]:
    config = p.facts.config
    if made.mc_path or not isinstance(config, Config) or not config.mc.exists:
        return ()
    return (f"{config.mc_path} is left as it is: the next rebuild with m4 would lose RunAsUser.",)


MAPS = StepDefinition(
    id="candidate-maps",
    title="the new account can open every map",
    why="A map that the children cannot open does not stop the relay: it accepts mail and queues "
    "it forever. So the candidate is tried as the new account before anything stops.",
    recipe="",
    stage="before",
    plan=_candidate_maps,
    after=("account-user", "mail-directory", "etc-aliases"),
)

ACCEPTED = StepDefinition(
    id="candidate-accepted",
    title="sendmail accepts the candidate",
    why="A cf that the daemon refuses leaves no daemon at all. So sendmail reads the candidate, "
    "steps down by it and resolves an address before it goes live.",
    recipe="",
    stage="before",
    plan=_candidate_accepted,
    after=("candidate-maps",),
)

SPEAKS = StepDefinition(
    id="candidate-speaks",
    title="sendmail speaks SMTP by the candidate",
    why="A milter that is out of reach keeps the daemon from starting, and a key that is makes "
    "STARTTLS disappear without a word. So a whole dialogue is held first, with the daemon's own "
    "checks, while the relay still runs.",
    recipe="",
    stage="before",
    plan=_candidate_speaks,
    after=("candidate-accepted", "tls-keys", "milter-sockets", "files-elsewhere"),
    before=("service-stop", "service-rehearsal"),
)

MC = StepDefinition(
    id="config-mc",
    title="confRUN_AS_USER in the .mc",
    why="The .mc is what the next admin will edit; an option only in the cf is lost at the next "
    "rebuild.",
    recipe="If you're adding this directive to an m4-style macro configuration file, then the "
    "correct syntax is: define(`confRUN_AS_USER', `sendmail:sendmail')",
    stage="switch",
    plan=_write_mc,
    after=("queue-owner",),
)

CF = StepDefinition(
    id="config-cf",
    title="the new sendmail.cf",
    why="This is the switch itself: one line more than before, and nothing else.",
    recipe="Use m4 to generate your new sendmail.cf and overwrite the existing configuration "
    "file on your mail server.",
    stage="switch",
    plan=_write_cf,
    after=("config-mc", "queue-owner"),
)
