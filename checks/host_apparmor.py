"""Does AppArmor have a say in what Sendmail may do?"""

from __future__ import annotations

from checks.evidence import conclude, shortened
from checks.ground_parts import ground
from wizard.api import Finding, Severity, Subject, Verdict, check
from wizard.facts.model import Profile

_ID = "host.apparmor"
_WHY = (
    "A profile may lack what only an unprivileged child needs: the capabilities setuid, setgid and "
    "chown, or a path that root reached by another way. Then the children cannot step down."
)


@check(
    _ID,
    "Does AppArmor confine Sendmail?",
    rank=71,
    needs=("ground",),
    severities=(Severity.OVERRIDABLE, Severity.INFO),
    why=_WHY,
    remedy=(
        "See that the profile has `capability setuid, setgid, chown`, try the migration once in "
        "complain mode, then accept this with a reason."
    ),
)
def host_apparmor(subject: Subject) -> Verdict:
    """A loaded AppArmor profile limits Sendmail to the paths and capabilities that it names.

    Looked at are the label of the running daemon and the profiles that the kernel has loaded. A
    profile of the whole container, such as docker-default, is told but does not block.
    """
    profiles = ground(subject, "apparmor").apparmor
    enforced = [one for one in profiles if one.mode == "enforce" and _is_sendmails(one)]
    others = [one for one in profiles if one not in enforced]
    findings = []
    if enforced:
        title = "AppArmor confines Sendmail"
        findings.append(_finding(Severity.OVERRIDABLE, title, enforced))
    if others:
        title = "AppArmor knows Sendmail, and only logs or confines all of the container"
        findings.append(_finding(Severity.INFO, title, others))
    return conclude(findings, "AppArmor does not confine Sendmail")


def _is_sendmails(profile: Profile) -> bool:
    return "sendmail" in profile.name or "sm-mta" in profile.name


def _finding(severity: Severity, title: str, profiles: list[Profile]) -> Finding:
    return Finding(
        _ID,
        severity,
        title,
        shortened([f"{one.place}  {one.name} ({one.mode})" for one in profiles]),
        _WHY,
        "Have it only log for the first try, and read what it says:\n"
        f"aa-complain {profiles[0].name}\njournalctl -k --grep 'apparmor.*sendmail'",
    )
