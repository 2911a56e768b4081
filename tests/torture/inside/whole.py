"""All that has to be as it was, looked at from inside the lab and by nothing that is tested."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path
from typing import Any

from wizard.lab.observe import manifest

TOPS = (
    "/etc", "/var/spool/mqueue", "/var/spool/mqueue-client", "/var/lib/sendmail",
    "/usr/local", "/var/spool/cron", "/lib/systemd/system", "/srv",
)  # fmt: skip
STRAY_PLACES = ("/run", "/tmp", "/var/tmp", "/dev/shm", "/root", "/run/systemd/system",
                "/run/systemd/transient", "/var/lib/stepdown")  # fmt: skip
OUR_OWN = ("torture", "stepdown-lab", "stepdown-guard.lock")
STATE = {"/var/lib/stepdown/lock", "/var/lib/stepdown/runs"}
QUEUES = ("/var/spool/mqueue/", "/srv/")
COUNTERS = tuple("KNMIPFV")
"First letters of a queue file's lines that tell tries and times, not the message."
SETTLING = 6.0
"Seconds given to what an engine left at work."

Whole = dict[str, Any]


def look() -> Whole:
    """Every path of TOPS, and who serves port 25."""
    found: Whole = dict(manifest(list(TOPS)))
    for path, entry in found.items():
        is_message = path.rpartition("/")[2].startswith("qf") and entry["kind"] == "file"
        if path.startswith(QUEUES) and is_message:
            found[path] = {**entry, "content": _message(path), "mtime_ns": None}
    found["the relay's master"] = masters()
    return found


def _message(path: str) -> str:
    """A queue file without what counts tries: the proof has waiting messages tried again."""
    try:
        lines = Path(path).read_text("latin-1").splitlines()
    except OSError as problem:
        return str(problem)
    kept = "\n".join(line for line in lines if line[:1] not in COUNTERS)
    return hashlib.sha256(kept.encode("latin-1")).hexdigest()


def masters() -> list[str]:
    """Uid and title of each daemon that accepts connections."""
    return sorted(
        f"{uid} {title}" for _pid, uid, title in processes() if "accepting connections" in title
    )


def processes() -> list[tuple[int, int, str]]:
    """Pid, owner and command line of every process."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            title = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode("latin-1").strip()
            found.append((int(place.name), place.stat().st_uid, title))
        except OSError:
            continue
    return found


def differences(before: Whole, after: Whole) -> Whole:
    """What is not the same, with both states; absent is None."""
    paths = {*before, *after}
    return {
        path: [before.get(path), after.get(path)]
        for path in sorted(paths)
        if before.get(path) != after.get(path)
    }


def strays() -> set[str]:
    """Names where programs leave what they meant to remove."""
    return {
        f"{place}/{name}"
        for place in STRAY_PLACES
        if Path(place).is_dir()
        for name in (one.name for one in Path(place).iterdir())
        if not name.startswith(OUR_OWN)
    } - STATE


def at_work(known: set[int]) -> list[str]:
    """Titles of processes that were not there before, but for Sendmail's own and kernel threads."""
    return [
        f"{pid} {title}"
        for pid, _uid, title in processes()
        if pid not in known and title and "sendmail: " not in title and pid != os.getpid()
    ]


def settled(known: set[int]) -> list[str]:
    """Wait until nothing that was started goes on; what still does."""
    end = time.monotonic() + SETTLING
    while (left := at_work(known)) and time.monotonic() < end:
        time.sleep(0.02)
    return left
