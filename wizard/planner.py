"""From facts and choices to a plan: each step planned over what the steps before it planned."""

from __future__ import annotations

from hashlib import sha256

import msgspec

from wizard.errors import NothingToDo, Refused, StepdownError
from wizard.facts.model import Accounts, Facts, Unknown
from wizard.host.base import HostReader
from wizard.host.overlay import OverlayHost
from wizard.plan_file import SCHEMA, seal
from wizard.plans import Await, Choices, Gate, Names, Plan, Step
from wizard.platforms.base import Platform
from wizard.remedies.registry import REMEDY_STEP, configuration_anew, step_definitions
from wizard.steps.base import Account, Planning
from wizard.steps.registry import definitions
from wizard.switch_advice import advise

ARTICLE_ID = 24
"The uid and gid that the article uses."
NEVER = ("root", "daemon", "bin", "mail", "smmsp", "smmta", "nobody", "mailnull")
"Accounts that own or run something else; the article and fact 8 say why not."


def make_plan(
    host: HostReader,
    platform: Platform,
    facts: Facts,
    choices: Choices,
    accepted: dict[str, str],
) -> Plan:
    """Plan the whole migration and seal it. Raises StepdownError where a step cannot be planned.

    facts: of the host as it is. What a remedy changes in the configuration, later steps find.
    """
    account = choose_account(facts.accounts, choices)
    overlay = OverlayHost(host)
    steps: list[Step] = []
    known = facts
    for definition in definitions(step_definitions(facts, choices)):
        if choices.purpose not in definition.purposes:
            continue
        planning = Planning(known, platform, choices, overlay, account)
        planned = definition.plan(planning)
        if planned is None or not planned.ops:
            continue
        for op in planned.ops:
            overlay.lay(op)
        if definition.id.startswith(REMEDY_STEP):
            known = configuration_anew(overlay, known)
        steps.append(
            Step(
                definition.id,
                planned.title or definition.title,
                planned.why or definition.why,
                definition.recipe,
                planned.stage or definition.stage,
                planned.ops,
                planned.notes,
            )
        )
    _demand_work(steps, choices)
    identity = host.identity()
    advice = advise(facts, platform.why_no_restart(host), choices.drain)
    plan = Plan(
        schema=SCHEMA,
        host=identity.host,
        host_id=identity.host_id,
        platform=platform.id,
        choices=choices,
        facts_digest=facts_digest(facts),
        accepted=accepted,
        steps=tuple(steps),
        uid=account.uid,
        gid=account.gid,
        cf_path=host.resolve(platform.cf_path),
        outage=advice.seconds,
        advice=f"{advice.switch}: {advice.why}",
        manager=platform.service_manager(host),
        names=_names(facts.accounts),
    )
    return seal(plan)


def choose_account(accounts: Accounts | Unknown, choices: Choices) -> Account:
    """Names and ids: 24 when free, as in the article, otherwise the highest free system id.

    Raises Refused where a name or an id that was asked for is taken.
    """
    if isinstance(accounts, Unknown):
        raise StepdownError(f"The accounts are not known: {accounts.reason}", accounts.needs)
    if choices.purpose != "restore":
        _refuse_unfit_names(choices)
    if choices.purpose != "migrate":
        return _account_kept(accounts, choices)
    _refuse_taken_names(accounts, choices)
    return _new_account(accounts, choices)


def _new_account(accounts: Accounts, choices: Choices) -> Account:
    gids = {g.gid: g.name for g in accounts.groups}
    uids = {u.uid: u.name for u in accounts.users}
    gid, why_gid = _pick("gid", choices.gid, gids, {**gids, **uids}, accounts.system_ids)
    wanted = choices.uid if choices.uid is not None else gid
    uid, why_uid = _pick("uid", choices.uid, uids, uids, accounts.system_ids, wanted)
    notes = tuple(note for note in (why_gid, why_uid) if note)
    return Account(choices.user, choices.group, uid, gid, notes)


def _account_kept(accounts: Accounts, choices: Choices) -> Account:
    """The account that is there, its ids kept; what of it is not there is made anew."""
    user, group = accounts.user(choices.user), accounts.group(choices.group)
    if user and group:
        return Account(choices.user, choices.group, user.uid, group.gid)
    made = _new_account(accounts, choices)
    uid = user.uid if user else made.uid
    gid = group.gid if group else made.gid
    return Account(choices.user, choices.group, uid, gid, made.notes)


def _demand_work(steps: list[Step], choices: Choices) -> None:
    """A repair that changes nothing is none. Raises NothingToDo."""
    if choices.purpose == "migrate":
        return
    if all(isinstance(op, Gate | Await) for step in steps for op in step.ops):
        raise NothingToDo(
            "there is nothing to repair: this host is as a migration leaves it"
            if choices.purpose == "repair"
            else "there is nothing to restore",
            "`stepdown verify --probe-to ADDRESS` proves it with a real message.",
        )


def _refuse_unfit_names(choices: Choices) -> None:
    for name in (choices.user, choices.group):
        if name in NEVER:
            raise Refused(
                f"{name} is no account for the children: it owns or runs something else",
                "Create a new one, as the article says: --user sendmail --group sendmail.",
            )


def _refuse_taken_names(accounts: Accounts, choices: Choices) -> None:
    if accounts.user(choices.user):
        raise Refused(f"the account {choices.user} exists already", "Choose another --user.")
    if accounts.group(choices.group):
        raise Refused(f"the group {choices.group} exists already", "Choose another --group.")


def _pick(
    what: str,
    asked: int | None,
    taken: dict[int, str],
    avoid: dict[int, str],
    system_ids: tuple[int, int],
    wanted: int | None = None,
) -> tuple[int, str]:
    if asked is not None:
        if asked in taken or asked <= 0:
            owner = taken.get(asked, "root")
            raise Refused(f"{what} {asked} belongs to {owner}", f"Choose another --{what}.")
        return asked, ""
    first = wanted if wanted is not None else ARTICLE_ID
    if first not in taken and first not in (avoid if wanted is None else taken):
        return first, ""
    low, high = system_ids
    for candidate in range(high, low - 1, -1):
        if candidate not in avoid:
            owner = taken.get(ARTICLE_ID) or avoid.get(ARTICLE_ID, "another")
            return candidate, f"{what} {ARTICLE_ID} of the article is {owner} here: {candidate}."
    raise Refused(f"no free system {what} between {low} and {high}", f"Name one with --{what}.")


def facts_digest(facts: Facts) -> str:
    """Digest of what the plan rests on: configuration, accounts, queue and map metadata."""
    resting = (facts.platform, facts.config, facts.accounts, facts.map_files)
    try:
        data = msgspec.json.encode(resting)
    except UnicodeEncodeError:  # an account's home or a file's name is no UTF-8
        data = repr(resting).encode("utf-8", "backslashreplace")
    return sha256(data).hexdigest()[:16]


def _names(accounts: Accounts | Unknown) -> Names:
    if isinstance(accounts, Unknown):
        return Names()
    system = accounts.system_ids[1]
    return Names(
        {str(u.uid): u.name for u in accounts.users if u.uid <= system},
        {str(g.gid): g.name for g in accounts.groups if g.gid <= system},
    )
