"""Did earlier runs of stepdown end, and are its records root's alone?"""

from __future__ import annotations

from checks.evidence import conclude
from wizard.api import Finding, NotKnown, Severity, Subject, Unknown, Verdict, check
from wizard.model import Mode

_ID = "host.records"


@check(
    _ID,
    "Did every earlier run come to its end?",
    rank=1,
    needs=(),
    severities=(Severity.BLOCKER,),
    why=(
        "A run that was cut short leaves the host half-way: every other check then blames what "
        "it has changed. And records that others can write decide what root does later."
    ),
    remedy=(
        "`stepdown resume RUN` or `stepdown rollback RUN`, as told. Where the state directory is "
        "not root's alone: look at what it holds, then give it to root, mode 0700."
    ),
)
def host_records(subject: Subject) -> Verdict:
    """Runs in the state directory: one at work, one that was never finished, one half undone.

    It also looks whether that directory is root's alone and no link. Where it is not there yet, or
    for a recorded host under review, nothing stands in the way.
    """
    standing = subject.standing
    if subject.identity.mode is Mode.REVIEW:
        return Verdict("Runs are not asked for in a review", "they are on the host", skipped=True)
    if standing.unseen:
        raise NotKnown(Unknown(standing.unseen, "root"))
    if standing.problem:
        return _unusable(subject)
    if not standing.run:
        return Verdict("No earlier run stands in the way", standing.place)
    found = Finding(
        _ID, Severity.BLOCKER, standing.run, standing.evidence, standing.why, standing.remedy
    )
    return conclude([found], "")


def _unusable(subject: Subject) -> Verdict:
    standing = subject.standing
    finding = Finding(
        _ID,
        Severity.BLOCKER,
        f"The records of stepdown cannot be used: {standing.place}",
        (standing.problem,),
        "Plan, journal and snapshot decide what root does later: no run is begun with records "
        "that others can write, and whether one is unfinished is not known without them.",
        standing.remedy or "Look at what is named, then check anew.",
    )
    return conclude([finding], "")
