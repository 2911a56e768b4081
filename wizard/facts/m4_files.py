"""Every file that m4 reads to build the cf and submit.cf: what the .mc includes, and so on."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard.facts import grep
from wizard.host.base import HostReader
from wizard.platforms.base import Platform

FOLDERS = {
    "OSTYPE": "ostype",
    "DOMAIN": "domain",
    "FEATURE": "feature",
    "MAILER": "mailer",
    "HACK": "hack",
    "SITECONFIG": "siteconfig",
}
"Where cfhead.m4 looks for the file of each macro, below _CF_DIR_."
DEPTH = 8
"Includes within includes."
_LINES = r"include[ 	]*\(|(OSTYPE|DOMAIN|FEATURE|MAILER|HACK|SITECONFIG)\("
_INCLUDE = re.compile(r"\bs?include\(\s*([^)]*)\)")
_MACRO = re.compile(rf"\b({'|'.join(FOLDERS)})\(\s*`?([\w.+-]+)")

Named = tuple[str, str, str]


def included(host: HostReader, platform: Platform) -> Iterator[Named]:
    """Path, role and the line that names it: files, then the directories of the macros."""
    submit = f"{platform.mail_dir}/submit.mc"
    waiting = [platform.mc_path, submit, f"{platform.cf_dir}/m4/cf.m4"]
    known = set(waiting)
    yield waiting[-1], "m4 macros", ""
    for _level in range(DEPTH):
        lines = grep.lines(host, _LINES, waiting)
        waiting = []
        for line in lines:
            for path in _paths(line.text, platform.cf_dir):
                if path not in known:
                    known.add(path)
                    waiting.append(path)
                    yield path, "m4 macros", f"{line.path}:{line.number}"
        if not waiting:
            break
    for folder in ("", "/m4", *(f"/{name}" for name in sorted(FOLDERS.values()))):
        yield f"{platform.cf_dir}{folder}", "directory of the m4 macros", ""


def _paths(text: str, cf_dir: str) -> Iterator[str]:
    """Files that a line has m4 read. What m4 works out from other macros is left out."""
    active = re.split(r"\bdnl\b", text)[0]
    for argument in _INCLUDE.findall(active):
        path = re.sub(r"[`'\s]", "", argument).replace("_CF_DIR_", f"{cf_dir}/")
        if path.startswith("/") and "$" not in path:
            yield path.replace("//", "/")
    for macro, name in _MACRO.findall(active):
        yield f"{cf_dir}/{FOLDERS[macro]}/{name}.m4"
