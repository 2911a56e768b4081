"""Are we root?"""

from __future__ import annotations

from checks.evidence import conclude
from wizard.api import Finding, Severity, Subject, Verdict, check
from wizard.model import Mode

_ID = "host.root"


@check(
    _ID,
    "Are we root?",
    rank=30,
    needs=(),
    severities=(Severity.BLOCKER,),
    why="Without root nothing can be changed, and part of the host cannot even be read.",
    remedy="Run it as root, for example with `sudo stepdown`.",
)
def host_root(subject: Subject) -> Verdict:
    """Creating an account, re-owning the queue and restarting Sendmail takes root.

    Looking takes less, but what could not be read without root is shown as unknown. A recorded
    host under review needs no root: nothing can be changed there.
    """
    who = subject.identity
    if who.mode is Mode.REVIEW:
        return Verdict("Root is not needed for a review", "nothing is changed here", skipped=True)
    if who.euid == 0:
        return Verdict("Run as root", f"uid 0 on {who.host}")
    finding = Finding(
        _ID,
        Severity.BLOCKER,
        "Not run as root",
        (f"effective uid  {who.euid} ({who.user})",),
        "Without root nothing can be changed, and part of the host cannot even be read.",
        "Run it again as root, for example with `sudo stepdown`.",
    )
    return conclude([finding], "")
