"""Run inside the lab: what the kernel lets each account write of all that root trusts.

Prints, as JSON, for each account the paths that access(2) grants and those that stepdown names;
one that an account owns counts as granted, for it may change the mode first.
"""

from __future__ import annotations

import json
import os
import pwd
import sys

from wizard.facts import cf, trusted
from wizard.facts.held import held
from wizard.host.local import LocalReader
from wizard.platforms.detect import detect


def granted(paths: list[str], uid: int, gid: int) -> list[str]:
    """Those that a process with these ids and no other group may write."""
    read, write = os.pipe()
    if os.fork() == 0:
        os.setgroups([gid])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
        may = [p for p in paths if os.lstat(p).st_uid == uid or os.access(p, os.W_OK)]
        os.write(write, json.dumps(may).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as answer:
        told = answer.read()
    os.wait()
    return [str(path) for path in json.loads(told)]


def main() -> None:
    """For the accounts named as arguments."""
    host = LocalReader()
    platform = detect(host)
    passages = trusted.gather(host, platform, cf.gather(host, platform.cf_path)).passages
    parts = {path: state for one in passages for path, state in one.parts}
    ends = {one.parts[-1][0] for one in passages}
    files = [p for p, s in parts.items() if s.kind == "file" and p in ends]
    paths = [*files, *(p for p, s in parts.items() if s.kind == "directory")]
    said = {}
    for name in sys.argv[1:]:
        user = pwd.getpwnam(name)
        named = [one.path for one in held(passages, user.pw_uid, user.pw_gid)]
        said[name] = (sorted(granted(paths, user.pw_uid, user.pw_gid)), sorted(named))
    print(json.dumps(said))


if __name__ == "__main__":
    main()
