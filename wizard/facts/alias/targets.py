"""What one target of an alias is, told as Sendmail's rules and recipient() tell it.

Seen on 8.17: quotes, comments, a phrase before <...> and a `group:` before the target do not
change what it is, and neither does a name of this host after it.
"""

from __future__ import annotations

import re
from enum import Enum


class Target(Enum):
    """The kinds of alias target; ADDRESS is a mailbox, another alias or another host."""

    PROGRAM = "|"
    INCLUDE = ":include:"
    FILE = "/"
    ADDRESS = ""


_QUOTED = r'"(?:[^"\\]|\\.)*"'
_WHOLLY_QUOTED = re.compile(rf"({_QUOTED})\s*(?:@.*)?", re.DOTALL)
_COMMENT = re.compile(rf"({_QUOTED})|\([^()]*\)")
_ANGLE = re.compile(rf"<((?:{_QUOTED}|[^<>\"])*)>[^<>]*$")
_GROUP = re.compile(r'[^"|/:@<>\\,\s][^"|/:@<>\\,]*:\s*([^:].*)', re.DOTALL)
_MAILBOX = re.compile(
    rf"\\?(?:{_QUOTED}|[^\s\"@,;:<>()|]+)@([\w-]+(?:\.[\w-]+)+|\[[\d.]+\]|\[IPv6:[\da-f:.]+\])\.?",
    re.IGNORECASE,
)
_X400 = re.compile(r"/[^\s@\"]+@([\w-]+(?:\.[\w-]+)+)\.?")


def bare(target: str) -> str:
    """The target without what Sendmail strips from it: quotes, comments, a phrase, a group."""
    text = target.strip()
    if _special(text):
        return text
    text = _COMMENT.sub(lambda found: found[1] or " ", text).strip()
    if quoted := _WHOLLY_QUOTED.fullmatch(text):
        inner = quoted[1][1:-1].strip()
        return inner if _special(inner) or len(quoted[1]) == len(text) else text
    if angle := _ANGLE.search(text):
        return bare(angle[1])
    if (group := _GROUP.fullmatch(text)) and _special(inner := bare(group[1])):
        return inner
    return text


def kind_of(target: str) -> Target:
    """The kind of one target, quoted or not."""
    text = bare(target).lower()
    return next(kind for kind in Target if text.startswith(kind.value))


def list_path(target: str) -> str:
    """The path that an :include: names."""
    return bare(target)[len(Target.INCLUDE.value) :].strip()


def elsewhere(target: str, own: frozenset[str]) -> bool:
    """Whether it is plainly an address on another host; own are this host's names, lower case.

    An X.400 address begins with a slash and is no file, unless its host is this one.
    """
    text = bare(target)
    found = (_X400 if text.startswith("/") else _MAILBOX).fullmatch(text)
    return found is not None and found[1].lower() not in own


def local_name(target: str, own: frozenset[str]) -> str:
    """What Sendmail looks up in the aliases for a local target: lower case, without this host."""
    text = bare(target).removesuffix(".")
    user, at, host = text.rpartition("@")
    if at and host.lower() in own:
        text = user
    if text.startswith('"') and text.endswith('"') and not re.search(r"\s", text):
        text = text[1:-1]
    return text.lower()


def _special(text: str) -> bool:
    return text[:1] in ("|", "/") or text[:9].lower() == Target.INCLUDE.value
