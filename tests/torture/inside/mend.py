"""Putting a lab right after a point that left it changed, so that the next one begins whole."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.torture.inside.whole import TOPS, Whole

COPY = Path("/run/torture/copy")


def keep() -> None:
    """A copy of everything that is compared."""
    shutil.rmtree(COPY, ignore_errors=True)
    COPY.mkdir(parents=True)
    for top in (Path(top) for top in TOPS if Path(top).exists()):
        place = COPY / str(top.parent).lstrip("/")
        place.mkdir(parents=True, exist_ok=True)
        subprocess.run(["/bin/cp", "-a", str(top), str(place)], check=True)


def mend(differing: Whole) -> None:
    """Put back each path that differs, directories before what is in them."""
    for path, (before, _after) in sorted(differing.items()):
        if not path.startswith("/"):
            continue
        there = Path(path)
        if before is None:
            _remove(there)
        elif before["kind"] == "directory" and there.is_dir():
            words = f"--reference={COPY}{path}"
            subprocess.run(["/bin/chown", words, path], check=False)
            subprocess.run(["/bin/chmod", words, path], check=False)
        else:
            _remove(there)
            subprocess.run(["/bin/cp", "-a", f"{COPY}{path}", path], check=False)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
