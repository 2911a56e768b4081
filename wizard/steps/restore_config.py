"""RunAsUser out of the configuration again: for a host that was migrated by hand."""

from __future__ import annotations

import re

from msgspec.structs import replace

from wizard.errors import Refused
from wizard.facts import run_as
from wizard.facts.model import Config
from wizard.plans import CANDIDATE, SCRATCH, Command, Gate
from wizard.steps import cf_edit
from wizard.steps.base import Planned, Planning, StepDefinition, needed
from wizard.steps.cf_edit import Change, Edit
from wizard.steps.config import TROUBLE

ACTIVE = re.compile(r"^O\s+RunAsUser\b.*\n?", re.MULTILINE | re.IGNORECASE)
WAY_BACK = Change(
    "SMTP children are root again, whatever is defined above",
    # Not an empty define: that makes `O RunAsUser`, an unknown user, and no daemon starts.
    "undefine(`confRUN_AS_USER')dnl",
    lambda cf: ACTIVE.sub("", cf),
    re.compile(r"O\s+RunAsUser\b"),
    lambda cf: "RunAsUser still" if run_as.active("", cf) else "",
)


def _config(p: Planning) -> Config:
    needed(p.facts.config, "The configuration")
    assert isinstance(p.facts.config, Config)
    return p.facts.config


def _says(text: bytes) -> bool:
    return bool(run_as.active("", text.decode("utf-8", "surrogateescape")))


def _done(p: Planning) -> bool:
    config = _config(p)
    by_cf = p.choices.edit == "cf" or not config.mc.exists
    return not _says(config.cf.content or b"") and (by_cf or not _says(config.built))


def _edit(p: Planning) -> Edit:
    plain = not _says(_config(p).built)
    return cf_edit.edit(p, replace(WAY_BACK, define="") if plain else WAY_BACK)


def _accepted(p: Planning) -> Planned | None:
    if _done(p):
        return None
    made = _edit(p)
    argv = (p.platform.sendmail, "-C", CANDIDATE, "-O", f"QueueDirectory={SCRATCH}")
    command = Command((*argv, "-bv", p.choices.probe_to or "postmaster"), ok_codes=(0, 67, 68))
    meaning = "root's sendmail reads the candidate and resolves an address"
    return Planned((Gate(command, TROUBLE, meaning, made.cf_path),))


def _mc(p: Planning) -> Planned | None:
    _refuse_guard(p)
    op = None if _done(p) else cf_edit.write_mc(p, _edit(p))
    return Planned((op,)) if op else None


def _cf(p: Planning) -> Planned | None:
    if _done(p):
        return None
    account = f"The account {p.account.user} is left alone: who made it cannot be known."
    return Planned((cf_edit.write_cf(p, _edit(p)),), (account,))


def _refuse_guard(p: Planning) -> None:
    """Our guard, and no run of ours: somebody removed the state directory, or copied the host."""
    there = [path for path in p.platform.guard_paths if p.host.state(path).exists]
    if there:
        raise Refused(
            f"the guard would undo this: {', '.join(there)}",
            "No run of stepdown is known here that would remove it. Look at each, then remove it.",
        )


ACCEPTED = StepDefinition(
    id="restore-accepted",
    title="sendmail accepts the way back",
    why="A cf that the daemon refuses leaves no daemon at all.",
    recipe="",
    stage="before",
    plan=_accepted,
    before=("service-stop",),
    purposes=("restore",),
)

MC = StepDefinition(
    id="restore-mc",
    title="no confRUN_AS_USER in the .mc",
    why="The next build of the cf would bring RunAsUser back.",
    recipe="",
    stage="switch",
    plan=_mc,
    after=("restore-queue", "restore-mail-directory"),
    purposes=("restore",),
)

CF = StepDefinition(
    id="restore-cf",
    title="sendmail.cf without RunAsUser",
    why="Queue and maps went back first: root's Sendmail cannot write a queue closed to it.",
    recipe="",
    stage="switch",
    plan=_cf,
    after=("restore-mc",),
    before=("service-start",),
    purposes=("restore",),
)
