"""What every lab host has in common: its name, its network, its launcher and how it boots."""

from collections.abc import Mapping

from wizard.lab.layout import (
    HOP_ADDRESS,
    HOP_FOLDER,
    HOP_HOST,
    HOST,
    PRACTICE,
    RELAY_ADDRESS,
    STATE,
)
from wizard.lab.program import APP, SITE
from wizard.lab.seeding import Seed

SHORT_NAME = HOST.split(".", maxsplit=1)[0]
ENVIRONMENT: Mapping[str, str] = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LC_ALL": "C.UTF-8",
    "HOME": "/root",
}
PYTHON_ENVIRONMENT: Mapping[str, str] = {
    "PYTHONPATH": f"{APP}:{SITE}",
    "PYTHONDONTWRITEBYTECODE": "1",
}
INIT_ENVIRONMENT: Mapping[str, str] = {"container": "lab", **PYTHON_ENVIRONMENT}
PYTHON = ("/usr/bin/python3", "-P", "-m")
HOP_COMMAND = (*PYTHON, "wizard.lab.next_hop")
SYSTEMD_INIT = ("/lib/systemd/systemd", "--system", "--unit=multi-user.target")
SCRIPT_INIT = (*PYTHON, "wizard.lab.reaper")

NETWORK_COMMANDS = (
    ("/sbin/ip", "link", "set", "dev", "lo", "up"),
    ("/sbin/ip", "address", "add", f"{RELAY_ADDRESS}/32", "dev", "lo"),
)

HOSTS = f"""\
127.0.0.1 localhost
{RELAY_ADDRESS} {HOST} {SHORT_NAME}
{HOP_ADDRESS} {HOP_HOST} hub
::1 localhost ip6-localhost ip6-loopback
"""
OWN_BYTECODE = f"PYTHONPYCACHEPREFIX={STATE}/bytecode"
GIVEN_BYTECODE = "PYTHONDONTWRITEBYTECODE=1"
HOP_UNIT = f"""\
[Unit]
Description=The practice relay's next hop, {HOP_HOST}

[Service]
Environment=PYTHONPATH={APP}:{SITE} PYTHONDONTWRITEBYTECODE=1
ExecStart={" ".join(HOP_COMMAND)}
"""
UNWANTED_UNITS = (
    "apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "fstrim.timer",
    "e2scrub_all.timer", "e2scrub_reap.service", "systemd-tmpfiles-clean.timer",
    "getty.target", "getty-static.service", "console-getty.service", "systemd-logind.service",
    "systemd-networkd.service", "systemd-networkd.socket", "systemd-resolved.service",
    "systemd-timesyncd.service", "systemd-pstore.service", "systemd-update-utmp.service",
    "systemd-update-utmp-runlevel.service", "systemd-binfmt.service", "systemd-sysctl.service",
    "systemd-modules-load.service", "systemd-random-seed.service", "systemd-remount-fs.service",
    "systemd-udevd.service", "systemd-udev-trigger.service", "systemd-user-sessions.service",
    "systemd-firstboot.service", "systemd-sysusers.service", "systemd-machine-id-commit.service",
    "systemd-journal-flush.service", "systemd-boot-system-token.service",
    "dev-hugepages.mount", "dev-mqueue.mount", "sys-fs-fuse-connections.mount",
    "sys-kernel-config.mount", "sys-kernel-debug.mount", "sys-kernel-tracing.mount",
    "proc-sys-fs-binfmt_misc.automount", "kmod-static-nodes.service",
    "modprobe@configfs.service", "modprobe@drm.service", "modprobe@fuse.service",
    "modprobe@dm_mod.service", "modprobe@efi_pstore.service", "modprobe@loop.service",
    "procps.service", "hwclock.service", "x11-common.service", "swap.target", "remote-fs.target",
)  # fmt: skip


def launcher(bytecode: str) -> str:
    """The command `stepdown` inside: the running source, the lab's own interpreter."""
    run = 'exec /usr/bin/python3 -P -m wizard "$@"'
    return f"#!/bin/sh\nPYTHONPATH={APP}:{SITE} {bytecode} {run}\n"


def write_common_files(seed: Seed, *, foreign_python: bool) -> None:
    """Name, addresses and launcher, once; the scenario comes after and may change them."""
    seed.write("/etc/hostname", SHORT_NAME + "\n")
    seed.write("/etc/mailname", HOST + "\n")
    seed.write("/etc/hosts", HOSTS)
    seed.write("/etc/resolv.conf", "# a practice relay has no name servers\n")
    seed.write("/etc/machine-id", seed.unique_id() + "\n")
    seed.write(
        "/usr/local/bin/stepdown",
        launcher(OWN_BYTECODE if foreign_python else GIVEN_BYTECODE),
        mode=0o755,
    )
    seed.remove("/usr/sbin/policy-rc.d")


def write_boot_files(seed: Seed, *, systemd: bool, scenario: str) -> None:
    """What lies under /run, and so is gone at each boot."""
    seed.folder(STATE)
    seed.folder(HOP_FOLDER)
    seed.write(PRACTICE, scenario + "\n")
    if systemd:
        _write_units(seed)


def _write_units(seed: Seed) -> None:
    """All under /run, so that /etc stays as Debian set it up."""
    units = "/run/systemd/system"
    seed.folder(f"{units}/multi-user.target.wants")
    seed.write(f"{units}/stepdown-lab-hop.service", HOP_UNIT)
    seed.link(
        f"{units}/multi-user.target.wants/stepdown-lab-hop.service", "../stepdown-lab-hop.service"
    )
    for name in UNWANTED_UNITS:
        seed.link(f"{units}/{name}", "/dev/null")
