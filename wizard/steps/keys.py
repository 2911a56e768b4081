"""TLS keys, certificates and other files that are kept outside the configuration directory."""

from __future__ import annotations

from wizard.facts.doors import KEYS as PRIVATE
from wizard.facts.way_model import Doors
from wizard.plans import Command, RunCommand
from wizard.reach import way
from wizard.steps.base import Planned, Planning, StepDefinition
from wizard.steps.key_option import group_readable_key
from wizard.steps.reached import anew, operations, surroundings
from wizard.steps.service import NOTHING

BEFORE = ("candidate-maps", "guard")


def _keys(p: Planning) -> Planned | None:
    around, doors = surroundings(p), p.facts.doors
    if around is None or not isinstance(doors, Doors):
        return None
    ops = operations([way(anew(p, one), around) for one in doors.keys])
    return Planned(ops) if ops else None


def _files(p: Planning) -> Planned | None:
    around, doors = surroundings(p), p.facts.doors
    if around is None or not isinstance(doors, Doors):
        return None
    # The aliases are a step of their own, as in the article.
    read = [one for one in doors.files if one.role != "aliases"]
    ops = operations([way(anew(p, one), around) for one in read])
    return Planned(ops) if ops else None


def _before_a_start(p: Planning) -> Planned | None:
    return None if p.choices.switch == "reload" else _closed_again(p)


def _before_a_reload(p: Planning) -> Planned | None:
    return _closed_again(p) if p.choices.switch == "reload" else None


def _closed_again(p: Planning) -> Planned | None:
    """While an old cf without GroupReadableKeyFile is live, the key must be root's alone again."""
    doors = p.facts.doors
    if not isinstance(doors, Doors) or group_readable_key(p) is None:
        return None
    modes = {k.parts[-1][0]: k.end.mode for k in doors.keys if k.role in PRIVATE}
    ops = tuple(
        RunCommand(NOTHING, Command(("/bin/chmod", f"{mode:04o}", path)), only_undo=True)
        for path, mode in sorted(modes.items())
        if not mode & 0o040
    )
    return Planned(ops) if ops else None


KEYS = StepDefinition(
    id="tls-keys",
    title="TLS keys readable by the group",
    why="Sendmail asks whether the account may read its key, though root loads it: where it may "
    "not, STARTTLS is no longer offered and nobody is told. root stays the owner: a key of the "
    "account's own it could replace.",
    recipe="",
    stage="before",
    plan=_keys,
    after=("account-group", "mail-directory"),
    before=BEFORE,
)

FILES = StepDefinition(
    id="files-elsewhere",
    title="maps and other files outside /etc/mail",
    why="The children open each file that the cf names themselves, wherever it is kept. A map "
    "they cannot open does not stop the relay: it queues everything.",
    recipe="",
    stage="before",
    plan=_files,
    after=("account-group", "mail-directory"),
    before=BEFORE,
)

_TITLE = "on the way back: keys are root's alone before the old cf is read"
_WHY = (
    "The old cf has no GroupReadableKeyFile. A daemon that found the key readable by a group when "
    "it read its cf would offer no STARTTLS until it reads it again."
)

CLOSED = StepDefinition(
    id="tls-keys-closed",
    title=_TITLE,
    why=_WHY,
    recipe="",
    stage="switch",
    plan=_before_a_start,
    after=("service-stop", "service-rehearsal"),
    before=("queue-owner",),
)

CLOSED_FOR_RELOAD = StepDefinition(
    id="tls-keys-closed-reload",
    title=_TITLE,
    why=_WHY,
    recipe="",
    stage="switch",
    plan=_before_a_reload,
    after=("queue-owner",),
    before=("config-mc", "config-cf"),
)
