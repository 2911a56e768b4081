"""Where a log is scanned from: a file, or what a command prints."""

from __future__ import annotations

from typing import cast

from wizard.host.base import Unreadable
from wizard.host.commands import TIMED_OUT, printing
from wizard.host.compressed import opened_log
from wizard.host.scan_parts import scan_in_parts
from wizard.host.search import LogScanner, Numbers, Stream
from wizard.model import LogScan
from wizard.plans import Command

LARGE = 64 * 1024 * 1024
"Bytes of a plain file from which on its lines are counted only where there is a need."


def scan_file(place: str, path: str, mailers: tuple[str, ...]) -> LogScan:
    """Scan the file, then count lines up to those that are told. Raises Unreadable."""
    scanner = LogScanner(mailers)
    with opened_log(place, path) as log:
        if (found := scan_in_parts(log.descriptor, log.size, mailers)) is not None:
            return found
        scanner.counting = log.size < LARGE
        scanner.scan(log.stream)
    numbers = Numbers(wanted := scanner.wanted())
    if wanted:
        with opened_log(place, path) as log:
            numbers.count(log.stream)
    return scanner.result(numbers.found)


def scan_output(command: Command, mailers: tuple[str, ...]) -> LogScan:
    """Scan what the command prints; a complaint of its own is Unreadable."""
    scanner = LogScanner(mailers)
    with printing(command) as (done, output):
        if done.code == TIMED_OUT:
            raise Unreadable(f"{command.argv[0]}: not done after {command.timeout:.0f} seconds")
        if done.code not in command.ok_codes or (done.code and done.stderr.strip()):
            said = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
            raise Unreadable(f"{command.argv[0]}: {said or f'exit code {done.code}'}")
        scanner.scan(cast(Stream, output))
    return scanner.result({})
