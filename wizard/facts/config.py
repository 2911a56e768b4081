"""The .mc and the cf, and whether m4 makes the one of the other.

A cf that m4 does not reproduce was edited by hand: rebuilding it would lose that edit (fact 6).
"""

from __future__ import annotations

import re
from difflib import unified_diff

from wizard.facts.model import Config
from wizard.host.base import HostReader, NotRecorded, Unreadable
from wizard.model import Kind
from wizard.platforms.base import Platform

DIFFERENCE_LIMIT = 400
"Lines of difference that are kept as evidence."
REMARK = re.compile(r"^(?:\*\*\* )?WARNING: .*(?:\n[ \t].*)*\n?", re.MULTILINE)
"""What Sendmail's own macros remark upon and build all the same: a feature with an older name,
an open relay. It comes with lines that go on indented; m4 itself starts with its own name."""


def gather(host: HostReader, platform: Platform) -> Config:
    """Read both and build the .mc once. Raises Unreadable where the cf or .mc is unreadable."""
    cf = host.state(host.resolve(platform.cf_path), content=True)
    mc = host.state(host.resolve(platform.mc_path), content=True)
    built, problem = b"", ""
    if mc.kind is Kind.FILE:
        built, problem = build(host, platform, mc.content or b"")
    elif mc.exists:
        problem = f"{platform.mc_path}: {mc.kind}, not a file"
    difference: tuple[str, ...] = ()
    if built and not problem:
        difference = compare(cf.text(), built.decode("utf-8", "surrogateescape"))
    newer = mc.exists and cf.exists and mc.mtime_ns > cf.mtime_ns
    return Config(platform.mc_path, platform.cf_path, mc, cf, built, problem, difference, newer)


def build(host: HostReader, platform: Platform, mc: bytes) -> tuple[bytes, str]:
    """What m4 makes of a .mc text, and why that cannot be used; empty where it can.

    Raises NotRecorded; Unreadable where it takes root to read what the .mc includes.
    """
    if not host.state(platform.m4).exists:
        return b"", f"{platform.m4} is not installed: {platform.macro_package_hint()}"
    macros = f"{platform.cf_dir}/m4/cf.m4"
    if not host.state(macros).exists:
        return b"", f"{macros} is not there: {platform.macro_package_hint()}"
    try:
        done = host.probe(platform.candidate_command(mc))
    except NotRecorded:
        raise  # it says nothing about the .mc
    except Unreadable as problem:
        return b"", str(problem)
    complaint = _complaint(done.stderr, platform.mc_path)
    if "Permission denied" in complaint and host.identity().euid != 0:
        raise Unreadable(complaint.splitlines()[0], "Run it as root.")
    if done.code != 0:
        return b"", complaint or f"m4 ended with code {done.code}"
    if complaint:
        return done.stdout, complaint
    return done.stdout, incomplete(done.stdout)


def incomplete(cf: bytes) -> str:
    """Why a built cf is not whole; empty where it is. A missing parenthesis cuts it (fact 6)."""
    lines = [line for line in cf.decode("utf-8", "replace").splitlines() if line.strip()]
    if not any(line.startswith("Mesmtp") or line.startswith("Msmtp") for line in lines):
        return "the built cf has no SMTP mailer: m4 stopped half-way (a missing parenthesis?)"
    if not any(line.startswith("S") for line in lines) or not any(
        line.startswith("V") for line in lines
    ):
        return "the built cf has no rule sets: m4 stopped half-way (a missing parenthesis?)"
    return ""


def active_lines(text: str) -> list[str]:
    """Lines that Sendmail acts on: no comments, no blank lines."""
    return [line.rstrip() for line in text.splitlines() if line.strip() and line[0] != "#"]


def compare(present: str, built: str) -> tuple[str, ...]:
    """Unified difference of the active lines, without file headers."""
    lines = unified_diff(active_lines(present), active_lines(built), lineterm="", n=1)
    return tuple(lines)[2:][:DIFFERENCE_LIMIT]


def _complaint(stderr: bytes, mc_path: str) -> str:
    """m4's own words, remarks that stop nothing aside; `stdin` is our .mc."""
    text = REMARK.sub("", stderr.decode("utf-8", "replace")).strip()
    return text.replace("m4:stdin:", f"m4: {mc_path}:").replace("stdin:", f"{mc_path}:")
