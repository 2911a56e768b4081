"""root's mail goes to a person elsewhere, by an alias."""

from __future__ import annotations

from msgspec.structs import replace

from wizard.facts.alias.text import all_entries
from wizard.facts.aliases import parse_alias_option
from wizard.facts.model import Accounts, Facts, Unknown
from wizard.model import FileState
from wizard.plans import Command, Expected, Op, RunCommand, SetMeta, WriteFile
from wizard.remedies.base import Remedy, cf_of, demand_address, suggested_address
from wizard.remedies.planned_host import DATABASES
from wizard.steps.base import Planned, Site, meta_of
from wizard.steps.service import NOTHING


def _texts(facts: Facts) -> list[str]:
    """The alias files that are there."""
    files = () if isinstance(facts.aliases, Unknown) else facts.aliases.files
    return [one.path for one in files if one.state.exists]


def _impossible(facts: Facts) -> str:
    if isinstance(facts.aliases, Unknown):
        return f"the aliases are not known: {facts.aliases.reason}"
    if _texts(facts):
        return ""
    return next(iter(facts.aliases.unreadable), "no alias file is in use")


def _chosen(site: Site) -> tuple[str, FileState]:
    """The alias file that has root, else the first one."""
    paths = [site.host.resolve(path) for path in _texts(site.facts)]
    states = [(path, site.host.state(path, content=True)) for path in paths]
    return next((one for one in states if _has_root(one[1])), states[0])


def _has_root(state: FileState) -> bool:
    return any(name == "root" for name, _value, _line in all_entries(state.text()))


def with_root(text: str, address: str) -> str:
    """The aliases with root's mail going to the address: its own lines replaced, or one added."""
    lines = text.splitlines(keepends=True)
    found = [line for name, _value, line in all_entries(text) if name == "root"]
    glue = "" if not lines or lines[-1].endswith("\n") else "\n"
    if not found:
        return f"{text}{glue}root: {address}\n"
    drop = {number for line in found for number in _span(lines, line)}
    first = found[0]
    kept = [
        f"root: {address}\n" if number == first else line
        for number, line in enumerate(lines, 1)
        if number == first or number not in drop
    ]
    return "".join(kept)


def _span(lines: list[str], start: int) -> list[int]:
    """The numbers of an entry's lines: its own, and those that continue it."""
    span = [start]
    for number in range(start + 1, len(lines) + 1):
        continued = lines[number - 2].rstrip("\r\n").endswith("\\")
        if not continued and lines[number - 1][:1] not in (" ", "\t"):
            break
        span.append(number)
    return span


def _plan(site: Site, value: str) -> Planned:
    path, now = _chosen(site)
    after = with_root(now.text(), value).encode("utf-8", "surrogateescape")
    databases = _databases(site, path)
    keep = RunCommand(
        NOTHING,
        NOTHING,
        tuple(databases),
        derived=True,
        only_undo=True,
        note="the alias database as it was",
    )
    text = WriteFile(
        *(path, after, now.uid, now.gid, now.mode, Expected.of(now)), before=now.content or b""
    )
    build = RunCommand(
        Command((site.platform.sendmail, "-bi")), NOTHING, note="the alias database built anew"
    )
    return Planned((keep, text, build, *_owners_kept(site, databases)))


def _databases(site: Site, path: str) -> dict[str, FileState]:
    """The databases that newaliases rewrites for this text, with how they are now.

    They lie beside the path as the cf spells it, which may lead to the text by a link.
    """
    cf = cf_of(site.facts)
    sources = parse_alias_option(cf.options.get("AliasFile", ())) if cf else ()
    found = {}
    for source in sources:
        if source.spec[:1] != "/" or site.host.resolve(source.spec) != path:
            continue
        for suffix in DATABASES:
            database = site.host.resolve(source.spec + suffix)
            state = site.host.state(database)
            if state.exists:
                found[database] = state
    return found


def _owners_kept(site: Site, databases: dict[str, FileState]) -> list[Op]:
    """newaliases by root gives the database to TrustedUser (fact 3): what it was, it shall be."""
    cf = cf_of(site.facts)
    accounts = site.facts.accounts
    trusted = cf.option("TrustedUser") if cf else ""
    user = accounts.user(trusted) if isinstance(accounts, Accounts) else None
    uid = int(trusted) if trusted.isdigit() else (user.uid if user else 0)
    return [
        SetMeta(path, now.uid, now.gid, now.mode, meta_of(replace(now, uid=uid)), "as it was")
        for path, now in databases.items()
        if uid and now.uid != uid
    ]


REMEDY = Remedy(
    id="root-alias",
    title="Send root's mail to an address elsewhere",
    why="cron, daily jobs and bounces write to root and postmaster. One alias sends all of it to a "
    "person who reads mail elsewhere.",
    asks="Whose address",
    checks=(
        "relay.system-mail",
        "relay.alias-local",
        "relay.jobs",
        "relay.double-bounce",
    ),
    suggest=lambda facts: suggested_address(facts, "root"),
    impossible=_impossible,
    value=demand_address,
    plan=_plan,
    stage="before",
)
