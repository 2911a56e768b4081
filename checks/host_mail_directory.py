"""Are /etc/mail and the queue on file systems that can be changed here?"""

from __future__ import annotations

from checks.evidence import conclude, counted, shortened
from checks.ground_parts import ground
from wizard.api import Finding, Severity, Subject, Verdict, check
from wizard.facts.model import Mount

_ID = "host.mail-directory"
_NETWORK = {
    *("nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "coda", "9p", "ceph", "lustre"),
    *("gfs", "gfs2", "ocfs2", "gpfs", "glusterfs", "beegfs", "virtiofs"),
}
_LOCAL_FUSE = ("fuseblk", "fuse.fuse-overlayfs", "fuse.bindfs", "fuse.unionfs", "fuse.mergerfs")
_NO_OWNERS = {"vfat", "msdos", "exfat", "ntfs", "ntfs3", "hfs"}
_WHY = (
    "Owners and groups are what this migration changes: the queue becomes the account's, maps "
    "become readable for its group. There that cannot be done, or another host decides it."
)


@check(
    _ID,
    "Can /etc/mail and the queue be changed here?",
    rank=60,
    needs=("ground",),
    severities=(Severity.BLOCKER,),
    why=_WHY,
    remedy="Move what is named to a local file system that is mounted for writing.",
)
def host_mail_directory(subject: Subject) -> Verdict:
    """/etc, the mail directory, the cf and every queue: on which file system do they lie?

    A network file system gives root of this host no right to change owners, and its server may
    squash the account; one that is mounted read-only, or knows no owners, cannot be changed at
    all. A single file that is mounted, as containers do it, cannot be replaced. Looked at is
    /proc/self/mountinfo; nosuid and noexec do not matter.
    """
    mounts = ground(subject, "mounts").mounts
    by_kind = [
        ("on a network file system", [m for m in mounts if _is_network(m)]),
        ("on a file system without owners", [m for m in mounts if m.type in _NO_OWNERS]),
        ("mounted read-only", [m for m in mounts if "ro" in m.options]),
        ("a mount of its own, which cannot be replaced", [m for m in mounts if m.is_file]),
    ]
    findings = [_finding(how, found) for how, found in by_kind if found]
    types = ", ".join(sorted({mount.type for mount in mounts}))
    summary = f"{counted(len(mounts), 'path')} on {types}" if mounts else ""
    return conclude(findings, "/etc/mail and the queue can be changed", summary)


def _is_network(mount: Mount) -> bool:
    fuse = mount.type.startswith("fuse") and mount.type not in _LOCAL_FUSE
    return mount.type in _NETWORK or fuse


def _finding(how: str, mounts: list[Mount]) -> Finding:
    more = f" and {len(mounts) - 1} more" if len(mounts) > 1 else ""
    return Finding(
        _ID,
        Severity.BLOCKER,
        f"{mounts[0].path}{more}: {how}",
        shortened([f"{mount.path}  {mount.line or mount.type}" for mount in mounts]),
        _WHY,
        "Move it to a local file system that is mounted for writing, then re-check.",
    )
