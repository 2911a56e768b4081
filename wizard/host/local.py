"""This very host, or one mounted under a directory: reads, and, for root, writes."""

from __future__ import annotations

import errno
import os
import pwd
import socket
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

import psutil

from wizard.host.base import NOT_RUN, Give, Unreadable, Unwritable, Walk
from wizard.host.commands import run_quietly, run_telling
from wizard.host.entry_meta import set_meta_at
from wizard.host.files import (
    CONTENT_LIMIT,
    meta_at,
    put_at,
    restore_at,
    state_at,
    state_of_top,
    sweep_at,
)
from wizard.host.left_running import left_running
from wizard.host.lookup import LookedUp, look_up, look_up_by
from wizard.host.paths import opened_directory, opened_parent
from wizard.host.processes import is_one_of, seen
from wizard.host.scanning import scan_file, scan_output
from wizard.host.spool import Spool, look_into
from wizard.host.table import Sifted, TableQuestion
from wizard.host.table_files import read_table
from wizard.host.tree import reown, walk
from wizard.host.tree.arrivals import Arrivals
from wizard.host.tree.give_back import give_back, give_directories, give_entries
from wizard.host.tree.looked import Looked
from wizard.host.tree_records import Recorder, Records
from wizard.model import FileState, Identity, Kind, LogScan, Mode, Process
from wizard.plans import Command, Completed

PRACTICE_MARK = "/run/stepdown-lab/practice"
"Present in a practice relay only; holds the scenario's name."


class LocalReader:
    """Reads a host. With another root than `/` no command is run: what needs one is UNKNOWN."""

    def __init__(self, root: str = "/") -> None:
        self._root = root

    def identity(self) -> Identity:
        """Host name, machine id and who runs us."""
        euid = os.geteuid()
        try:
            user = pwd.getpwuid(euid).pw_name
        except KeyError:
            user = str(euid)
        host = self._host_name()
        host_id = sha256(f"{self._machine_id()}\n{host}".encode()).hexdigest()[:16]
        mark = self._practice_mark()
        mode = Mode.PRACTICE if mark is not None else Mode.LIVE
        if self._root != "/":
            mode = Mode.REVIEW
        return Identity(host, host_id, euid, user, mode, mark or "")

    def _host_name(self) -> str:
        if self._root == "/":
            name = socket.gethostname()
            return name if "." in name else socket.getfqdn(name)
        try:
            return self.state("/etc/hostname", content=True).text().strip() or self._root
        except Unreadable:
            return self._root

    def _machine_id(self) -> str:
        try:
            return self.state("/etc/machine-id", content=True).text().strip()
        except Unreadable:
            return ""

    def _practice_mark(self) -> str | None:
        try:
            mark = self.state(PRACTICE_MARK, content=True)
        except Unreadable:
            return None
        if mark.kind is not Kind.FILE or mark.uid != 0:
            return None
        return mark.text().strip()

    def state(self, path: str, *, content: bool = False) -> FileState:
        """As HostReader.state."""
        try:
            if path == "/":
                return state_of_top(self._root)
            with opened_parent(path, self._root) as (parent, name):
                return state_at(parent, name, content)
        except FileNotFoundError:
            return FileState(Kind.ABSENT)
        except OSError as problem:
            raise Unreadable(f"{path}: {problem.strerror}", _remedy(problem)) from problem

    def resolve(self, path: str) -> str:
        """As HostReader.resolve; links are followed within the root."""
        if self._root == "/":
            return os.path.realpath(path)
        seen = 0
        while (found := self.state(path)).kind is Kind.SYMLINK and seen < 40:
            path = os.path.normpath(os.path.join(os.path.dirname(path), found.target or ""))
            seen += 1
        return path

    def listdir(self, path: str) -> tuple[str, ...]:
        """As HostReader.listdir."""
        try:
            return tuple(sorted(os.listdir(self._inside(path))))
        except FileNotFoundError:
            return ()
        except OSError as problem:
            raise Unreadable(f"{path}: {problem.strerror}", _remedy(problem)) from problem

    def scan_log(self, source: str | Command, local_mailers: tuple[str, ...]) -> LogScan:
        """As HostReader.scan_log."""
        if isinstance(source, Command):
            if self._root != "/":
                raise Unreadable(
                    f"{source}: commands are not run for a host under {self._root}", NOT_RUN
                )
            return scan_output(source, local_mailers)
        return scan_file(self._inside(source), source, local_mailers)

    def spool(self, path: str) -> Spool:
        """As HostReader.spool."""
        try:
            with opened_directory(path, self._root) as top:
                return look_into(top)
        except FileNotFoundError:
            return Spool(False)
        except OSError as problem:
            raise Unreadable(f"{path}: {problem.strerror}", _remedy(problem)) from problem

    def read_from(self, path: str, offset: int) -> bytes:
        """As HostReader.read_from."""
        try:
            with open(self._inside(path), "rb") as stream:
                end = stream.seek(0, os.SEEK_END)
                stream.seek(offset if offset <= end else 0)
                return stream.read(CONTENT_LIMIT)
        except FileNotFoundError:
            return b""
        except OSError as problem:
            raise Unreadable(f"{path}: {problem.strerror}", _remedy(problem)) from problem

    def table(self, question: TableQuestion) -> Sifted:
        """As HostReader.table. Raises Unreadable under another root, for a database."""
        return read_table(question, self._root)

    def look_up(self, paths: Sequence[str]) -> LookedUp:
        """As HostReader.look_up."""
        if self._root != "/":
            return look_up_by(self, paths)
        return look_up(paths, self.state("/proc/self/mountinfo", content=True).text())

    def probe(self, command: Command) -> Completed:
        """As HostReader.probe. Raises Unreadable under another root."""
        if self._root != "/":
            raise Unreadable(
                f"{command}: commands are not run for a host under {self._root}", NOT_RUN
            )
        return run_quietly(command)

    def processes(
        self, *, uids: Collection[int] = (), binaries: Collection[str] = ()
    ) -> tuple[Process, ...]:
        """As HostReader.processes; under another root there are none to see."""
        if self._root != "/":
            raise Unreadable(f"processes cannot be seen for a host under {self._root}", NOT_RUN)
        asked = (p for p in psutil.process_iter() if is_one_of(p, uids, binaries))
        return tuple(found for p in asked if (found := seen(p)))

    def free_bytes(self, path: str) -> int:
        """As HostReader.free_bytes."""
        place = Path(self._inside(path))
        while not place.exists():
            place = place.parent
        found = os.statvfs(place)
        return found.f_bavail * found.f_frsize

    def count(self, path: str) -> int:
        """As HostReader.count."""
        try:
            with opened_directory(path, self._root) as top:
                return walk.count(top)
        except FileNotFoundError:
            return 0
        except OSError as problem:
            raise Unreadable(f"{path}: {problem.strerror}", _remedy(problem)) from problem

    def _inside(self, path: str) -> str:
        if self._root == "/":
            return path
        return self._root.rstrip("/") + self.resolve(path)


class LocalHost(LocalReader):
    """This host, to be changed. Only the engine process makes one."""

    def __init__(self) -> None:
        super().__init__("/")
        self._arrivals: dict[str, Arrivals] = {}
        self._looked: dict[str, Looked] = {}

    def put(self, path: str, content: bytes, *, uid: int, gid: int, mode: int) -> None:
        """As HostWriter.put."""
        with _told(path), opened_parent(path) as (parent, name):
            put_at(parent, name, content, uid=uid, gid=gid, mode=mode)

    def meta(self, path: str) -> FileState:
        """As HostWriter.meta."""
        try:
            with opened_parent(path) as (parent, name):
                return meta_at(parent, name, path)
        except FileNotFoundError:
            return FileState(Kind.ABSENT)
        except OSError as problem:
            raise Unreadable(f"{path}: {problem.strerror}", _remedy(problem)) from problem

    def set_meta(self, path: str, *, uid: int, gid: int, mode: int) -> None:
        """As HostWriter.set_meta. Raises Unreadable for links and files with several links."""
        with _told(path), opened_parent(path) as (parent, name):
            set_meta_at(parent, name, path, uid=uid, gid=gid, mode=mode)

    def restore(self, path: str, state: FileState) -> None:
        """As HostWriter.restore. The same kind of thing is made as was saved, never another."""
        with _told(path):
            try:
                with opened_parent(path) as (parent, name):
                    restore_at(parent, name, path, state)
            except FileNotFoundError:
                if state.exists:
                    raise

    def sweep(self, path: str) -> None:
        """As HostWriter.sweep."""
        with _told(path), suppress(FileNotFoundError), opened_parent(path) as (parent, name):
            sweep_at(parent, name)

    def set_meta_tree(
        self,
        path: str,
        *,
        uid: int,
        gid: int,
        dir_mode: int,
        record: Recorder,
        progress: Callable[[int, int], None],
        walk: Walk = Walk.WHOLE,
    ) -> tuple[str, ...]:
        """As HostWriter.set_meta_tree."""
        target = reown.Target(uid, gid, dir_mode, record, progress)
        with _told(path), opened_directory(path) as top:
            if walk is Walk.AGAIN:
                return tuple(reown.again(top, target))
            before = self._arrivals.pop(path, None)
            if walk is Walk.AHEAD:
                lines, self._arrivals[path] = reown.ahead(top, target)
                return tuple(lines)
            return tuple(reown.rest(top, target, before) if before else reown.whole(top, target))

    def restore_tree(
        self,
        path: str,
        records: Records,
        *,
        taken_uid: int,
        progress: Callable[[int], None],
        part: Give = Give.ALL,
    ) -> tuple[str, ...]:
        """As HostWriter.restore_tree."""
        with _told(path), opened_directory(path) as top:
            if part is Give.ALL:
                return tuple(give_back(top, records, taken_uid=taken_uid, progress=progress))
            looked = self._looked.setdefault(path, Looked())
            act = give_directories if part is Give.DIRECTORIES else give_entries
            return tuple(act(top, records, looked, taken_uid=taken_uid, progress=progress))

    def look_over_tree(self, path: str, uid: int) -> None:
        """As HostWriter.look_over_tree."""
        looked = self._looked[path] = Looked()
        with _told(path), opened_directory(path) as top:
            looked.read_all(top, uid)

    def run(self, command: Command, line: Callable[[str], None], *, mark: str = "") -> Completed:
        """As HostWriter.run."""
        return run_telling(command, line, mark)

    def left_running(self, run: str, commands: Sequence[str]) -> tuple[Process, ...]:
        """As HostWriter.left_running."""
        left = left_running(run, commands)
        return tuple(found for p in left if (found := seen(p)))

    def end_process(self, pid: int, started: float, *, force: bool) -> None:
        """As HostWriter.end_process; psutil refuses a pid that was reused meanwhile."""
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            if abs(process.create_time() - started) < 1.0:
                (process.kill if force else process.terminate)()


@contextmanager
def _told(path: str) -> Iterator[None]:
    """What the system refused, by the path in question. Raises Unwritable."""
    try:
        yield
    except OSError as problem:
        remedy = "Is it immutable? lsattr tells." if problem.errno == errno.EPERM else ""
        raise Unwritable(f"{path}: {problem.strerror}", remedy) from problem


def _remedy(problem: OSError) -> str:
    return "Run it as root." if isinstance(problem, PermissionError) else ""
