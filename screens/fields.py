"""The fields of the Choices screen: what is asked, how it is read, and what to know about it."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, convert

from screens.words import duration
from wizard.deadman.default import LIVE
from wizard.errors import UsageProblem
from wizard.model import Mode
from wizard.plans import Choices
from wizard.switch_advice import SwitchAdvice


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
        "Restart: stop and start, the article's way. Reload: SIGHUP to the master.",
        (("restart", "restart"), ("reload", "reload")),
    ),
    Field(
        "drain",
        "Drain",
        "seconds; 0: wait for none",
        "How long sessions that are open may take to end before the queue changes hands. They are"
        " listed while it waits, and you may go on without them: a client in the middle of its"
        " message then gets 421 and sends it again.",
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
        "minutes; 0: never",
        "A change that nobody keeps within this time undoes itself. A timer outside this program"
        " does it: closing the terminal, a kill or a reboot does not stop it. Empty: 10 minutes"
        " on a live host, no timer elsewhere. 0: no timer; the change stays once it is proven.",
    ),
)

_WHOLE = ("uid", "gid")
_FRACTIONS = ("drain", "confirm_within")


def hint_of(field: Field, mode: Mode, advice: SwitchAdvice | None) -> str:
    """Beside the field: what it means on this very host."""
    if field.name == "confirm_within":
        empty = f"{LIVE:g} here" if mode is Mode.LIVE else "none here"
        return f"minutes; empty: {empty}; 0: never"
    if field.name == "switch" and advice is not None and advice.seconds:
        took = [
            duration(advice.seconds[name]) for name, _ in field.values if name in advice.seconds
        ]
        return f"about {' or '.join(took)}"
    return field.hint


def about_told(field: Field, advice: SwitchAdvice | None) -> list[str]:
    """What to know about the field; of the switch, what is recommended here and why."""
    if field.name != "switch" or advice is None:
        return [field.about]
    took = " and ".join(f"about {duration(s)} by {name}" for name, s in advice.seconds.items())
    told = [f"Recommended here: {advice.switch}. {advice.why}"]
    said = f"Port 25 will not answer for {took}." if took else ""
    told += [f"{said} {advice.beside}".strip()] if said or advice.beside else []
    return [*told, field.about]


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
    if name not in (*_WHOLE, *_FRACTIONS):
        return text
    if not text:
        return Choices().drain if name == "drain" else None
    try:
        return float(text) if name in _FRACTIONS else int(text)
    except ValueError:
        raise UsageProblem(f"{name}: {text!r} is not a number") from None


def field_of(problem: UsageProblem) -> str:
    """The field that a problem names at its beginning; empty where it names none."""
    first = str(problem).partition(":")[0].strip()
    return first if any(field.name == first for field in FIELDS) else ""
