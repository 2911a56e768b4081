"""The vocabulary of scenario files: what a host is given before its first boot, and after it."""

import importlib
import pkgutil
import subprocess
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from wizard.lab import scenarios

RunInBase = Callable[[Sequence[str]], "subprocess.CompletedProcess[bytes]"]


class Seed:
    """The host's root file system before anything of it runs. All paths are the host's own."""

    def __init__(self, root: Path, run_in_base: RunInBase) -> None:
        self._root = root
        self._run = run_in_base

    def path(self, path: str) -> Path:
        """Where the host's file lies now."""
        return self._root / path.lstrip("/")

    def read(self, path: str) -> str:
        """A text file's content."""
        return self.path(path).read_text()

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        """Create or replace a file of root; an existing one is replaced, links are not followed."""
        target = self.path(path)
        target.unlink(missing_ok=True)
        target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        target.write_text(text)
        target.chmod(mode)

    def rewrite(self, path: str, text: str) -> None:
        """New content for an existing file; owner, group and mode stay as the package set them."""
        with self.path(path).open("r+") as handle:
            handle.truncate()
            handle.write(text)

    def link(self, path: str, target: str) -> None:
        """A symbolic link."""
        self.path(path).symlink_to(target)

    def folder(self, path: str, mode: int = 0o755) -> None:
        """A directory of root, with those above it."""
        self.path(path).mkdir(mode=mode, parents=True, exist_ok=True)

    def remove(self, path: str) -> None:
        """Remove a file if it is there."""
        self.path(path).unlink(missing_ok=True)

    def run(self, argv: Sequence[str]) -> str:
        """Run a program of the host; returns its output, raises RuntimeError when it fails."""
        done = self._run(argv)
        said = (done.stdout + done.stderr).decode(errors="replace")
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(argv)} failed ({done.returncode}): {said.strip()}")
        return said

    @staticmethod
    def unique_id() -> str:
        """32 hexadecimal digits."""
        return uuid.uuid4().hex


def _nothing(seed: Seed) -> None:
    """A host as the base is."""


@dataclass(frozen=True)
class Scenario:
    """One practice host."""

    title: str
    """One line for a list."""
    purpose: str
    """What it is for; what the trainee should notice or achieve."""
    seed: Callable[[Seed], None] = _nothing
    """Called before the first boot."""
    after_boot: tuple[tuple[str, ...], ...] = ()
    """Commands run, in this order, once the relay and its next hop answer."""
    services: tuple[str, ...] = ()
    """Init scripts started before Sendmail where there is no systemd."""
    name: str = ""
    """As the command line calls it; taken from the file's name."""


def scenario_names() -> list[str]:
    """All scenarios, the default one first."""
    found = [m.name.replace("_", "-") for m in pkgutil.iter_modules(scenarios.__path__)]
    return sorted(found, key=lambda name: (name != "relay", name))


def load_scenario(name: str) -> Scenario:
    """The scenario of that name; raises KeyError for a name that is not one."""
    if name not in scenario_names():
        raise KeyError(name)
    module = importlib.import_module(f"{scenarios.__name__}.{name.replace('-', '_')}")
    found: Scenario = module.SCENARIO
    return replace(found, name=name)
