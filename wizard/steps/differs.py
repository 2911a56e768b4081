"""What a repair has to do: where the host is not what a migration would have left.

A repair plans only what differs, so that a relay which needs a file's group alone is not stopped.
"""

from __future__ import annotations

from wizard.facts import run_as, running_cf
from wizard.facts.model import Accounts, Config, Daemons, Queues
from wizard.model import Kind
from wizard.plans import Command
from wizard.steps.base import Planning, needed
from wizard.steps.key_option import group_readable_key

FIND = "/usr/bin/find"
QUEUE_MODE = 0o700


def repairing(p: Planning) -> bool:
    """Whether this plan mends a host that steps down, or half does."""
    return p.choices.purpose == "repair"


def account_exists(p: Planning) -> bool:
    """Whether the account that the children run as is there already."""
    return isinstance(p.facts.accounts, Accounts) and bool(p.facts.accounts.user(p.account.user))


def group_exists(p: Planning) -> bool:
    """Whether its group is."""
    return isinstance(p.facts.accounts, Accounts) and bool(p.facts.accounts.group(p.account.group))


def says_it(p: Planning, cf: str) -> bool:
    """Whether a cf's text has one active RunAsUser, and that is this account."""
    accounts = p.facts.accounts
    lines = run_as.active("", cf)
    if len(lines) != 1 or not isinstance(accounts, Accounts):
        return False
    found = run_as.resolve(lines[0].value, accounts)
    if found.problem:  # the account was removed, and will be made anew
        return (found.user, found.group) == (p.account.user, p.account.group)
    return (found.uid, found.gid) == (p.account.uid, p.account.gid)


def mc_right(p: Planning) -> bool:
    """Whether the .mc, built as it is, says it."""
    config = _config(p)
    return not config.m4_problem and says_it(p, config.built.decode("utf-8", "surrogateescape"))


def cf_right(p: Planning) -> bool:
    """Whether the live cf says it."""
    return says_it(p, _config(p).cf.text())


def config_right(p: Planning) -> bool:
    """Whether nothing has to be written: the cf says it, and the .mc does where it is edited."""
    by_cf = p.choices.edit == "cf" or not _config(p).mc.exists
    return cf_right(p) and (by_cf or mc_right(p)) and not group_readable_key(p)


def _config(p: Planning) -> Config:
    needed(p.facts.config, "The configuration")
    assert isinstance(p.facts.config, Config)
    return p.facts.config


def queue_right(p: Planning) -> bool:
    """Whether every queue directory and entry is the account's. Raises Unreadable."""
    needed(p.facts.queues, "Where the queue is")
    assert isinstance(p.facts.queues, Queues)
    return not any(foreign(p, p.host.resolve(root)) for root in p.facts.queues.roots)


def foreign(p: Planning, root: str) -> str:
    """The first below a queue's root that is not the account's, or its root; empty: none.

    By find(1), which sees the host itself: the overlay has the root as this very plan leaves it.
    """
    if p.host.state(root).kind is not Kind.DIRECTORY:
        return root
    not_its = ("!", "-user", str(p.account.uid), "-o", "!", "-group", str(p.account.gid))
    closed = ("-o", "-type", "d", "!", "-perm", f"-{QUEUE_MODE:04o}")
    open_top = ("-o", "-samefile", root, "-perm", "/0077")
    argv = (FIND, root, "-xdev", "!", "-type", "l", "(", *not_its, *closed, *open_top, ")")
    done = p.host.probe(Command((*argv, "-print", "-quit"), ok_codes=(0, 1)))
    return done.stdout.decode("utf-8", "replace").strip()


def daemon_right(p: Planning) -> bool:
    """Whether the daemon that runs has read the cf as it is now. Raises Unreadable."""
    needed(p.facts.daemons, "Which daemon runs")
    assert isinstance(p.facts.daemons, Daemons)
    running = [one for one in p.facts.daemons.instances if one.kind == "daemon"]
    return bool(running) and not running_cf.stale(p.host, p.platform.cf_path, p.facts.daemons)


def switch_needed(p: Planning) -> bool:
    """Whether the relay has to be stopped and started: always, unless a repair can do without."""
    if not repairing(p):
        return True
    there = account_exists(p) and group_exists(p)
    return not (there and config_right(p) and queue_right(p) and daemon_right(p))
