"""Names that the account must not have, and why (sendmail-facts, section 8)."""

from __future__ import annotations

SHARED = "It is another service's: what that service may, Sendmail's children would be able to."
_SUBMIT = (
    "It owns the submission queue (the MSP's). The article: “Do not use the special smmsp user and "
    "group that the MSP uses; create a new user and group ID.”"
)
USERS = {
    "root": "It is what Sendmail is to step down from.",
    "smmsp": _SUBMIT,
    "smmta": (
        "On Debian /etc/mail belongs to smmta: a child that runs as smmta can replace "
        "sendmail.cf, take RunAsUser out and be root again after the next reload. Giving the "
        "directory to root does not last: update_sys, which every sendmailconfig and every "
        "upgrade of the packages runs, gives /etc/mail, /etc/mail/m4 and /run/sendmail/mta back "
        "to smmta."
    ),
}
GROUPS = {
    "root": "Files that only root's group may read would be open to the children.",
    "smmsp": f"{_SUBMIT} Its group may write to that queue.",
    "smmta": "Files of Debian's sendmail package belong to it, and some it may write.",
}
_SYSTEM = {"adm", "backup", "bin", "daemon", "man", "nobody", "nogroup", "proxy", "sync", "sys"}
_GROUPS = {"cdrom", "kmem", "operator", "shadow", "staff", "sudo", "tty", "users", "utmp", "wheel"}
_MAIL = {"courier", "cyrus", "dovecot", "exim", "Debian-exim", "list", "mail", "mailman"}
_MORE = {"ftp", "lp", "mailnull", "mysql", "news", "postfix", "postgres", "uucp", "www-data"}
SERVICES = frozenset(_SYSTEM | _GROUPS | _MAIL | _MORE)


def reserved(what: str, name: str) -> str:
    """Why this must not be the `user` or the `group`; empty where it may."""
    special = USERS if what == "user" else GROUPS
    return special.get(name) or (SHARED if name in SERVICES else "")
