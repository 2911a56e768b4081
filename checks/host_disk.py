"""Is there room for what makes an undo possible?"""

from __future__ import annotations

from checks.evidence import conclude
from wizard.api import Finding, Severity, Subject, Verdict, check, known

_ID = "host.disk"
_STEP = 1024


@check(
    _ID,
    "Is there room for the snapshot?",
    rank=50,
    needs=("disk",),
    severities=(Severity.BLOCKER,),
    why="A change that cannot be recorded cannot be undone, so it is not made.",
    remedy=(
        "Free the room that is named, or set STEPDOWN_STATE_DIR to a directory on a larger disk."
    ),
)
def host_disk(subject: Subject) -> Verdict:
    """Before anything changes, what will change is saved: files, owners, modes, each queue entry.

    Without room for that nothing is begun, for without it nothing could be undone.
    """
    disk = known(subject.facts.disk)
    summary = f"{_size(disk.free)} free for {disk.path}, {_size(disk.needed)} needed"
    if disk.free >= disk.needed:
        return Verdict("There is room for the snapshot", summary)
    finding = Finding(
        _ID,
        Severity.BLOCKER,
        "There is no room for the snapshot",
        (f"{disk.path}  {_size(disk.free)} free, {_size(disk.needed)} needed",),
        "A change that cannot be recorded cannot be undone, so it is not made.",
        f"Free {_size(disk.needed - disk.free)} there, or set STEPDOWN_STATE_DIR to a directory "
        "on a larger disk.",
    )
    return conclude([finding], "")


def _size(number: int) -> str:
    """Bytes as a person reads them: `912 B`, `4.0 MB`."""
    size = float(number)
    for unit in ("B", "KB", "MB", "GB"):
        if size < _STEP:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= _STEP
    return f"{size:.1f} TB"
