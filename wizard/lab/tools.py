"""The machine's own programs that the lab is built from, found once and by absolute path."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from wizard.lab.errors import LabUnavailable

ADMIN_FOLDERS = "/usr/local/sbin:/usr/sbin:/sbin"  # an ordinary user's PATH lacks them

PACKAGES: Mapping[str, str] = {
    "mmdebstrap": "mmdebstrap uidmap",
    "newuidmap": "uidmap",
    "newgidmap": "uidmap",
    "unshare": "util-linux",
    "nsenter": "util-linux",
    "setpriv": "util-linux",
    "mount": "mount",
    "pivot_root": "util-linux",
    "chroot": "coreutils",
    "tar": "tar",
}


def find_tool(name: str) -> str:
    """The absolute path of a program; raises LabUnavailable that names the Debian package."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:{ADMIN_FOLDERS}")
    if found is None:
        package = PACKAGES.get(name, name)
        raise LabUnavailable(f"{name} is missing", f"apt-get install {package}")
    return str(Path(found).absolute())


def is_root() -> bool:
    """True when this process may act as root without a user namespace."""
    return os.geteuid() == 0


def namespace_flags() -> list[str]:
    """unshare(1) flags: an ordinary user becomes root of a user namespace first."""
    return [] if is_root() else ["--user", "--map-root-user", "--map-auto"]


def run_tool(argv: Sequence[str], *, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    """Run one program, its output captured as text; the caller judges the return code."""
    return subprocess.run(
        list(argv),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=timeout,
        check=False,
    )


def last_lines(text: str, count: int = 6) -> str:
    """The end of a program's output, for an error message."""
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return "\n".join(lines[-count:])


def signal_children(pid: int, sig: int) -> bool:
    """Signal a process's children instead of itself, so that it reaps them; False: it has none."""
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    with contextlib.suppress(OSError):
        children = [int(child) for child in listed.read_text().split()]
        for child in children:
            os.kill(child, sig)
        return bool(children)
    return False


def require_namespaces() -> None:
    """Prove that namespaces can be created here; raises LabUnavailable with the reason."""
    for name in ("unshare", "nsenter", "setpriv", "mount", "pivot_root", "chroot"):
        find_tool(name)
    if not is_root():
        require_subordinate_ids()
    probe = [find_tool("unshare"), *namespace_flags(), "--mount", "--pid", "--net", "--fork", "--"]
    done = run_tool([*probe, find_tool("chroot"), "--version"])
    if done.returncode == 0:
        return
    if is_root():
        raise LabUnavailable(
            f"this root may not create namespaces ({last_lines(done.stderr, 1)})",
            "run it on the machine itself, or in a container that was given CAP_SYS_ADMIN",
        )
    raise LabUnavailable(
        f"an ordinary user may not create namespaces here ({last_lines(done.stderr, 1)})",
        "run it as root, or allow it: sysctl -w kernel.unprivileged_userns_clone=1 "
        "kernel.apparmor_restrict_unprivileged_userns=0 (whichever of the two exists)",
    )


def require_subordinate_ids() -> None:
    """Check for newuidmap and a subordinate id range; raises LabUnavailable with the command."""
    find_tool("newuidmap")
    find_tool("newgidmap")
    import pwd

    name = pwd.getpwuid(os.getuid()).pw_name
    for table in (Path("/etc/subuid"), Path("/etc/subgid")):
        if not _has_range(table, {name, str(os.getuid())}):
            raise LabUnavailable(
                f"{name} has no range of subordinate ids in {table}",
                f"usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {name} (as root)",
            )


def _has_range(table: Path, owners: set[str]) -> bool:
    try:
        lines = table.read_text().splitlines()
    except OSError:
        return False
    fields = [line.split(":") for line in lines]
    return any(len(f) == 3 and f[0] in owners and int(f[2] or 0) >= 65536 for f in fields)
