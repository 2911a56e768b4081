"""The end state that the runs in effect have left, and what of it does not hold any more."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.audit.compare import KEYS, Comparing, file_change, meta_change, tree_change
from wizard.audit.model import Change, Row
from wizard.errors import StepdownError
from wizard.facts import accounts as accounts_fact
from wizard.facts import cf as cf_fact
from wizard.facts.model import Accounts
from wizard.host.base import HostReader
from wizard.model import Outcome
from wizard.plans import Op, Plan, SetMeta, SetMetaTree, Step, WriteFile
from wizard.platforms.base import Platform

ACCOUNT = "still.account"


def compare(
    host: HostReader, platform: Platform, plans: tuple[Plan, ...]
) -> tuple[tuple[Change, ...], tuple[Row, ...]]:
    """Every path that the plans, oldest first, made what it should be; the last word counts.

    Raises StepdownError where the accounts cannot be told.
    """
    accounts = accounts_fact.gather(host)
    c = Comparing(host, plans[-1], accounts, _keys(host, platform), host.resolve(platform.mc_path))
    rows = [account_row(host, platform, plans[-1], accounts)]
    changes: list[Change] = []
    for step, ops in _intended(plans):
        try:
            found = [one for op in ops for one in _of(c, op, step.id)]
        except StepdownError as problem:
            title = f"Still so: {step.title}"
            rows.append(Row(f"still.{step.id}", Outcome.UNKNOWN, title, (str(problem),)))
            continue
        changes.extend(found)
        rows.append(_row(step, found, len(ops)))
    return tuple(changes), tuple(rows)


def _keys(host: HostReader, platform: Platform) -> frozenset[str]:
    try:
        cf = cf_fact.gather(host, platform.cf_path)
    except StepdownError:
        return frozenset()
    named = (cf.option(name) for name in KEYS)
    return frozenset(host.resolve(path) for path in named if path.startswith("/"))


def _intended(plans: tuple[Plan, ...]) -> Iterator[tuple[Step, list[Op]]]:
    """Each step with those of its operations that no later one on the same path overrides.

    A file that is written and then given an owner keeps both.
    """
    last: dict[tuple[str, bool], Op] = {}
    steps: dict[str, Step] = {}
    at: dict[tuple[str, bool], str] = {}
    for step in (step for plan in plans for step in plan.steps):
        steps[step.id] = step
        for op in step.ops:
            if isinstance(op, SetMetaTree) and (op.again or op.ahead):
                continue
            if isinstance(op, WriteFile | SetMeta | SetMetaTree):
                key = (op.path, isinstance(op, WriteFile))
                if key[1]:
                    last.pop((op.path, False), None)
                last[key], at[key] = op, step.id
    for step_id, step in steps.items():
        ops = [op for key, op in last.items() if at[key] == step_id]
        if ops:
            yield step, ops


def _of(c: Comparing, op: Op, step: str) -> list[Change]:
    if isinstance(op, WriteFile):
        return file_change(c, op, step)
    if isinstance(op, SetMeta):
        return meta_change(c, op, step)
    return tree_change(c, op, step) if isinstance(op, SetMetaTree) else []


def _row(step: Step, found: list[Change], looked_at: int) -> Row:
    broken = [one for one in found if one.breaks]
    notes = [f"note: {one}" for one in found if not one.breaks]
    told = tuple(str(one) for one in broken) + tuple(notes)
    return Row(
        f"still.{step.id}",
        Outcome.FOUND if broken else Outcome.PASS,
        f"{'Not as the run left it' if broken else 'Still so'}: {step.title}",
        told or (f"{looked_at} as the run left them",),
        step.why if broken else "",
    )


def account_row(host: HostReader, platform: Platform, plan: Plan, accounts: Accounts) -> Row:
    """The account: there, with its ids, nobody's to log in to, and its group to itself."""
    title = f"The account {plan.choices.user} is as it was made"
    meaning = "Whoever takes over a child becomes this account: it must be able to do nothing else."
    user, group = accounts.user(plan.choices.user), accounts.group(plan.choices.group)
    if user is None or group is None:
        gone = plan.choices.user if user is None else f"group {plan.choices.group}"
        told = (f"{gone}  is not there any more: no daemon starts",)
        return Row(ACCOUNT, Outcome.FOUND, title, told, meaning)
    line = f"{user.name}  uid {user.uid}, gid {user.gid}, shell {user.shell}"
    bad = []
    if (user.uid, group.gid) != (plan.uid, plan.gid):
        bad.append(f"{line}: it was uid {plan.uid}, gid {plan.gid}")
    if user.shell not in platform.no_shells:
        bad.append(f"{line}: that is a shell to log in with")
    others = [one.name for one in accounts.users if one.gid == group.gid and one != user]
    if sharing := ", ".join(
        dict.fromkeys((*others, *(m for m in group.members if m != user.name)))
    ):
        bad.append(f"{group.name}  {sharing}: others read all that the children read")
    try:
        words = host.probe(platform.lock_state(user.name)).output.split()
    except StepdownError as problem:
        return Row(ACCOUNT, Outcome.UNKNOWN, title, (str(problem),), meaning)
    if words[1:2] not in (["L"], ["LK"]):
        bad.append(f"{user.name}  its password is not locked: {' '.join(words[:2])}")
    outcome = Outcome.FOUND if bad else Outcome.PASS
    return Row(ACCOUNT, outcome, title, tuple(bad) or (line,), meaning if bad else "")
