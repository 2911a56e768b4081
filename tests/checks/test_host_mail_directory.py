from __future__ import annotations

import pytest

from tests.checks.cases import Case, finds, judge, passes, unknown
from tests.checks.healthy import CF, changed, healthy
from wizard.api import Subject
from wizard.facts.model import Mount, Unknown
from wizard.model import Severity

CHECK = "host.mail-directory"
NFS_LINE = "71 28 0:52 / /etc/mail rw,relatime - nfs4 files.example.net:/mail rw,vers=4.2"


def _on(type_: str, *options: str, path: str = "/etc/mail", line: str = "") -> Subject:
    return changed("ground", mounts=(Mount(path, path, type_, options, line),))


CASES = (
    passes("ext4", _on("ext4", "rw", "relatime", "errors=remount-ro"), "1 path on ext4"),
    passes("overlay", _on("overlay", "rw", "upperdir=/ro/upper")),
    passes("tmpfs without set-id and programs", _on("tmpfs", "rw", "nosuid", "noexec")),
    passes("a local file system in user space", _on("fuse.fuse-overlayfs", "rw")),
    finds("NFS", _on("nfs4", "rw", line=NFS_LINE), Severity.BLOCKER, "network", NFS_LINE),
    finds(
        "the queue on sshfs",
        _on("fuse.sshfs", "rw", path="/var/spool/mqueue"),
        Severity.BLOCKER,
        "/var/spool/mqueue: on a network file system",
    ),
    finds("read-only", _on("ext4", "ro", "relatime"), Severity.BLOCKER, "mounted read-only"),
    finds("no owners", _on("vfat", "rw"), Severity.BLOCKER, "without owners"),
    finds(
        "a mounted file",
        changed("ground", mounts=(Mount(CF, CF, "ext4", ("rw",), "", is_file=True),)),
        Severity.BLOCKER,
        "/etc/mail/sendmail.cf: a mount of its own",
    ),
    unknown(
        "no mountinfo",
        changed("ground", unknown={"mounts": Unknown("mountinfo is not there")}),
        "mountinfo is not there",
    ),
    unknown("nothing known", healthy(ground=Unknown("dark", "root")), "dark"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_host_mail_directory(case: Case) -> None:
    judge(CHECK, case)
