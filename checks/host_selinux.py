"""Does SELinux have a say in what Sendmail may do?"""

from __future__ import annotations

from checks.evidence import conclude
from checks.ground_parts import ground
from wizard.api import Finding, Severity, Subject, Verdict, check

_ID = "host.selinux"
_WHY = (
    "The policy knows Sendmail by its labels, not by its account: a queue or map in an unusual "
    "place without its label is refused to the children as it was to root's. Nothing of what this "
    "program proves beforehand runs under Sendmail's own label."
)
_SAID = {
    "enforcing": ("SELinux is enforcing", "/sys/fs/selinux/enforce  1"),
    "permissive": ("SELinux is permissive: it only logs", "/sys/fs/selinux/enforce  0"),
    "active": (
        "SELinux is active, and a container hides how strict it is",
        "/proc/filesystems  selinuxfs, and no /sys/fs/selinux/enforce",
    ),
}


@check(
    _ID,
    "Is SELinux enforcing?",
    rank=70,
    needs=("ground",),
    severities=(Severity.OVERRIDABLE, Severity.INFO),
    why=_WHY,
    remedy=(
        "See that the queue and /etc/mail have their labels (restorecon -nRv), try the migration "
        "once with setenforce 0 and read the AVC messages, then accept this with a reason."
    ),
)
def host_selinux(subject: Subject) -> Verdict:
    """On a host with SELinux a policy says which labels Sendmail may use, whatever its account.

    Known from /sys/fs/selinux/enforce. The policies of the distributions allow Sendmail to run as
    another account; queues in unusual places need their label.
    """
    mode = ground(subject, "selinux").selinux
    if not mode:
        return conclude([], "SELinux is not active")
    title, evidence = _SAID[mode]
    finding = Finding(
        _ID,
        Severity.INFO if mode == "permissive" else Severity.OVERRIDABLE,
        title,
        (evidence,),
        _WHY,
        "Look at the labels, then try it with SELinux permissive and read what it logs:\n"
        "restorecon -nRv /etc/mail /var/spool/mqueue\nausearch -m avc -c sendmail",
    )
    return conclude([finding], "")
