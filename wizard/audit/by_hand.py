"""A host that no run of stepdown migrated: what was done of the recipe, and what lacks."""

from __future__ import annotations

from wizard.audit.model import Row
from wizard.errors import StepdownError
from wizard.facts import accounts as accounts_fact
from wizard.facts import cf as cf_fact
from wizard.facts import config as config_fact
from wizard.facts import queues as queues_fact
from wizard.facts import run_as
from wizard.facts.model import Accounts, Config
from wizard.facts.run_as import Line, RunAs
from wizard.host.base import HostReader
from wizard.model import Kind, Outcome
from wizard.platforms.base import Platform
from wizard.purpose import who

MSP = "smmsp"


def begun(host: HostReader, platform: Platform) -> tuple[RunAs | None, tuple[Row, ...]]:
    """Who the children are, or were to be, and each part of the recipe as a row.

    No rows: nothing of it was done here. Raises StepdownError where that cannot be told.
    """
    accounts = accounts_fact.gather(host)
    config = config_fact.gather(host, platform)
    found = who(host, platform, accounts)
    tried = _tried(host, platform, config)
    if found is None and not tried:
        return None, ()
    rows = [_config(config, tried)]
    if found is not None:
        rows += [_account(platform, accounts, found), _queue(host, platform, config, found)]
        rows += [_directory(host, platform, found)]
    return found, tuple(rows)


def _tried(host: HostReader, platform: Platform, config: Config) -> tuple[Line, ...]:
    """Lines by which somebody meant to set it, with effect or without; comments are none."""
    submit_cf, submit_mc = (f"{platform.mail_dir}/submit.{end}" for end in ("cf", "mc"))
    lines = (
        *run_as.active(config.cf_path, config.cf.text()),
        *run_as.defines(config.mc_path, config.mc.text()),
        *(x for x in run_as.active(submit_cf, _text(host, submit_cf)) if _not_msp(x)),
        *(x for x in run_as.defines(submit_mc, _text(host, submit_mc)) if _not_msp(x)),
    )
    undone = any("undefine" in line.text for line in lines)
    return () if undone else tuple(line for line in lines if "dnl makes" not in line.why_not)


def _not_msp(line: Line) -> bool:
    return line.value.partition(":")[0] != MSP


def _text(host: HostReader, path: str) -> str:
    return host.state(host.resolve(path), content=True).text()


def _config(config: Config, tried: tuple[Line, ...]) -> Row:
    title = "RunAsUser in the cf and in what the .mc makes"
    in_cf = run_as.active(config.cf_path, config.cf.text())
    built = config.built.decode("utf-8", "surrogateescape")
    in_mc = run_as.active(config.mc_path, built)
    lines = tuple(f"{x}: {x.why_not}" if x.why_not else str(x) for x in tried)
    lacks = [] if in_cf else [f"{config.cf_path}: no active RunAsUser"]
    if config.mc.exists and not in_mc and not config.m4_problem:
        lacks.append(f"m4 {config.mc_path}: no RunAsUser: the next build of the cf is without it")
    outcome = Outcome.FOUND if lacks else Outcome.PASS
    return Row("by-hand.config", outcome, title, (*lacks, *lines))


def _account(platform: Platform, accounts: Accounts, found: RunAs) -> Row:
    user = accounts.user(found.user)
    title = f"The account {found.user}"
    if user is None:
        told = (f"{found.user}: there is no such account",)
        return Row("by-hand.account", Outcome.FOUND, title, told)
    line = f"{user.name}  uid {user.uid}, gid {user.gid}, home {user.home}, shell {user.shell}"
    fit = user.shell in platform.no_shells
    return Row("by-hand.account", Outcome.PASS if fit else Outcome.FOUND, title, (line,))


def _queue(host: HostReader, platform: Platform, config: Config, found: RunAs) -> Row:
    title = f"The queue is {found.user}'s"
    try:
        known = queues_fact.gather(host, cf_fact.gather(host, config.cf_path), config.cf.text())
    except StepdownError as problem:
        return Row("by-hand.queue", Outcome.UNKNOWN, title, (str(problem),))
    told, good = [], True
    for root in known.roots:
        state = host.state(host.resolve(root))
        good = good and state.uid == found.uid and state.mode & 0o700 == 0o700
        told.append(f"{root}  owner {state.uid}, group {state.gid}, mode {state.mode:04o}")
    return Row("by-hand.queue", Outcome.PASS if good else Outcome.FOUND, title, tuple(told))


def _directory(host: HostReader, platform: Platform, found: RunAs) -> Row:
    path = platform.mail_dir
    state = host.state(host.resolve(path))
    group = state.kind is Kind.DIRECTORY and state.gid == found.gid
    told = f"{path}  owner {state.uid}, group {state.gid}, mode {state.mode:04o}"
    title = f"{path} and its files are readable by {found.user}'s group"
    if group:
        return Row("by-hand.mail-directory", Outcome.PASS, title, (told,))
    return Row(
        "by-hand.mail-directory",
        Outcome.FOUND,
        title,
        (told,),
        "What is built there anew gets another group: the children cannot open it, and the relay "
        "queues every message.",
    )
