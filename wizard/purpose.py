"""What a repair or a restore is about: the account that this host steps down to, or half does."""

from __future__ import annotations

from collections.abc import Collection

from msgspec.structs import replace

from wizard.errors import Refused, StepdownError
from wizard.facts import accounts as accounts_fact
from wizard.facts import config as config_fact
from wizard.facts import run_as
from wizard.facts.model import Accounts, Config
from wizard.facts.run_as import RunAs
from wizard.host.base import HostReader
from wizard.last_switch import KEPT
from wizard.plans import Choices
from wizard.platforms.base import Platform
from wizard.platforms.detect import detect
from wizard.runs import Runs


def settle(host: HostReader, runs: Runs, choices: Choices, named: Collection[str]) -> Choices:
    """The choices with what only the host can tell; unchanged for a migration.

    named: fields that were chosen by the admin. Raises Refused where this host has nothing to
    repair or to restore, StepdownError where that cannot be told.
    """
    if choices.purpose == "migrate":
        return choices
    kept = in_effect(runs)
    if choices.purpose == "restore" and kept:
        raise Refused(
            f"stepdown changed this host (run {kept[-1]}), and knows what was there before",
            f"Undo it: stepdown rollback {kept[-1]}",
        )
    found = who(host, detect(host), accounts_fact.gather(host))
    if found is None and kept:
        earlier = runs.plan(kept[-1]).choices
        found = RunAs("", earlier.user, earlier.group)
    if found is None:
        raise Refused(
            "nothing here was migrated: no RunAsUser in the cf or the .mc, and the queue is not "
            "an account's",
            "stepdown plan makes the plan of a migration.",
        )
    if not choices.edit and kept:
        choices = replace(choices, edit=runs.plan(kept[-1]).choices.edit)
    return _with_account(choices, found, named)


def _with_account(choices: Choices, found: RunAs, named: Collection[str]) -> Choices:
    for field, there in (("user", found.user), ("group", found.group)):
        wish = getattr(choices, field)
        if field in named and wish != there:
            raise Refused(
                f"this host steps down to {found.user}:{found.group}, and a {choices.purpose} "
                f"keeps that: --{field} {wish} is another migration",
                "Undo this one first, then migrate to the other account.",
            )
    return replace(choices, user=found.user, group=found.group or found.user)


def in_effect(runs: Runs) -> list[str]:
    """Runs whose change is in effect, oldest first: finished, not undone, not restored since."""
    found: list[str] = []
    for run in runs.names():
        if runs.status(run).phase in KEPT:
            found = [] if runs.plan(run).choices.purpose == "restore" else [*found, run]
    return found


def who(host: HostReader, platform: Platform, accounts: Accounts) -> RunAs | None:
    """The account by the cf, else by what the .mc makes, else the one whose the queue is."""
    config = config_fact.gather(host, platform)
    for text in (config.cf.text(), config.built.decode("utf-8", "surrogateescape")):
        lines = run_as.active("", text)
        found = run_as.resolve(lines[-1].value, accounts) if lines else None
        if found and found.user not in ("", "root", "0"):
            return _whole(found, accounts)
    return _by_queue(host, platform, config, accounts)


def _whole(found: RunAs, accounts: Accounts) -> RunAs:
    """With a group, where the account is not there to tell its own."""
    return found if found.group else replace(found, group=found.user)


def _by_queue(
    host: HostReader, platform: Platform, config: Config, accounts: Accounts
) -> RunAs | None:
    from wizard.facts import cf, queues

    try:
        known = queues.gather(host, cf.gather(host, platform.cf_path), config.cf.text())
    except StepdownError:
        return None
    usual = ("root", platform.own_queue[0])
    for root in known.roots:
        state = host.state(host.resolve(root))
        user = next((u for u in accounts.users if u.uid == state.uid), None)
        if user and user.name not in usual:
            group = next((g.name for g in accounts.groups if g.gid == user.gid), user.name)
            return RunAs("", user.name, group, user.uid, user.gid)
    return None
