"""Is this a platform whose places and commands are known?"""

from __future__ import annotations

from checks.evidence import conclude
from wizard.api import Finding, Severity, Subject, Unknown, Verdict, check

_ID = "host.platform"


@check(
    _ID,
    "Is this platform known?",
    rank=20,
    needs=(),
    uses=("platform",),
    severities=(),
    why=(
        "Each platform keeps Sendmail's files elsewhere and has its own scripts that "
        "reset their owners. A guess would break a relay."
    ),
    remedy="Carry out the article's recipe by hand, or add the platform to this program.",
)
def host_platform(subject: Subject) -> Verdict:
    """Where Sendmail's files are, how it is started and who resets its permissions differs.

    On a platform that this program does not know nothing is guessed.
    """
    platform = subject.facts.platform
    if not isinstance(platform, Unknown):
        return Verdict("This platform is known", subject.platform_title or platform)
    finding = Finding(
        _ID,
        Severity.BLOCKER,
        "This platform is not known",
        (platform.reason,),
        "Each platform keeps Sendmail's files elsewhere and has its own scripts that reset their "
        "owners. A guess would break a relay.",
        "Carry out the article's recipe by hand here, or add the platform to this program.",
    )
    return conclude([finding], "", unknown=True)
