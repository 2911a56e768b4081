"""The Debian base that every lab stands on: built once with mmdebstrap, then only read.

The cache key is a hash of the recipe, so a change of the package list builds a new base. A build
happens under a lock, into a temporary name that is renamed at the end: a base that exists is whole.
"""

import fcntl
import hashlib
import json
import os
import platform
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from wizard.lab.errors import LabUnavailable
from wizard.lab.tools import find_tool, is_root, last_lines, namespace_flags, run_tool

Progress = Callable[[str], None]

SUITE = "bookworm"
PYTHON_VERSION = "3.11"  # what the suite's python3 is
PACKAGES = (
    "sendmail", "sendmail-cf", "m4", "make", "openssl", "cron", "rsyslog", "systemd",
    "systemd-sysv", "dbus", "procps", "psmisc", "iproute2", "python3", "passwd", "e2fsprogs", "acl",
    "attr", "strace", "inetutils-telnet", "ncurses-base", "ncurses-term", "less", "vim-tiny",
    "util-linux",
)  # fmt: skip
KEPT = "/opt/packages"
"""Where Sendmail's own packages lie inside, so that they can be installed again and upgraded."""
KEEP = f'mkdir "$1{KEPT}" && cp "$1"/var/cache/apt/archives/sendmail*.deb "$1{KEPT}"'
OPTIONS = (
    "--variant=minbase",
    f"--customize-hook={KEEP}",
    "--dpkgopt=path-exclude=/usr/share/man/*",
    "--dpkgopt=path-exclude=/usr/share/info/*",
    "--dpkgopt=path-exclude=/usr/share/locale/*",
    "--dpkgopt=path-exclude=/usr/share/doc/*",
    "--dpkgopt=path-include=/usr/share/doc/*/copyright",
)
BUILD_TIMEOUT = 1800  # seconds; a slow mirror is no reason to give up early
FORMAT = 1  # raise it when the way a base is built changes


def cache_dir() -> Path:
    """Where bases and Python packages are kept; created when missing, mode 0700."""
    named = os.environ.get("STEPDOWN_CACHE_DIR")
    if named:
        path = Path(named)
    elif is_root():
        path = Path("/var/cache/stepdown")
    else:
        path = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "stepdown"
    path = path.absolute()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise LabUnavailable(
            f"the cache directory cannot be made: {error}",
            "name another one: export STEPDOWN_CACHE_DIR=DIRECTORY",
        ) from error
    return path


def recipe_key(recipe: object) -> str:
    """A short name for a recipe: equal recipes have equal names."""
    text = json.dumps(recipe, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def base_path() -> Path:
    """Where the unpacked base is, or will be; ids on disk depend on who built it."""
    recipe = [FORMAT, SUITE, sorted(PACKAGES), OPTIONS, platform.machine()]
    owner = "root" if is_root() else f"uid{os.getuid()}"
    return cache_dir() / f"base-{recipe_key(recipe)}-{owner}"


@contextmanager
def build_lock(cache: Path) -> Iterator[None]:
    """One build at a time; a second one waits and then finds the work done."""
    with (cache / "lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def ensure_base(progress: Progress) -> Path:
    """The unpacked base directory, built when it is not there yet.

    Raises LabUnavailable when mmdebstrap is missing or cannot fetch the packages.
    """
    path = base_path()
    if path.is_dir():
        return path
    mmdebstrap = find_tool("mmdebstrap")
    with build_lock(path.parent):
        if not path.is_dir():
            progress(f"building the practice base ({SUITE}, once, about half a minute) ...")
            _build(mmdebstrap, path, progress)
    return path


def _build(mmdebstrap: str, path: Path, progress: Progress) -> None:
    work = path.parent / f"building-{os.getpid()}"
    _remove_leftovers(path.parent)
    work.mkdir(mode=0o755)
    argv = [mmdebstrap, *OPTIONS, f"--include={','.join(PACKAGES)}"]
    try:
        if is_root():
            _fetch([*_confined(), *argv, "--mode=root", SUITE, str(work / "root")])
        else:
            tar = work / "base.tar"
            _fetch([*argv, "--mode=unshare", SUITE, str(tar)])
            progress("unpacking it ...")
            _unpack(tar, work / "root")
        (work / "root").rename(path)
    finally:
        _remove_tree(work)
    progress(f"the base is ready: {path}")


def _confined() -> list[str]:
    """Root builds in namespaces of its own: an interrupted build leaves nothing mounted."""
    return [
        find_tool("setpriv"), "--pdeathsig", "KILL", "--", find_tool("unshare"), "--mount", "--pid",
        "--uts", "--ipc", "--fork", "--kill-child=KILL", "--mount-proc", "--",
    ]  # fmt: skip


def _fetch(argv: list[str]) -> None:
    done = run_tool(argv, timeout=BUILD_TIMEOUT)
    if done.returncode == 0:
        return
    said = last_lines(done.stderr)
    remedy = "read what mmdebstrap said above"
    if any(word in done.stderr for word in ("resolv", "Failed to fetch", "onnect", "timed out")):
        remedy = (
            "the first build needs a network: check that `apt-get update` works, then try again"
        )
    elif "newuidmap" in done.stderr or "subuid" in done.stderr:
        remedy = "apt-get install uidmap"
    raise LabUnavailable(f"the practice base could not be built:\n{said}", remedy)


def _unpack(tar: Path, target: Path) -> None:
    target.mkdir(mode=0o755)
    done = run_tool(
        [
            find_tool("unshare"), *namespace_flags(), "--", find_tool("tar"),
            "--extract", "--file", str(tar), "--directory", str(target),
            "--numeric-owner", "--exclude=./dev/*",
        ],
        timeout=BUILD_TIMEOUT,
    )  # fmt: skip
    if done.returncode != 0:
        raise LabUnavailable(f"the base could not be unpacked:\n{last_lines(done.stderr)}")


def _remove_leftovers(cache: Path) -> None:
    for old in cache.glob("building-*"):
        _remove_tree(old)


def _remove_tree(path: Path) -> None:
    """Remove a tree; only unshare reaches the files of an ordinary user's subordinate ids."""
    if not path.exists():
        return
    if is_root():
        shutil.rmtree(path)
        return
    run_tool([find_tool("unshare"), *namespace_flags(), "--", "/bin/rm", "-rf", "--", str(path)])
