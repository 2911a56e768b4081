"""What choices may be: refused by the field's name before anything is planned on them."""

from __future__ import annotations

from wizard.errors import UsageProblem
from wizard.plans import Choices


def validate_choices(choices: Choices) -> None:
    """Refuse what cannot be. Raises UsageProblem; its text begins with the field's name."""
    for field in ("user", "group"):
        name = getattr(choices, field)
        if not _is_account_name(name):
            raise UsageProblem(f"{field}: {name!r} is no name for an account (useradd(8))")
    for field in ("uid", "gid"):
        number = getattr(choices, field)
        if number is not None and not 0 < number < 65534:
            raise UsageProblem(f"{field}: {number} is not between 1 and 65533")
    if choices.purpose not in ("migrate", "repair", "restore"):
        raise UsageProblem(f"purpose: {choices.purpose!r} is none of migrate, repair, restore")
    if choices.purpose == "restore" and choices.switch == "reload":
        raise UsageProblem("switch: a restore stops the relay; it cannot be a reload")
    if choices.edit not in ("", "mc", "cf"):
        raise UsageProblem(f"edit: {choices.edit!r} is neither mc nor cf")
    if choices.switch not in ("restart", "reload"):
        raise UsageProblem(f"switch: {choices.switch!r} is neither restart nor reload")
    if choices.probe_to and not _is_address(choices.probe_to):
        raise UsageProblem(f"probe_to: {choices.probe_to!r} is not a mail address")
    if not 0 <= choices.drain <= 3600:
        raise UsageProblem(f"drain: {choices.drain:g} is not between 0 and 3600 seconds")
    minutes = choices.confirm_within
    if minutes is not None and not 0 <= minutes <= 24 * 60:
        raise UsageProblem(f"confirm_within: {minutes:g} is not between 0 and 1440 minutes")


def _is_account_name(name: str) -> bool:
    plain = name.isascii() and name.replace("-", "").replace("_", "").isalnum()
    return plain and name.islower() and not name[0].isdigit() and name[0] != "-" and len(name) <= 32


def _is_address(text: str) -> bool:
    local, at, domain = text.rpartition("@")
    clean = all(c.isprintable() and c not in ' <>,;:\\"()' for c in text)
    return bool(local and at and domain) and clean
