"""The certificate of a rollback: what it gave back, and each path that is not as it was."""

from __future__ import annotations

import time
from pathlib import Path

from wizard import journal
from wizard.certificate.differences import differences
from wizard.certificate.manifests import AFTER, BEFORE, Manifest, covered_by, write
from wizard.errors import StepdownError
from wizard.events import Certificate, Output
from wizard.host.private import digest_of_lines, write_whole
from wizard.plans import Plan
from wizard.printable import printable

FILE = "certificate.txt"
"Of the certificate, in the run's directory."
MOST = 1000
"Exceptions that are named one by one; of more, the manifests themselves tell."


def record_before(place: Path, plan: Plan) -> Manifest:
    """Take the manifest that a rollback is measured by; on disk before this returns.

    Raises OSError, StepdownError.
    """
    return write(place / BEFORE, covered_by(plan))


def told_certificate(place: Path, plan: Plan) -> Certificate | Output:
    """The certificate for the journal, or why there is none: that keeps nothing from its end."""
    try:
        certificate = certify(place, plan)
    except (StepdownError, OSError) as problem:
        return Output(0, 0.0, "", f"there is no certificate: {problem}")
    if certificate is None:
        return Output(0, 0.0, "", "there is no certificate: nothing was begun")
    return certificate


def certify(place: Path, plan: Plan) -> Certificate | None:
    """Compare the host with what it was; None where the run ended before anything was changed.

    Raises OSError, and StepdownError where a manifest is damaged.
    """
    before_file, after_file = place / BEFORE, place / AFTER
    if not before_file.exists():
        return None
    digest, _lines = digest_of_lines(before_file)
    after = write(after_file, covered_by(plan))
    try:
        with before_file.open("rb") as then, after_file.open("rb") as now:
            found = _with_reasons(place, list(differences(then, now, plan.uid)))
    except ValueError as problem:
        raise StepdownError(f"{before_file} is damaged: {problem}") from problem
    exceptions = tuple(printable(one) for one in found)
    write_whole(place / FILE, _text(place, plan, digest, after, exceptions).encode())
    shown = exceptions[:MOST]
    if len(exceptions) > MOST:
        shown += (f"{len(exceptions) - MOST:,} more: diff {before_file} {after_file}",)
    return Certificate(0, 0.0, digest, after.digest, after.lines, shown, str(place / FILE))


def _with_reasons(place: Path, found: list[tuple[str, str]]) -> list[str]:
    """Each difference with what the rollback said of its path, where it foresaw it."""
    events = journal.read(place) if found else []
    told = [e.text for e in events if isinstance(e, Output) and e.exception]
    shown = ((_on_one_line(path), how, _reason(path, how, told)) for path, how in found)
    return [f"{path}: {how}{reason}" for path, how, reason in shown]


def _on_one_line(path: str) -> str:
    """As the manifests write it."""
    return path.replace("\\", "\\\\").replace("\n", "\\n")


def _reason(path: str, how: str, told: list[str]) -> str:
    foreseen = [text for text in told if text.startswith((f"{path} ", f"{path}:"))]
    if foreseen:
        rest = foreseen[-1].removeprefix(path).strip(": ")
        return f" (the rollback says: {rest})"
    if path.endswith(".db") and "content differs" in how:
        return " (a database that was rebuilt since)"
    return "" if "contents of a queue" in how else " (by somebody else, or unforeseen)"


def _text(
    place: Path, plan: Plan, before: str, after: Manifest, exceptions: tuple[str, ...]
) -> str:
    date = time.strftime("%Y-%m-%d %H:%M:%S %z")
    same = "The two are the same: all that is listed in them is as it was, to the byte."
    differ = f"They differ in {len(exceptions):,} paths, each named here:"
    lines = [
        f"Certificate of the rollback of run {place.name}",
        f"on {printable(plan.host)}, {date}",
        "",
        f"manifest before the first change  sha256 {before}",
        f"manifest after the rollback       sha256 {after.digest}",
        f"lines in it                       {after.lines:,}",
        "",
        same if before == after.digest else differ,
        *(f"  {one}" for one in exceptions),
        "",
        "Compared are kind, mode, owner, group, links, size, time of last change, content and",
        "xattrs (ACLs, SELinux label, capabilities) of every path that the run could change, and",
        "of all that is in the configuration directories; the names of what else lies beside them;",
        "and of queues their directories, and how many entries they hold, by owner and mode.",
        "Not compared: the time of directories, which any name that comes or goes changes; time of",
        "access and of status; and the contents of queues, which are never restored: what was",
        "delivered since must not come back, what arrived since must not be lost.",
        "",
        f"To see for yourself: sha256sum {place}/{BEFORE} {place}/{AFTER}",
        f"                     diff {place}/{BEFORE} {place}/{AFTER}",
        "",
    ]
    return "\n".join(lines)
