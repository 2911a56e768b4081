"""Who else has an account's uid or group, and what other groups it is in."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.facts.model import Accounts


def shared(known: Accounts, user: str, uid: int, gid: int) -> Iterator[str]:
    """A line each, of accounts besides this one and of groups besides its own."""
    for one in known.users:
        if one.name != user and one.uid == uid:
            yield f"{one.name}  uid {one.uid}: another name of the same account"
        elif one.name != user and one.gid == gid:
            yield f"{one.name}  gid {one.gid}: what the group may read, {one.name} may too"
    for group in known.groups:
        others = [name for name in group.members if name != user]
        if group.gid == gid and others:
            yield f"{group.name}  gid {group.gid}: {', '.join(others)} may read what it may"
        if group.gid != gid and user in group.members:
            yield f"{group.name}  gid {group.gid}: {user} is a member, and whoever logs in as it"
