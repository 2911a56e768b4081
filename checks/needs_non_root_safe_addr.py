"""Is NonRootSafeAddr set?"""

from __future__ import annotations

from checks.evidence import conclude
from wizard.api import Finding, Severity, Subject, Verdict, check, known

_ID = "needs.non-root-safe-addr"
_WHY = (
    "Once Sendmail runs as another account, programs and files in .forward and :include: files "
    "become unsafe and are refused. NonRootSafeAddr takes that guard away: they would be run as "
    "the account that owns the queue."
)


@check(
    _ID,
    "Would programs and files be refused after the switch?",
    rank=40,
    needs=("cf",),
    severities=(Severity.INFO,),
    why=_WHY,
    remedy=(
        "Nothing has to be done on a relay. To have Sendmail refuse them too, take "
        "NonRootSafeAddr out of confDONT_BLAME_SENDMAIL in the .mc."
    ),
)
def needs_non_root_safe_addr(subject: Subject) -> Verdict:
    """DontBlameSendmail=NonRootSafeAddr lets an unprivileged Sendmail still run programs and write
    files. Debian sets it by default.

    On a relay there is nothing for it to allow, which the checks of aliases and .forward files
    prove. Programs that an alias names directly are run with and without it.
    """
    cf = known(subject.facts.cf)
    value = cf.option("DontBlameSendmail")
    words = {word.strip().lower() for word in value.split(",")}
    if "nonrootsafeaddr" not in words:
        return conclude([], "Programs and files of users would be refused")
    finding = Finding(
        _ID,
        Severity.INFO,
        "NonRootSafeAddr is set: users' programs and files would not be refused",
        (f"{cf.path}  O DontBlameSendmail={value}",),
        _WHY,
        "Nothing has to be done where nothing is delivered here. To be strict, take "
        "NonRootSafeAddr out of confDONT_BLAME_SENDMAIL in the .mc.",
    )
    return conclude([finding], "")
