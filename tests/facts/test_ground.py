"""What stands around Sendmail, on paper."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.facts.paper_host import DIRECTORY, PaperHost, link, text
from wizard.facts import ground
from wizard.facts.around import attributes, confinement, mounts
from wizard.facts.cf_model import Cf
from wizard.facts.model import Profile, QueueDirectory, Queues
from wizard.host.base import Unreadable
from wizard.model import FileState, Process
from wizard.plans import Command, Completed
from wizard.platforms.debian import Debian

MOUNTINFO = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro
30 22 0:52 / /srv/mail rw,relatime - nfs4 files.example.net:/mail rw,vers=4.2
31 22 0:53 / /var/spool ro,relatime - ext4 /dev/sdb1 rw
32 31 0:54 / /var/spool/mqueue rw - tmpfs tmpfs rw
33 32 0:55 / /var/spool/mqueue/q1 rw - nfs files:/q1 rw
34 22 0:56 / /mnt/with\\040blank rw - xfs /dev/sdc1 ro
garbage
"""
CF = Cf("/etc/mail/sendmail.cf", {}, (), (), (), {}, 0)
QUEUES = Queues(
    ("/var/spool/mqueue",),
    (QueueDirectory("/var/spool/mqueue/q1", "/var/spool/mqueue/q*", DIRECTORY, ("qf",)),),
    0,
)
PROCFS = {"/proc/filesystems": text("nodev\tsysfs\n\text4\n"), "/sys/module": DIRECTORY}
MASTER = Process(
    246,
    1,
    "root",
    (0, 0, 0),
    "sendmail: MTA: accepting connections",
    exe="/usr/libexec/sendmail/sendmail",
)


class Host(PaperHost):
    """Answers lsattr and grep as those would for its files."""

    def __init__(self, *args: object, flags: dict[str, str] | None = None, **kw: object) -> None:
        super().__init__(*args, **kw)  # type: ignore[arg-type]
        self.flags = flags or {}

    def probe(self, command: Command) -> Completed:
        paths = command.argv[command.argv.index("--") + 1 :]
        if command.argv[0].endswith("lsattr"):
            lines = [f"{self.flags.get(path, '--------------e-------')} {path}" for path in paths]
            return Completed(0, "\n".join(lines).encode())
        found = [
            f"{path}\0{number}:{line}"
            for path in paths
            for number, line in enumerate(self.files[path].text().splitlines(), 1)
            if "sendmail" in line
        ]
        return Completed(0, "\n".join(found).encode())


def _mounts(*paths: str, files: dict[str, FileState] | None = None) -> dict[str, str]:
    host = PaperHost({mounts.TABLE: text(MOUNTINFO), **(files or {})})
    return {mount.path: mount.type for mount in mounts.gather(host, paths)}


def test_the_mount_that_holds_a_path_and_those_below_it() -> None:
    assert _mounts("/etc/mail") == {"/etc/mail": "ext4"}
    assert _mounts("/var/spool/mqueue") == {
        "/var/spool/mqueue": "tmpfs",
        "/var/spool/mqueue/q1": "nfs",
    }
    assert _mounts("/var/spool/clientmqueue") == {"/var/spool/clientmqueue": "ext4"}
    assert _mounts("/mnt/with blank/x") == {"/mnt/with blank/x": "xfs"}


def test_a_link_is_judged_by_where_it_leads() -> None:
    assert _mounts("/etc/mail", files={"/etc/mail": link("/srv/mail")}) == {"/etc/mail": "nfs4"}


def test_read_only_by_mount_or_by_file_system() -> None:
    host = PaperHost({mounts.TABLE: text(MOUNTINFO)})
    for path in ("/var/spool/x", "/mnt/with blank"):
        assert "ro" in mounts.gather(host, [path])[0].options
    assert "ro" not in mounts.gather(host, ["/etc"])[0].options


def test_a_file_that_is_a_mount_of_its_own() -> None:
    table = MOUNTINFO + "35 22 0:57 / /etc/passwd rw - ext4 /dev/sda1 rw\n"
    host = PaperHost({mounts.TABLE: text(table), "/etc/passwd": text("")})
    (found,) = mounts.gather(host, (), ("/etc/passwd", "/etc/group"))
    assert (found.path, found.is_file) == ("/etc/passwd", True)


def test_without_a_table_of_mounts_nothing_is_known() -> None:
    with pytest.raises(Unreadable):
        mounts.gather(PaperHost(), ["/etc"])


@given(st.text())
def test_no_mountinfo_is_too_nasty(said: str) -> None:
    mounts.parse(said)


# --- attributes -------------------------------------------------------------------------------


def _lsattr(code: int, out: str = "", err: str = "") -> PaperHost:
    files = {"/usr/bin/lsattr": text(""), "/etc/passwd": text(""), "/etc/a\nb": text("")}
    return PaperHost(files, {"/usr/bin/lsattr": Completed(code, out.encode(), err.encode())})


def test_immutable_and_append_only() -> None:
    out = "----i----------------- /etc/passwd\n-----a-------e------- /etc/a\n"
    assert attributes.gather(_lsattr(0, out), ["/etc/passwd"]) == ("/etc/passwd  +i",)
    assert attributes.parse(out, ["/etc/a"]) == ["/etc/a  +a"]
    assert attributes.parse("---------------------- /etc/a\n", ["/etc/a"]) == []


@pytest.mark.parametrize(
    "said",
    [
        "lsattr: Operation not supported While reading flags on /etc/passwd",
        "lsattr: Inappropriate ioctl for device While reading flags on /etc/passwd",
        "/usr/bin/lsattr: No such file or directory while trying to stat /etc/passwd",
    ],
)
def test_a_file_system_without_attributes_has_none(said: str) -> None:
    assert attributes.gather(_lsattr(1, "", said), ["/etc/passwd"]) == ()


def test_attributes_that_cannot_be_read_are_unknown() -> None:
    denied = "lsattr: Permission denied While reading flags on /etc/passwd"
    with pytest.raises(Unreadable, match="Permission denied") as refused:
        attributes.gather(_lsattr(1, "", denied), ["/etc/passwd"])
    assert "root" in refused.value.remedy
    with pytest.raises(Unreadable, match="not installed"):
        attributes.gather(PaperHost(), ["/etc/passwd"])


@given(st.text())
def test_nothing_that_lsattr_says_is_too_nasty(said: str) -> None:
    assert attributes.parse(said, []) == []


# --- confinement ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "mode"),
    [
        ({confinement.ENFORCE: text("1")}, "enforcing"),
        ({confinement.ENFORCE: text("0")}, "permissive"),
        ({confinement.FILE_SYSTEMS: text("nodev\tselinuxfs\n")}, "active"),
        (PROCFS, ""),
    ],
)
def test_selinux(files: dict[str, FileState], mode: str) -> None:
    assert confinement.selinux(PaperHost(files)) == mode


def test_selinux_where_nothing_tells() -> None:
    with pytest.raises(Unreadable):
        confinement.selinux(PaperHost())


def _armored(loaded: str = "", label: str = "", **more: object) -> PaperHost:
    files = {
        confinement.APPARMOR: text("Y\n"),
        "/proc/246/attr/current": text(label),
        "/etc/apparmor.d/usr.sbin.sendmail": text(""),
    }
    if loaded:
        files[confinement.PROFILES] = text(loaded)
    return PaperHost(files, processes=(MASTER,), **more)  # type: ignore[arg-type]


def test_apparmor() -> None:
    off = {confinement.APPARMOR: text("N\n")}
    assert confinement.apparmor(PaperHost(off)) == ()
    assert confinement.apparmor(PaperHost(PROCFS)) == ()
    loaded = "/usr/sbin/cupsd (enforce)\n/usr/sbin/sendmail (complain)\n"
    place = "/etc/apparmor.d/usr.sbin.sendmail"
    complain = Profile("/usr/sbin/sendmail", "complain", place)
    assert confinement.apparmor(_armored(loaded, "unconfined")) == (complain,)
    docker = Profile("docker-default", "enforce", "/proc/246/attr/current")
    assert confinement.apparmor(_armored("", "docker-default (enforce)\n")) == (docker,)


def test_apparmor_that_cannot_be_read_is_unknown() -> None:
    for locked in ("/proc/246", confinement.PROFILES):
        with pytest.raises(Unreadable):
            confinement.apparmor(_armored("x (enforce)", locked=(locked,)))
    with pytest.raises(Unreadable):
        confinement.apparmor(PaperHost())


# --- all of it --------------------------------------------------------------------------------


def _host(locked: tuple[str, ...] = (), flags: dict[str, str] | None = None) -> Host:
    files = {
        mounts.TABLE: text(MOUNTINFO),
        **PROCFS,
        "/usr/bin/lsattr": text(""),
        "/etc": DIRECTORY,
        "/etc/mail": DIRECTORY,
        "/etc/mail/access": text(""),
        "/etc/mail/tls": DIRECTORY,
        "/etc/mail/tls/key": text(""),
        "/etc/mail/aliases": link("../aliases"),
        "/etc/aliases": text(""),
        "/var/spool/mqueue": DIRECTORY,
        "/var/spool/mqueue/q1": DIRECTORY,
        "/var/spool/mqueue/q1/qf": DIRECTORY,
        "/usr/bin/procmail": text(""),
        "/etc/systemd/system/out.service": text(
            "[Service]\n# /usr/sbin/sendmail -C /etc/mail/old.cf\n"
            "ExecStart=/usr/sbin/sendmail -C /etc/mail/out.cf -bd\n"
        ),
        "/etc/cron.d/mail": text(
            "1 * * * * root /usr/sbin/sendmail -C /etc/mail/sendmail.cf -q\n"
            "2 * * * * root /usr/sbin/sendmail -C /etc/mail/x.cf -bt < /root/t\n"
            "3 * * * * root /usr/libexec/sendmail/mailstats -C /etc/mail/y.cf\n"
        ),
    }
    return Host(files, locked=locked, flags=flags)


def test_the_ground() -> None:
    flags = dict.fromkeys(("/etc/mail/tls/key", "/etc/aliases"), "----i-----------------")
    found = ground.gather(_host(flags=flags), Debian("Debian", "systemd"), CF, QUEUES)
    assert found.unknown == {}
    assert set(found.immutable) == {"/etc/mail/tls/key  +i", "/etc/aliases  +i"}
    assert found.software == (("procmail", "/usr/bin/procmail"),)
    unit = "/etc/systemd/system/out.service:3  ExecStart=/usr/sbin/sendmail"
    assert found.other_cf == (f"{unit} -C /etc/mail/out.cf -bd",)
    assert {m.point for m in found.mounts} == {"/", "/var/spool/mqueue", "/var/spool/mqueue/q1"}


def test_what_one_part_cannot_tell_leaves_the_others_known() -> None:
    host = _host(locked=("/etc/mail/tls", "/usr/bin/procmail"))
    found = ground.gather(host, Debian("Debian", "systemd"), CF, QUEUES)
    assert set(found.unknown) == {"immutable", "software"}
    assert found.unknown["immutable"].needs == "root"
    assert found.mounts and found.other_cf


def test_queues_and_account_files_are_among_what_is_written() -> None:
    host = _host()
    written = ground.written(host, Debian("Debian", "systemd"), CF, QUEUES)
    assert {"/etc/passwd", "/etc/gshadow", "/etc/mail", "/var/spool/mqueue/q1/qf"} <= set(written)
    assert "/etc/mail/aliases" not in written
