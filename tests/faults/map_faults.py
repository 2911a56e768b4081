"""Faults of the maps and of the directories that lead to them."""

from __future__ import annotations

from tests.faults.effects import stuck
from tests.faults.fault import Act, Effect, Fault

MAIL = "/etc/mail"
CF = f"{MAIL}/sendmail.cf"
OPEN = ("maps.open",)
MAKE = f"make -C {MAIL} >/dev/null"


def _map(
    fault_id: str, title: str, seed: Act, name: str, effect: Effect = stuck, *more: str
) -> Fault:
    """A fault of one map's database."""
    return Fault(fault_id, title, seed, OPEN, (name,), effect, touches=(name, *more), held=True)


def _closed(name: str, fault_id: str) -> Fault:
    path = f"{MAIL}/{name}.db"
    title = f"{name}.db is readable by the package's group only"
    closed = f"not account test -r {path}"
    return _map(fault_id, title, f"chgrp smmsp {path}; chmod 0640 {path}", path, closed)


FAULTS = (
    _closed("access", "access-closed"),
    _closed("mailertable", "mailertable-closed"),
    _closed("virtusertable", "virtusertable-closed"),
    _map(
        "map-not-built",
        "A map's text is there, its database is not",
        f"rm {MAIL}/mailertable.db",
        f"{MAIL}/mailertable.db",
    ),
    _map(
        "map-by-another-group",
        "The maps are open to smmsp, and the account is a member: the child drops that group",
        f"chgrp smmsp {MAIL}/mailertable.db; usermod -aG smmsp sendmail",
        f"{MAIL}/mailertable.db",
        stuck,
        *(f"/etc/{name}{old}" for name in ("group", "gshadow") for old in ("", "-")),
    ),
    _map(
        "map-by-acl",
        "An ACL lets the account read a map: the kernel agrees, Sendmail does not",
        f"chown root:smmsp {MAIL}/mailertable.db; chmod 0600 {MAIL}/mailertable.db;"
        f" setfacl -m g:sendmail:r,m::r {MAIL}/mailertable.db;"
        f" account test -r {MAIL}/mailertable.db",
        f"{MAIL}/mailertable.db",
    ),
    _map(
        "map-behind-a-link",
        "A map is a link to a file that the account cannot reach",
        f"cp -a {MAIL}/mailertable.db /root/; ln -sf /root/mailertable.db {MAIL}/mailertable.db",
        f"{MAIL}/mailertable.db",
    ),
    Fault(
        "mail-directory-closed",
        "/etc/mail is root's alone",
        f"chmod 0700 {MAIL}",
        OPEN,
        (MAIL,),
        stuck,
        touches=(MAIL,),
        held=True,
    ),
    Fault(
        "mail-directory-group-writable",
        "/etc/mail is writable by its group, and that is the account's",
        f"chmod 2775 {MAIL}",
        ("account.escape",),
        (MAIL,),
        f"account test -w {MAIL}",
        touches=(MAIL,),
        held=True,
    ),
    Fault(
        "mail-directory-world-writable",
        "/etc/mail is writable by anybody",
        f"chmod 2757 {MAIL}",
        OPEN,
        (MAIL,),
        stuck,
        touches=(MAIL,),
        held=True,
    ),
    Fault(
        "etc-closed",
        "A directory on the way, /etc, is closed to the account",
        "chmod 0750 /etc",
        OPEN,
        ("/etc",),
        stuck,
        touches=("/etc",),
    ),
    Fault(
        "map-in-a-writable-directory",
        "A map lies elsewhere, in a directory that anybody may write",
        f"mkdir -p /srv/maps; cp -a {MAIL}/mailertable.db /srv/maps/; chmod 0777 /srv/maps;"
        f" sed -i 's,hash /etc/mail/mailertable,hash /srv/maps/mailertable,' {CF}",
        OPEN,
        ("/srv/maps",),
        stuck,
        touches=(CF,),
        heal="rm -r /srv/maps",
        reloads=True,
    ),
    Fault(
        "aliases-database-closed",
        "aliases.db is closed to the account: the text is read instead, without a word",
        f"chgrp smmsp {MAIL}/aliases.db; chmod 0640 {MAIL}/aliases.db",
        ("aliases.open",),
        (f"{MAIL}/aliases.db",),
        f"not account test -r {MAIL}/aliases.db",
        touches=(f"{MAIL}/aliases.db",),
        held=True,
    ),
    Fault(
        "aliases-closed",
        "Aliases and their database are closed: root and postmaster have no alias any more",
        f"chmod 0600 {MAIL}/aliases.db; chown root {MAIL}/aliases.db; chmod 0600 /etc/aliases",
        ("aliases.open",),
        ("aliases",),
        f"not account test -r {MAIL}/aliases.db && not account test -r /etc/aliases",
        touches=(f"{MAIL}/aliases.db", "/etc/aliases"),
        held=True,
    ),
)
