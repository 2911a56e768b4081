"""Is there a SafeFileEnvironment that needs root?"""

from __future__ import annotations

from checks.evidence import conclude
from wizard.api import Finding, Severity, Subject, Verdict, check, known

_ID = "needs.safe-file-environment"
_WHY = (
    "Before it writes mail to a file Sendmail calls chroot, which only root may. A child that has "
    "stepped down logs `mailfile: Cannot chroot: Operation not permitted` and returns the message. "
    "Mail that is passed on to other hosts is not touched by it."
)


@check(
    _ID,
    "Does SafeFileEnvironment need root?",
    rank=30,
    needs=("cf",),
    severities=(Severity.WARNING,),
    why=_WHY,
    remedy="Take confSAFE_FILE_ENV out of the .mc: a relay writes no mail to files.",
)
def needs_safe_file_environment(subject: Subject) -> Verdict:
    """SafeFileEnvironment names a directory into which Sendmail locks itself before it writes mail
    to a file. The vendor documents it as incompatible with RunAsUser.

    Debian sets it to `/`, which changes nothing. With another directory only deliveries to files
    fail, and the checks of aliases and .forward files find those.
    """
    cf = known(subject.facts.cf)
    directory = cf.option("SafeFileEnvironment").strip()
    if directory in ("", "/"):
        summary = f"SafeFileEnvironment={directory}" if directory else "not set"
        return conclude([], "SafeFileEnvironment needs no root", summary)
    finding = Finding(
        _ID,
        Severity.WARNING,
        "Mail for files could no longer be written",
        (f"{cf.path}  O SafeFileEnvironment={directory}",),
        _WHY,
        "Take the line with confSAFE_FILE_ENV out of the .mc and rebuild the cf.",
    )
    return conclude([finding], "")
