"""Which Sendmail processes stand for themselves, and with which cf each was started.

A title tells what a process does but hides how it was started. The pid file, which the process
holds open and locked, tells both: its first line is the pid, its second the command.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator

from wizard.facts import cf
from wizard.facts.cf_options import OLD, full_name
from wizard.facts.model import Instance
from wizard.host.base import HostReader, Unreadable
from wizard.model import Kind, Process

PID_FILE_LIMIT = 4096
"Bytes."
_DAEMON = re.compile(r"\b(?:accepting|rejecting) connections\b")
_RUNNER = re.compile(r"\bQueue (?:runner@|control\b)")
_RUNNERS_QUEUE = re.compile(r"\bQueue runner@\S+ for (?P<queue>/\S+)")
_RUNNING = re.compile(r"\brunning queue: (?P<queue>/\S+)")


def of(host: HostReader, processes: Iterable[Process]) -> tuple[Instance, ...]:
    """The daemons and the standalone queue runners; a child of one of them is none.

    Nor is what runs in a container of this host: it has files of its own.
    """
    processes = tuple(one for one in processes if not _in_container(host, one))
    kinds = {process.pid: _kind(process) for process in processes}
    return tuple(
        _instance(host, process, kind, processes)
        for process in processes
        if (kind := kinds[process.pid]) and not kinds.get(process.ppid)
    )


def _in_container(host: HostReader, process: Process) -> bool:
    """Whether it has process ids of its own; False where that cannot be seen."""
    if not _kind(process):
        return False
    try:
        ours = host.state("/proc/1/ns/pid").target
        its = host.state(f"/proc/{process.pid}/ns/pid").target
    except Unreadable:
        return False
    return bool(ours and its) and ours != its


def _kind(process: Process) -> str:
    if _DAEMON.search(process.title):
        return "daemon"
    return "queue runner" if _RUNNER.search(process.title) else ""


def _instance(
    host: HostReader, process: Process, kind: str, processes: tuple[Process, ...]
) -> Instance:
    pid_file, command = _pid_file(host, process.pid)
    other = named_cf(command)
    queue = _titled_queue(process, processes) or _queue_of(host, other)
    uid = process.uids[1]
    return Instance(process.pid, uid, process.title, kind, pid_file, command, other, queue)


def named_cf(command: str) -> str:
    """The cf that a command line names with -C; empty where it names none."""
    try:
        words = shlex.split(command)
    except ValueError:
        words = command.split()
    for word, following in zip(words, [*words[1:], ""], strict=False):
        if word == "-C":
            return following
        if word.startswith("-C"):
            return word[2:]
    return ""


def own_settings(command: str) -> tuple[str, ...]:
    """What a command line sets in place of the cf: `AliasFile=/x`, `$H`; values as written."""
    try:
        words = shlex.split(command)
    except ValueError:
        words = command.split()
    found = []
    for word, following in zip(words[1:], [*words[2:], ""], strict=False):
        letter, value = word[:2], word[2:] or following
        if letter == "-O":
            name, _equals, set_to = value.partition("=")
            found.append(f"{full_name(name.strip())}={set_to}")
        elif letter == "-o":
            found.append(f"{OLD.get(value[:1], value[:1])}={value[1:]}")
        elif letter == "-M":
            found.append(f"${value}")
    return tuple(found)


def _titled_queue(process: Process, processes: tuple[Process, ...]) -> str:
    """The directory that a runner's title names; a persistent one's children name theirs."""
    if found := _RUNNERS_QUEUE.search(process.title):
        return found["queue"]
    if not _RUNNER.search(process.title):
        return ""
    children = (child.title for child in processes if child.ppid == process.pid)
    return next((found["queue"] for t in children if (found := _RUNNING.search(t))), "")


def _queue_of(host: HostReader, path: str) -> str:
    """QueueDirectory of another cf; empty where it cannot be told."""
    if not path.startswith("/"):
        return ""
    try:
        return cf.gather(host, path).option("QueueDirectory", "/var/spool/mqueue")
    except Unreadable:
        return ""


def _pid_file(host: HostReader, pid: int) -> tuple[str, str]:
    """The pid file that the process holds open, and the command in it; only root may look."""
    try:
        for path in _held_files(host, pid):
            state = host.state(path)
            if state.kind is not Kind.FILE or state.size > PID_FILE_LIMIT:
                continue
            lines = host.state(path, content=True).text().splitlines()
            if len(lines) > 1 and lines[0].strip() == str(pid):
                return path, lines[1].strip()
    except Unreadable:
        pass  # gone meanwhile, or not ours to look at
    return "", ""


def _held_files(host: HostReader, pid: int) -> Iterator[str]:
    for descriptor in host.listdir(f"/proc/{pid}/fd"):
        target = host.state(f"/proc/{pid}/fd/{descriptor}").target or ""
        if target.startswith("/") and not target.startswith("/dev/"):
            yield target
