"""confRUN_AS_USER: the .mc, the cf that m4 makes of it, and the proof before it goes live."""

from __future__ import annotations

import re

from msgspec import Struct

from wizard.errors import StepdownError
from wizard.facts.cf import active_options
from wizard.facts.config import active_lines, build
from wizard.facts.model import Config, Unknown
from wizard.plans import CANDIDATE, SCRATCH, Command, Expected, Gate, WriteFile
from wizard.steps.base import Planned, Planning, StepDefinition, needed

TROUBLE = (
    r"unsafe map file|missing map file|Cannot open .* database|fileclass: cannot open|"
    r"(World|Group) writable (directory|file)|unknown user|unknown option|"
    r"[Pp]ermission denied|line [0-9]+:|requires special privileges|can not chdir"
)
"What a sendmail that looks at the candidate must not say (facts 2 and 7)."
OPTION_LINE = re.compile(r"^#?\s*O\s+RunAsUser\b.*$", re.MULTILINE)
ACTIVE_LINE = re.compile(r"^O\s+RunAsUser\b.*\n?", re.MULTILINE)


class Edit(Struct, frozen=True):
    """The configuration before and after, both files."""

    mc_path: str
    mc_before: bytes
    mc_after: bytes
    "Empty where the .mc is not edited."
    cf_path: str
    cf_before: bytes
    cf_after: bytes


def edit(p: Planning) -> Edit:
    """Work out the edit and prove it on paper. Raises StepdownError, saying what is wrong."""
    needed(p.facts.config, "The configuration")
    config = p.facts.config
    assert isinstance(config, Config)
    how = p.choices.edit or ("mc" if config.mc.exists else "cf")
    if how == "mc" and not config.mc.exists:
        raise StepdownError(f"{config.mc_path} is not there", "Choose --edit cf.")
    made = _by_mc(p, config) if how == "mc" else _by_cf(p, config)
    _prove(p, made, config, how)
    return made


def _by_mc(p: Planning, config: Config) -> Edit:
    before = config.mc.content or b""
    after = append_define(before, p.account.run_as())
    built, problem = build(p.host, p.platform, after)
    if problem:
        raise StepdownError(f"m4 does not build {config.mc_path}: {problem}", "Mend the .mc first.")
    cf = p.platform.finish_cf(built, after)
    paths = p.host.resolve(config.mc_path), p.host.resolve(config.cf_path)
    return Edit(paths[0], before, after, paths[1], config.cf.content or b"", cf)


def _by_cf(p: Planning, config: Config) -> Edit:
    before = config.cf.content or b""
    after = set_option(before.decode("utf-8", "surrogateescape"), p.account.run_as())
    path = p.host.resolve(config.cf_path)
    return Edit("", b"", b"", path, before, after.encode("utf-8", "surrogateescape"))


def append_define(mc: bytes, run_as: str) -> bytes:
    """The .mc with our define as its last line: it worked on 97 of 97 real files (fact 6)."""
    ending = b"\r\n" if b"\r\n" in mc else b"\n"
    glue = b"" if not mc or mc.endswith(b"\n") else ending
    lines = (
        b"dnl # stepdown: SMTP children run unprivileged",
        f"define(`confRUN_AS_USER', `{run_as}')dnl".encode(),
    )
    return mc + glue + b"".join(line + ending for line in lines)


def set_option(cf: str, run_as: str) -> str:
    """The cf with exactly one active RunAsUser, where the commented one stands if there is one."""
    line = f"O RunAsUser={run_as}"
    without = ACTIVE_LINE.sub("", cf)
    if OPTION_LINE.search(without):
        return OPTION_LINE.sub(line, without, count=1)
    first = re.search(r"^O ", without, re.MULTILINE)
    at = first.start() if first else len(without)
    return f"{without[:at]}{line}\n{without[at:]}"


def _prove(p: Planning, made: Edit, config: Config, how: str) -> None:
    """Exactly one active RunAsUser with our value, and nothing else changed (fact 6)."""
    text = made.cf_after.decode("utf-8", "surrogateescape")
    values = active_options(text, "RunAsUser")
    if values != [p.account.run_as()]:
        raise StepdownError(
            f"the candidate cf has RunAsUser {values or 'nowhere'}, "
            f"not exactly one of {p.account.run_as()}",
            f"Look for confRUN_AS_USER in {config.mc_path}: apostrophes, blanks, dnl.",
        )
    compared_to = config.built if how == "mc" else config.cf.content or b""
    before = without_option(compared_to)
    if before != without_option(made.cf_after):
        raise StepdownError(
            "the candidate cf differs in more than RunAsUser",
            f"Look at {config.mc_path}: something in it depends on its last lines.",
        )


def without_option(cf: bytes) -> list[str]:
    """Active lines, the RunAsUser option left out."""
    lines = active_lines(cf.decode("utf-8", "surrogateescape"))
    return [line for line in lines if not re.match(r"O\s+RunAsUser\b", line)]


def _candidate_maps(p: Planning) -> Planned:
    made = edit(p)
    cf = p.facts.cf
    maps = [] if isinstance(cf, Unknown) else [m.name for m in cf.maps if m.path]
    looks = "".join(f"/map {name} stepdown.test\n" for name in maps)
    command = Command((p.platform.sendmail, "-C", CANDIDATE, "-bt"), stdin=looks.encode())
    meaning = f"as {p.account.user}: can it open {', '.join(maps) or 'its maps'}?"
    account = p.account
    gate = Gate(
        p.platform.as_account(account.uid, account.gid, command), TROUBLE, meaning, made.cf_path
    )
    return Planned((gate,))


def _candidate_accepted(p: Planning) -> Planned:
    made = edit(p)
    address = p.choices.probe_to or "postmaster"
    elsewhere = f"QueueDirectory={SCRATCH}"
    argv = (p.platform.sendmail, "-C", CANDIDATE, "-O", elsewhere, "-bv", address)
    command = Command(argv, ok_codes=(0, 67, 68))
    meaning = "root's sendmail steps down by the candidate and resolves an address"
    return Planned((Gate(command, TROUBLE, meaning, made.cf_path),))


def _write_mc(p: Planning) -> Planned | None:
    made = edit(p)
    if not made.mc_path:
        return None
    now = p.host.state(made.mc_path, content=True)
    op = WriteFile(
        *(made.mc_path, made.mc_after, now.uid, now.gid, now.mode, Expected.of(now)),
        before=made.mc_before,
    )
    return Planned((op,))


def _write_cf(p: Planning) -> Planned:
    made = edit(p)
    now = p.host.state(made.cf_path, content=True)
    op = WriteFile(
        *(made.cf_path, made.cf_after, now.uid, now.gid, now.mode, Expected.of(now)),
        before=made.cf_before,
        note="rebuilt by m4" if made.mc_path else "edited directly",
    )
    newaliases = (
        "newaliases steps down too and cannot write the alias database any more; run by root, "
        f"{p.platform.sendmail} -O RunAsUser=root -bi does its work."
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
