"""Where a log is scanned from: a file, or what a command prints."""

from __future__ import annotations

from typing import cast

from wizard.host.base import Unreadable
from wizard.host.commands import TIMED_OUT, printing
from wizard.host.compressed import opened_log
from wizard.host.search import LogScanner, Numbers, Stream
from wizard.model import LogScan
from wizard.plans import Command

LARGE = 64 * 1024 * 1024
"Bytes of a plain file from which on its lines are counted only where there is a need."


def scan_file(place: str, path: str, scanner: LogScanner) -> LogScan:
    """Scan the file, then count lines up to those that are told. Raises Unreadable."""
    with opened_log(place, path) as (stream, size):
        scanner.counting = size < LARGE
        scanner.scan(stream)
    wanted = scanner.wanted()
    numbers = Numbers(wanted)
    if wanted:
        with opened_log(place, path) as (stream, _size):
            numbers.count(stream)
    return scanner.result(numbers.found)


def scan_output(command: Command, scanner: LogScanner) -> LogScan:
    """Scan what the command prints; a complaint of its own is Unreadable."""
    with printing(command) as (done, output):
        if done.code == TIMED_OUT:
            raise Unreadable(f"{command.argv[0]}: not done after {command.timeout:.0f} seconds")
        if done.code not in command.ok_codes or (done.code and done.stderr.strip()):
            said = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
            raise Unreadable(f"{command.argv[0]}: {said or f'exit code {done.code}'}")
        scanner.scan(cast(Stream, output))
    return scanner.result({})
