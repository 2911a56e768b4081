"""The system calls that matter, and where they are in strace's log."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

OPENS = frozenset({"open", "openat", "creat"})
RENAMES = frozenset({"rename", "renameat", "renameat2"})
WRITES = frozenset({"write", "pwrite64", "writev", "fsync", "fdatasync", *RENAMES})
"What the issue names, besides opens."
OWNERS = frozenset(
    {"chown", "fchown", "lchown", "fchownat", "chmod", "fchmod", "fchmodat"}
    | {"setxattr", "fsetxattr", "lsetxattr", "fremovexattr", "lremovexattr", "removexattr"}
    | {"utimensat", "utimes", "utime", "futimesat"}
)
NAMES = frozenset(
    {"unlink", "unlinkat", "mkdir", "mkdirat", "rmdir", "symlink", "symlinkat", "link", "linkat"}
    | {"ftruncate", "truncate", "fallocate", "mknod", "mknodat", "mount", "umount2"}
)
STARTS = frozenset({"clone", "clone3", "vfork", "fork", "execve", "kill", "tgkill"})
"A command that was started goes on alone when its engine is killed here."
MUTATING = frozenset(OPENS | WRITES | OWNERS | NAMES | STARTS)
TRACED = ",".join(sorted(MUTATING))

_LINE = re.compile(r"^(?:(\d+) +)?(?:[\d.]+ )?([a-z0-9_]+)\((.*)$")
_READING = re.compile(r"O_RDONLY|O_PATH")
_OURS = re.compile(r'"(/etc|/var|/run|/usr/local|[^/])')
_VERIFYING = re.compile(r'"verifying|\\"verifying')


@dataclass(frozen=True)
class Call:
    """One call of a log."""

    name: str
    index: int
    "Counted from 1 among the calls of this name, as strace's `when=` counts them."
    text: str
    late: bool
    "After the host was changed: the proofs."

    @property
    def reads(self) -> bool:
        """An open that changes nothing."""
        return (
            self.name in OPENS and "O_CREAT" not in self.text and bool(_READING.search(self.text))
        )

    @property
    def of_ours(self) -> bool:
        """An open of what the engine reads of the host, not of /proc or of a library."""
        return bool(_OURS.search(self.text)) and "/python" not in self.text


def calls_of(log: str) -> list[Call]:
    """Every call of a log, in order; of several processes each has its own count."""
    seen: Counter[tuple[str, str]] = Counter()
    found: list[Call] = []
    late = False
    for line in log.splitlines():
        match = _LINE.match(line)
        if match is None:
            continue
        pid, name, rest = match[1] or "", match[2], match[3]
        seen[pid, name] += 1
        late = late or (name == "write" and "verifying" in rest)
        found.append(Call(name, seen[pid, name], rest[:160], late))
    return found


def changing(calls: list[Call]) -> list[Call]:
    """Those that change something, or start what may."""
    return [one for one in calls if one.name in MUTATING and not one.reads]


def hit_of(log: str) -> str:
    """The call that was hit: the last before a kill, the first that was tampered with."""
    lines = log.splitlines()
    for line in lines:
        if "(INJECTED)" in line:
            return _plain(line)
    for at, line in enumerate(lines):
        if "killed by SIGKILL" in line and at:
            return _plain(lines[at - 1])
    return ""


def _plain(line: str) -> str:
    return re.sub(r"^\d+ +", "", line)[:200]
