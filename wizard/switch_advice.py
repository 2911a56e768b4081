"""Reload or restart: which one fits this host, why, and how long port 25 would not answer."""

from __future__ import annotations

from msgspec import Struct

from wizard.facts.model import Facts


class SwitchAdvice(Struct, frozen=True):
    """What is recommended; the admin decides."""

    switch: str
    "`reload` or `restart`."
    why: str
    "One or two sentences, in the admin's words."
    seconds: dict[str, float] = {}
    "Predicted seconds without an answer, by switch; a switch that cannot be is not in it."
    beside: str = ""
    "What may add to that, such as sessions that are waited for."


def advise(facts: Facts | None) -> SwitchAdvice:
    """Recommend a switch from what is known of the daemon."""
    del facts
    why = "The service manager's stop and start is the article's own way."
    return SwitchAdvice("restart", why, {"restart": 2.1})
