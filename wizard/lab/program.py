"""The program inside the lab: the running source, bind-mounted, and its Python packages, cached."""

import importlib.metadata
import importlib.util
import os
import platform
import shutil
import sys
import tomllib
from pathlib import Path

from wizard.lab.base import PYTHON_VERSION, Progress, build_lock, cache_dir, recipe_key
from wizard.lab.errors import LabUnavailable
from wizard.lab.tools import last_lines, run_tool

DISTRIBUTION = "sendmail-stepdown"
SOURCE_PACKAGES = ("wizard", "checks", "screens")
APP = "/opt/stepdown/app"
SITE = "/opt/stepdown/site"
PIP_TIMEOUT = 900  # seconds


def source_folders() -> dict[str, Path]:
    """Package name -> folder, of the program itself, as the running interpreter finds it."""
    found: dict[str, Path] = {}
    for name in SOURCE_PACKAGES:
        spec = importlib.util.find_spec(name)
        if spec is None or not spec.submodule_search_locations:
            continue
        folder = Path(next(iter(spec.submodule_search_locations)))
        if folder.is_dir():
            found[name] = folder.resolve()
    if "wizard" not in found:
        raise LabUnavailable("the program's own source is not a folder here (a one-file build?)")
    return found


def import_root() -> Path:
    """The folder to put on PYTHONPATH so that `wizard` is found by a child interpreter."""
    return source_folders()["wizard"].parent


def requirements() -> list[str]:
    """What the program needs, without extras: by pyproject.toml beside it, else by metadata."""
    project = import_root() / "pyproject.toml"
    if project.is_file():
        declared = tomllib.loads(project.read_text())["project"]
        if declared["name"] == DISTRIBUTION:
            return sorted(str(line) for line in declared["dependencies"])
    try:
        lines = importlib.metadata.requires(DISTRIBUTION) or []
    except importlib.metadata.PackageNotFoundError as error:
        raise LabUnavailable(f"{DISTRIBUTION} is not installed, its needs are unknown") from error
    return sorted(line for line in lines if "extra ==" not in line)


def site_path() -> Path:
    """Where the Python packages for the lab's interpreter are, or will be."""
    key = recipe_key([1, requirements(), PYTHON_VERSION, platform.machine()])
    return cache_dir() / f"site-{key}"


def same_python() -> bool:
    """True when this interpreter is of the same version as the lab's."""
    return f"{sys.version_info.major}.{sys.version_info.minor}" == PYTHON_VERSION


def ensure_site(progress: Progress) -> Path:
    """The folder of Python packages for the base's interpreter, installed when not there yet."""
    path = site_path()
    if path.is_dir():
        return path
    with build_lock(path.parent):
        if not path.is_dir():
            progress("fetching the program's Python packages for the lab (once) ...")
            _install(path)
    return path


def _install(path: Path) -> None:
    work = path.parent / f"installing-{os.getpid()}"
    argv = [
        sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
        "--target", str(work), "--only-binary=:all:",
    ]  # fmt: skip
    if not same_python():
        argv += ["--python-version", PYTHON_VERSION, "--implementation", "cp", "--no-compile"]
    try:
        done = run_tool([*argv, *requirements()], timeout=PIP_TIMEOUT)
        if done.returncode != 0:
            raise LabUnavailable(
                f"the Python packages could not be fetched:\n{last_lines(done.stderr)}",
                f"check that `{sys.executable} -m pip --version` works and that there is a network",
            )
        work.chmod(0o755)
        work.rename(path)
    finally:
        shutil.rmtree(work, ignore_errors=True)
