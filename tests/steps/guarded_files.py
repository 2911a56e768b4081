"""A guard over files of this machine's own temporary directory, its log kept beside it."""

from __future__ import annotations

import os
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from wizard.platforms.base import Kept
from wizard.platforms.debian_guard import script
from wizard.platforms.debian_guard_text import GNUMAKE, SCRIPT

USER, UID, GID = "games", 5, 60
"The account, with its group of the same name: every Debian has it."
OTHER, OTHER_UID = "man", 6
"Another account, whose things it must not become root's way to."
LOGGER = """\
#!/bin/sh
shift 4
[ "$1" = -- ] && shift
printf '%s\\n' "$*" >>LOG
"""


@dataclass(frozen=True)
class Guarded:
    """A mail directory with the guard."""

    place: Path
    mail: Path
    script: Path
    log: Path

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """The script, as its callers run it."""
        return _run([str(self.script), *words])

    def make(self, *words: str) -> subprocess.CompletedProcess[str]:
        """`make -C /etc/mail WORDS`."""
        return _run(["make", "-C", str(self.mail), *words])

    def told(self) -> list[str]:
        """What the log was told."""
        return self.log.read_text().splitlines() if self.log.exists() else []


def _run(argv: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=90)


def guard_over(place: Path, run_as: str = "games:games", **kept: tuple[object, ...]) -> Guarded:
    """The script for what is named, and the GNUmakefile that calls it."""
    mail, log, tools = place / "mail", place / "log", place / "tools"
    for one in (mail, tools):
        one.mkdir(exist_ok=True)
    cf = mail / "sendmail.cf"
    cf.write_text(f"#O RunAsUser=nobody\nO RunAsUser={run_as}\n" if run_as else "# none\n")
    (tools / "logger").write_text(LOGGER.replace("LOG", str(log)))
    (tools / "logger").chmod(0o755)
    text = script(Kept(USER, "games", str(cf), str(mail), **kept)).decode()  # type: ignore[arg-type]
    text = text.replace("PATH=/usr/sbin", f"PATH={tools}:/usr/sbin", 1)
    text = text.replace("/run/stepdown-guard.", f"{place}/running.")
    found = Guarded(place, mail, place / "stepdown-guard", log)
    found.script.write_text(text)
    found.script.chmod(0o755)
    (mail / "GNUmakefile").write_text(GNUMAKE.replace(SCRIPT, str(found.script)))
    for path in mail.iterdir():
        os.chown(path, 0, GID)
    os.chown(mail, 0, GID)
    place.chmod(0o755)
    return found


def ids(path: Path) -> tuple[int, int, int]:
    """Owner, group and mode, links not followed."""
    found = path.lstat()
    return found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)
