"""Changing one thing in the configuration: in the .mc and the cf that m4 makes of it, or in the cf.

The proof of an edit is the built cf, not the .mc (fact 6): what was wanted is in it exactly once,
and nothing else changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec import Struct

from wizard.errors import StepdownError
from wizard.facts.config import active_lines, build
from wizard.facts.model import Config
from wizard.plans import Expected, WriteFile
from wizard.steps.base import Site, needed

MARK = b"dnl # stepdown: "


class Change(Struct, frozen=True):
    """One thing that is to be different in the configuration."""

    reason: str
    "As a comment in the .mc."
    define: str
    "The line of m4 that does it; empty where the .mc has it already."
    set_in_cf: Callable[[str], str]
    "A cf's text with it set: the article's second-best way."
    lines: re.Pattern[str]
    "The active lines of a cf that may differ by it."
    wrong: Callable[[str], str]
    "What is wrong with a cf's text that should have it; empty where all is well."


class Edit(Struct, frozen=True):
    """The configuration before and after, both files."""

    mc_path: str
    mc_before: bytes
    mc_after: bytes
    "Empty where the .mc is not edited."
    cf_path: str
    cf_before: bytes
    cf_after: bytes


def edit(site: Site, *changes: Change) -> Edit:
    """Work out the edit and prove it on paper. Raises StepdownError, saying what is wrong."""
    needed(site.facts.config, "The configuration")
    config = site.facts.config
    assert isinstance(config, Config)
    how = site.choices.edit or ("mc" if config.mc.exists else "cf")
    if how == "mc" and not config.mc.exists:
        raise StepdownError(f"{config.mc_path} is not there", "Choose --edit cf.")
    made = _by_mc(site, config, changes) if how == "mc" else _by_cf(site, config, changes)
    _prove(made, config, changes)
    return made


def _by_mc(site: Site, config: Config, changes: tuple[Change, ...]) -> Edit:
    before = after = config.mc.content or b""
    for change in changes:
        after = append(after, change)
    built, problem = build(site.host, site.platform, after)
    if problem:
        raise StepdownError(f"m4 does not build {config.mc_path}: {problem}", "Mend the .mc first.")
    cf = site.platform.finish_cf(built, after)
    paths = site.host.resolve(config.mc_path), site.host.resolve(config.cf_path)
    return Edit(paths[0], before, after, paths[1], config.cf.content or b"", cf)


def _by_cf(site: Site, config: Config, changes: tuple[Change, ...]) -> Edit:
    before = config.cf.content or b""
    after = before.decode("utf-8", "surrogateescape")
    for change in changes:
        after = change.set_in_cf(after)
    path = site.host.resolve(config.cf_path)
    return Edit("", b"", b"", path, before, after.encode("utf-8", "surrogateescape"))


def append(mc: bytes, change: Change) -> bytes:
    """The .mc with the change as its last lines: it worked on 97 of 97 real files (fact 6)."""
    ending = b"\r\n" if b"\r\n" in mc else b"\n"
    if not change.define:
        return mc
    glue = b"" if not mc or mc.endswith(b"\n") else ending
    lines = (MARK + change.reason.encode(), change.define.encode())
    return mc + glue + b"".join(line + ending for line in lines)


def option_setter(name: str, value: str) -> Callable[[str], str]:
    """Sets an option in a cf's text: exactly one active line of it, where its comment stands."""
    line = f"O {name}={value}"
    active = re.compile(rf"^O\s+{name}\b.*\n?", re.MULTILINE)
    any_line = re.compile(rf"^#?\s*O\s+{name}\b.*$", re.MULTILINE)

    def set_in_cf(cf: str) -> str:
        without = active.sub("", cf)
        if any_line.search(without):
            return any_line.sub(lambda _found: line, without, count=1)
        first = re.search(r"^O ", without, re.MULTILINE)
        at = first.start() if first else len(without)
        return f"{without[:at]}{line}\n{without[at:]}"

    return set_in_cf


def _prove(made: Edit, config: Config, changes: tuple[Change, ...]) -> None:
    """What was wanted is there, and nothing else changed (fact 6)."""
    for change in changes:
        if wrong := change.wrong(made.cf_after.decode("utf-8", "surrogateescape")):
            raise StepdownError(
                f"the candidate cf has {wrong}",
                f"`{change.define}` has no effect in {config.mc_path}: apostrophes, blanks, dnl?",
            )
    compared_to = config.built if made.mc_path else config.cf.content or b""
    lines = [change.lines for change in changes]
    if without(compared_to, *lines) != without(made.cf_after, *lines):
        raise StepdownError(
            "the candidate cf differs in more than it should by "
            + " and ".join(change.reason for change in changes),
            f"Look at {config.mc_path}: something in it depends on its last lines.",
        )


def without(cf: bytes, *lines: re.Pattern[str]) -> list[str]:
    """Active lines, those of the changes left out."""
    active = active_lines(cf.decode("utf-8", "surrogateescape"))
    return [line for line in active if not any(one.match(line) for one in lines)]


def write_mc(site: Site, made: Edit) -> WriteFile | None:
    """The operation that writes the .mc; None where it is not edited."""
    if not made.mc_path or made.mc_after == made.mc_before:
        return None
    now = site.host.state(made.mc_path, content=True)
    return WriteFile(
        *(made.mc_path, made.mc_after, now.uid, now.gid, now.mode, Expected.of(now)),
        before=made.mc_before,
    )


def write_cf(site: Site, made: Edit) -> WriteFile:
    """The operation that writes the cf."""
    now = site.host.state(made.cf_path, content=True)
    return WriteFile(
        *(made.cf_path, made.cf_after, now.uid, now.gid, now.mode, Expected.of(now)),
        before=made.cf_before,
        note="rebuilt by m4" if made.mc_path else "edited directly",
    )
