"""A throwaway practice relay: real Debian Sendmail in namespaces of its own, gone when closed."""

import base64
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from wizard.lab.base import cache_dir, ensure_base
from wizard.lab.boot import PYTHON, PYTHON_ENVIRONMENT
from wizard.lab.errors import LabUnavailable
from wizard.lab.keeper import cgroup2_home
from wizard.lab.layout import BOOTED, HOP_ADDRESS, Layout
from wizard.lab.namespaces import InsideProcess, Room
from wizard.lab.program import APP, SITE, ensure_site, same_python, source_folders
from wizard.lab.seeding import Scenario, load_scenario, scenario_names
from wizard.lab.tools import is_root, require_namespaces

__all__ = ["HopMessage", "Lab", "LabUnavailable", "ManifestEntry", "list_scenarios", "run_lab"]

Init = Literal["auto", "systemd", "script"]
TERMINAL_VARIABLES = ("TERM", "COLORTERM", "NO_COLOR", "LANG", "LC_ALL")


@dataclass(frozen=True)
class HopMessage:
    """A message that the next hop has received."""

    number: int
    """1 for the first; the scenario's own history counts too."""
    received: float
    """Seconds since 1970."""
    peer: str
    """The relay's address as the hop saw it."""
    helo: str
    mail_from: str
    rcpt_tos: tuple[str, ...]
    content: bytes
    """Header and body as they came over the wire."""


@dataclass(frozen=True)
class ManifestEntry:
    """One path's state, to compare before and after."""

    kind: str
    """file, directory, symlink, socket, fifo or other."""
    owner: int
    group: int
    owner_name: str
    group_name: str
    mode: int
    """Permission bits with set-id and sticky, 0o7777 at most."""
    content: str
    """SHA-256 of a file, target of a symlink, else empty."""
    xattrs: tuple[tuple[str, str], ...]
    """(name, value in hexadecimal), POSIX ACLs among them."""
    mtime_ns: int | None
    """Of files only."""


class Lab(AbstractContextManager["Lab"]):
    """An open practice relay; use Lab.open() in a with statement."""

    def __init__(self, room: Room, scenario: Scenario, init: str) -> None:
        self._room = room
        self.scenario = scenario
        self.init = init
        """systemd or script."""

    @classmethod
    def open(
        cls,
        scenario: str = "relay",
        *,
        init: Init = "auto",
        binds: Mapping[Path, str] | None = None,
        progress: Callable[[str], None] | None = None,
    ) -> "Lab":
        """Open a relay and wait until it and its next hop answer.

        `binds` maps a folder outside to where it appears inside, read-only. Raises LabUnavailable
        when this machine cannot do it, KeyError for an unknown scenario.
        """
        tell = progress or _silent
        chosen = load_scenario(scenario)
        require_namespaces()
        layout = _layout(scenario, _with_systemd(init), binds or {}, tell)
        tell(f"opening the practice relay: {chosen.title} ...")
        lab = cls(Room(layout), chosen, "systemd" if layout.systemd else "script")
        try:
            lab._settle()
        except BaseException:
            lab.close()
            raise
        return lab

    def _settle(self) -> None:
        self._observe("wait", HOP_ADDRESS, "127.0.0.1")
        for argv in self.scenario.after_boot:
            done = self.run(argv, env=PYTHON_ENVIRONMENT)
            if done.returncode != 0:
                raise LabUnavailable(f"{' '.join(argv)}: {_said(done)}")
        self._wait_for_services()

    def _wait_for_services(self) -> None:
        self._observe("wait", HOP_ADDRESS, "127.0.0.1")
        # Debian's script sleeps after the start: only now is the service `active`.
        if self.init == "systemd":
            self.run(["/bin/systemctl", "start", "sendmail.service"], timeout=30)
        else:
            self._observe("wait-file", BOOTED)

    def reboot(self) -> None:
        """Shut down and boot again on the same root file system; /run and the hop begin anew.

        Returns when the relay and its next hop answer. Raises LabUnavailable.
        """
        self._room.announce_reboot()
        if self.init == "systemd":
            self.run(["/bin/systemctl", "reboot"])
        else:
            self.run(["/etc/init.d/sendmail", "stop"])
            os.kill(self.init_pid, signal.SIGKILL)
        self._room.follow_reboot()
        self._wait_for_services()

    def _observe(self, *arguments: str) -> bytes:
        done = self.run([*PYTHON, "wizard.lab.observe", *arguments], env=PYTHON_ENVIRONMENT)
        if done.returncode != 0:
            raise LabUnavailable(f"inside the lab: {_said(done)}")
        return done.stdout

    def run(
        self,
        argv: Sequence[str],
        *,
        input: bytes | None = None,
        timeout: float = 120,
        env: Mapping[str, str] | None = None,
        user: str | None = None,
    ) -> "subprocess.CompletedProcess[bytes]":
        """Run a command inside with a clean environment, in /root (/ for another user).

        Returns when the command itself ends, even when it left a daemon that holds its output.
        Raises subprocess.TimeoutExpired after `timeout` seconds; the command is killed then.
        """
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out:
            with tempfile.TemporaryFile() as err:
                given.write(input or b"")
                given.seek(0)
                process = self.popen(argv, env=env, user=user, stdin=given, stdout=out, stderr=err)
                try:
                    code = process.wait(timeout)
                except BaseException:
                    process.kill()
                    process.wait()
                    raise
                out.seek(0)
                err.seek(0)
                return subprocess.CompletedProcess(list(argv), code, out.read(), err.read())

    def popen(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        user: str | None = None,
        **options: Any,
    ) -> InsideProcess:
        """Start a command inside; `options` go to subprocess.Popen, signals to the command."""
        command = self._room.argv(argv, user, "/root" if user is None else "/")
        return InsideProcess(command, env=self._room.environment(env), **options)

    def command(self, argv: Sequence[str]) -> list[str]:
        """The same, as a command line for a program that starts it itself, such as tmux."""
        return self._room.argv(argv, None, "/root")

    def interactive(self, argv: Sequence[str]) -> int:
        """Run a command on this process's terminal; returns its exit code, 128+N for a signal."""
        kept = {name: os.environ[name] for name in TERMINAL_VARIABLES if name in os.environ}
        process = self.popen(argv, env=kept)
        while True:
            try:
                code = process.wait()
            except KeyboardInterrupt:
                continue  # the command got it too, and decides
            return code if code >= 0 else 128 - code

    def read(self, path: str) -> bytes:
        """A file's content; raises FileNotFoundError when it cannot be read."""
        done = self.run(["/bin/cat", "--", path])
        if done.returncode != 0:
            raise FileNotFoundError(_said(done))
        return done.stdout

    def write(self, path: str, content: bytes, mode: int = 0o644) -> None:
        """Create or replace a file of root; an existing one is replaced, not written into."""
        done = self.run(["/usr/bin/install", f"--mode={mode:o}", "/dev/stdin", path], input=content)
        if done.returncode != 0:
            raise OSError(_said(done))

    def messages(self) -> list[HopMessage]:
        """What the next hop has received, oldest first."""
        found = json.loads(self._observe("messages"))
        return [
            HopMessage(
                **{
                    **one,
                    "rcpt_tos": tuple(one["rcpt_tos"]),
                    "content": base64.b64decode(one["content"]),
                }
            )
            for one in found
        ]

    def manifest(self, *paths: str) -> dict[str, ManifestEntry]:
        """The state of each path and everything below it, computed inside; absent ones left out."""
        found = json.loads(self._observe("manifest", *paths))
        return {
            path: ManifestEntry(**{**one, "xattrs": tuple((n, v) for n, v in one["xattrs"])})
            for path, one in found.items()
        }

    @property
    def init_pid(self) -> int:
        """The lab's PID 1 as this machine numbers it."""
        return self._room.init_pid

    def alive(self) -> bool:
        """True while the lab runs."""
        return self._room.alive()

    def close(self) -> None:
        """End the relay and wait until nothing of it is left; may be called twice."""
        self._room.close()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def list_scenarios() -> list[Scenario]:
    """All scenarios, the default one first."""
    return [load_scenario(name) for name in scenario_names()]


def run_lab(scenario: str, command: Sequence[str]) -> int:
    """Open a lab on this terminal and run the command, else the wizard; its exit code."""
    with Lab.open(scenario, progress=_tell) as lab:
        return lab.interactive(list(command) or ["/usr/local/bin/stepdown"])


def _layout(
    scenario: str, systemd: bool, binds: Mapping[Path, str], tell: Callable[[str], None]
) -> Layout:
    """Everything a lab needs from outside, built where it is not there yet."""
    base, site = ensure_base(tell), ensure_site(tell)
    folders = {f"{APP}/{name}": str(path) for name, path in source_folders().items()}
    folders |= {inside: str(path.absolute()) for path, inside in binds.items()}
    mountpoint = cache_dir() / "mountpoint"
    mountpoint.mkdir(mode=0o755, exist_ok=True)
    return Layout(
        scenario=scenario,
        base=str(base),
        mountpoint=str(mountpoint),
        systemd=systemd,
        rootless=not is_root(),
        foreign_python=not same_python(),
        binds={**folders, SITE: str(site)},
    )


def _with_systemd(init: Init) -> bool:
    possible = is_root() and cgroup2_home() is not None
    if init == "systemd" and not possible:
        raise LabUnavailable(
            "systemd inside the lab needs root and a cgroup2 mount that may be written to",
            "open it without: the lab then boots by Debian's init scripts",
        )
    return possible and init != "script"


def _said(done: "subprocess.CompletedProcess[bytes]") -> str:
    text = (done.stderr or done.stdout).decode(errors="replace").strip()
    return text or f"exit code {done.returncode}"


def _silent(line: str) -> None:
    """No progress is shown."""


def _tell(line: str) -> None:
    sys.stderr.write(f"stepdown lab: {line}\n")
