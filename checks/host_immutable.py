"""Is a file that must change protected against everybody, root included?"""

from __future__ import annotations

from checks.evidence import conclude, counted, place, shortened
from checks.ground_parts import ground
from wizard.api import Finding, Severity, Subject, Verdict, check, known
from wizard.facts.around.attributes import NO_TOOL

_ID = "host.immutable"
_WHY = (
    "Root cannot write, replace or re-own such a file, so the migration would stop half-way and "
    "be undone. Somebody protected it on purpose, or a tool does so at regular times."
)


@check(
    _ID,
    "Is a file immutable?",
    rank=65,
    needs=("ground",),
    severities=(Severity.BLOCKER,),
    why=_WHY,
    remedy="Take the attribute away with chattr, and give it back after the migration.",
)
def host_immutable(subject: Subject) -> Verdict:
    """chattr(1) can make a file immutable (+i) or append-only (+a), even for root.

    Looked at with lsattr: /etc, the account files, the mail directory and all in it, the aliases
    and the queue directories. A file system without attributes has none. Where lsattr is not
    installed it cannot be told; then a protected file stops the migration, which is undone.
    """
    known(subject.facts.ground)
    unknown = known(subject.facts.ground).unknown.get("immutable")
    if unknown and unknown.reason == NO_TOOL:
        return Verdict("File attributes are not known", NO_TOOL, skipped=True)
    found = ground(subject, "immutable").immutable
    if not found:
        return conclude([], "No file is immutable")
    first = place(found[0])
    marks = found[0].rpartition("+")[2]
    finding = Finding(
        _ID,
        Severity.BLOCKER,
        f"{counted(len(found), 'file')} cannot be changed, even by root",
        shortened(found),
        _WHY,
        f"Allow the change, re-check, and protect it again afterwards:\nchattr -{marks} {first}",
    )
    return conclude([finding], "")
