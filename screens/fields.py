"""The fields of the Choices screen: what is asked, how it is read, and what to know about it."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, convert

from wizard.errors import UsageProblem
from wizard.plans import Choices


class Field(Struct, frozen=True):
    """One value that the admin decides."""

    name: str
    "As in Choices."
    label: str
    hint: str
    "Beside the field, a few words."
    about: str
    "What a trainee should know before deciding."
    values: tuple[tuple[str, str], ...] = ()
    "Where there are only a few: value and what it is called."


FIELDS = (
    Field(
        "user",
        "User",
        "the children's account",
        "The account that the SMTP children run as. Not smmsp, not smmta: it must own nothing"
        " that root reads. The article calls it sendmail; a dot in the name would be read as a"
        " separator between user and group.",
    ),
    Field(
        "group",
        "Group",
        "maps are given to it",
        "The group through which the children read the maps. Supplementary groups are dropped"
        " when a child steps down, so only this one counts.",
    ),
    Field(
        "uid",
        "User id",
        "empty: 24, or a free id",
        "The article takes 24. On Debian gid 24 is cdrom, so a free system id is taken instead"
        " and the preview says why.",
    ),
    Field(
        "gid",
        "Group id",
        "empty: as the user id",
        "The same for the group. It is made before the user, because useradd needs it.",
    ),
    Field(
        "edit",
        "Edit",
        "where RunAsUser is written",
        "The .mc is the article's way: it stays maintainable. The cf is edited directly only"
        " where m4 does not reproduce it, because an edit by hand would be lost.",
        (("", "as found"), ("mc", ".mc"), ("cf", "cf")),
    ),
    Field(
        "switch",
        "Switch",
        "how the daemon takes it",
        "Restart: stop and start by the service manager, 2 s without an answer on Debian, the"
        " proven way. Reload: SIGHUP to the master, about 20 ms; sessions in progress go on as"
        " root until they end.",
        (("restart", "restart"), ("reload", "reload")),
    ),
    Field(
        "probe_to",
        "Probe address",
        "empty: no message is sent",
        "The proof's message goes here, so choose a mailbox beyond the next hop that may get"
        " one. Without it a fault that shows only after the final dot stays unseen.",
    ),
    Field(
        "confirm_within",
        "Confirm within",
        "minutes; empty: no limit",
        "A change that nobody keeps within this time undoes itself, even when this terminal is"
        " gone. Ten minutes are plenty.",
    ),
)

_NUMBERS = ("uid", "gid", "confirm_within")


def shown_value(choices: Choices, name: str) -> str:
    """A choice as its field shows it."""
    value = getattr(choices, name)
    if value is None:
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)


def read_choices(texts: dict[str, str], kept: Choices) -> Choices:
    """The choices that the fields tell. Raises UsageProblem that begins with the field's name."""
    values: dict[str, Any] = {"accept": kept.accept, "remedies": kept.remedies}
    for name, text in texts.items():
        values[name] = _read(name, text.strip())
    return convert(values, Choices)


def _read(name: str, text: str) -> str | int | float | None:
    if name not in _NUMBERS:
        return text
    if not text:
        return None
    try:
        return float(text) if name == "confirm_within" else int(text)
    except ValueError:
        raise UsageProblem(f"{name}: {text!r} is not a number") from None


def field_of(problem: UsageProblem) -> str:
    """The field that a problem names at its beginning; empty where it names none."""
    first = str(problem).partition(":")[0].strip()
    return first if any(field.name == first for field in FIELDS) else ""
