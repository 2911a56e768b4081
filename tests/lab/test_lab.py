"""The practice relay itself: is it real, is it apart, is it gone afterwards."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.lab.opening import open_or_skip
from wizard.lab.layout import PRACTICE
from wizard.lab.practice import HopMessage, Init, Lab

PASSWD = Path("/etc/passwd").read_bytes()
SEND = ["/usr/bin/python3", "-P", "-m", "wizard.lab.observe", "send"]
APP = {"PYTHONPATH": "/opt/stepdown/app"}
HOLDER = """
import sys, time
from wizard.lab.practice import Lab
lab = Lab.open(init=sys.argv[1])
print(lab.init_pid, flush=True)
time.sleep(600)
"""


def wait_for(condition: Callable[[], bool], seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return condition()


def text(lab: Lab, *argv: str) -> str:
    done = lab.run(argv)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode().strip()


def master_pid(lab: Lab) -> int:
    return int(lab.read("/run/sendmail/mta/sendmail.pid").split()[0])


def received(lab: Lab, recipient: str) -> list[HopMessage]:
    return [m for m in lab.messages() if recipient in m.rcpt_tos]


def test_a_message_through_port_25_arrives_at_the_next_hop(lab: Lab) -> None:
    done = lab.run([*SEND, "ann@example.com", "joe@example.org", "through"], env=APP)
    assert done.returncode == 0, done.stderr
    assert wait_for(lambda: bool(received(lab, "joe@example.org")))
    message = received(lab, "joe@example.org")[0]
    assert message.mail_from == "ann@example.com"
    assert message.helo == "relay1.example.net"
    assert b"Subject: through" in message.content


def test_the_history_is_real_and_in_the_log(lab: Lab) -> None:
    assert len(received(lab, "sales@example.org")) == 1
    assert "to=<sales@example.org>" in lab.read("/var/log/mail.log").decode()


def test_the_master_is_root_and_its_init_is_what_was_asked_for(lab: Lab) -> None:
    pid = str(master_pid(lab))
    assert text(lab, "ps", "-o", "user=", "-p", pid) == "root"
    assert "accepting connections" in text(lab, "ps", "-o", "args=", "-p", pid)
    first = text(lab, "ps", "-o", "comm=", "-p", "1")
    assert (first == "systemd") == (lab.init == "systemd")


def test_the_service_restarts(lab: Lab) -> None:
    before = master_pid(lab)
    if lab.init == "systemd":
        assert text(lab, "systemctl", "is-active", "sendmail") == "active"
        text(lab, "systemctl", "restart", "sendmail")
    else:
        text(lab, "/etc/init.d/sendmail", "restart")
    assert wait_for(lambda: master_pid(lab) != before)
    assert lab.run([*SEND, "ann@example.com", "again@example.org", "x"], env=APP).returncode == 0
    assert wait_for(lambda: bool(received(lab, "again@example.org")))


def test_m4_reproduces_the_cf_and_no_address_is_local(lab: Lab) -> None:
    built = lab.run(["m4", "/etc/mail/sendmail.mc"])
    assert built.stderr == b""
    live = [line for line in lab.read("/etc/mail/sendmail.cf").splitlines() if line[:1] != b"#"]
    assert live == [line for line in built.stdout.splitlines() if line[:1] != b"#"]
    for address in ("root", "postmaster", "MAILER-DAEMON", "daemon@relay1.example.net"):
        said = text(lab, "sendmail", "-bv", address)
        assert "deliverable: mailer esmtp" in said


def test_debian_s_own_owners_and_modes(lab: Lab) -> None:
    found = lab.manifest("/etc/mail", "/var/spool/mqueue", "/nowhere")
    assert "/nowhere" not in found
    etc, queue = found["/etc/mail"], found["/var/spool/mqueue"]
    assert (etc.owner_name, etc.group_name, etc.mode) == ("smmta", "smmsp", 0o2755)
    assert (queue.owner_name, queue.group_name, queue.mode) == ("smmta", "smmsp", 0o2750)
    assert found["/etc/mail/aliases"].kind == "symlink"
    assert found["/etc/mail/aliases"].content == "../aliases"
    assert found["/etc/mail/sendmail.cf"].mtime_ns


def test_a_manifest_shows_every_kind_of_change(lab: Lab) -> None:
    lab.write("/srv/one", b"one")
    before = lab.manifest("/srv")
    assert before == lab.manifest("/srv")
    text(lab, "setfacl", "-m", "g:mail:r", "/srv/one")
    after = lab.manifest("/srv")["/srv/one"]
    assert after.xattrs and not before["/srv/one"].xattrs
    lab.write("/srv/one", b"two", mode=0o600)
    assert lab.manifest("/srv")["/srv/one"].content != after.content
    text(lab, "rm", "/srv/one")


def test_the_host_is_marked_as_practice(lab: Lab) -> None:
    assert lab.read(PRACTICE) == b"relay\n"
    assert lab.manifest(PRACTICE)[PRACTICE].owner == 0
    assert text(lab, "hostname", "-f") == "relay1.example.net"


def test_run_has_a_clean_environment_input_user_and_timeout(lab: Lab) -> None:
    assert "PYTEST" not in text(lab, "env")
    assert lab.run(["cat"], input=b"given").stdout == b"given"
    assert lab.run(["id", "-un"], user="smmsp").stdout == b"smmsp\n"
    assert lab.run(["sh", "-c", "exit 7"]).returncode == 7
    with pytest.raises(subprocess.TimeoutExpired):
        lab.run(["sleep", "612"], timeout=0.2)
    assert wait_for(lambda: lab.run(["pgrep", "-f", "sleep 612"]).returncode == 1)


def test_run_returns_although_a_daemon_keeps_the_output_open(lab: Lab) -> None:
    started = time.monotonic()
    lab.run(["sh", "-c", "sleep 20 & echo started"])
    assert time.monotonic() - started < 10


def test_the_program_and_extra_folders_are_there_read_only(lab: Lab) -> None:
    assert lab.run(["test", "-f", "/opt/extra/test_lab.py"]).returncode == 0
    for path in ("/opt/extra/x", "/opt/stepdown/app/wizard/x", "/opt/stepdown/site/x"):
        assert b"Read-only" in lab.run(["touch", path]).stderr
    assert lab.run(["test", "-x", "/usr/local/bin/stepdown"]).returncode == 0
    imported = lab.run(["python3", "-c", "import textual, wizard.lab"], env=APP_AND_SITE)
    assert imported.returncode == 0, imported.stderr


APP_AND_SITE = {"PYTHONPATH": "/opt/stepdown/app:/opt/stepdown/site"}


def test_there_is_no_network_but_its_own(lab: Lab) -> None:
    assert text(lab, "ip", "-o", "link").count("\n") == 0
    assert namespace_of("self", "net") != namespace_of(str(lab.init_pid), "net")


def test_two_labs_do_not_see_one_another() -> None:
    with open_or_skip(init="script") as one, open_or_skip(init="script") as two:
        one.write("/etc/only-here", b"x")
        assert two.run(["test", "-e", "/etc/only-here"]).returncode == 1
        assert one.run([*SEND, "a@example.com", "one@example.org", "x"], env=APP).returncode == 0
        assert wait_for(lambda: bool(received(one, "one@example.org")))
        assert not received(two, "one@example.org")
        assert text(one, "pgrep", "-c", "-x", "sendmail-mta") == "1"


def namespace_of(process: str, kind: str) -> int:
    return Path(f"/proc/{process}/ns/{kind}").stat().st_ino


def processes_in(namespace: int) -> list[int]:
    """Process ids of this machine that live in the PID namespace with that inode number."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if (entry / "ns/pid").stat().st_ino == namespace:
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


@pytest.mark.parametrize("init", ["systemd", "script"])
def test_nothing_remains_after_sigkill_of_the_opener(init: Init) -> None:
    open_or_skip(init=init).close()
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, init], stdout=subprocess.PIPE, env=dict(os.environ)
    )
    try:
        assert holder.stdout is not None
        pid = int(holder.stdout.readline())
        namespace = namespace_of(str(pid), "pid")
        mounts = namespace_of(str(pid), "mnt")
        assert len(processes_in(namespace)) >= 3
    finally:
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        holder.stdout and holder.stdout.close()
    assert wait_for(lambda: not processes_in(namespace))
    assert wait_for(lambda: not users_of_mounts(mounts))
    own = Path("/proc/self/mountinfo").read_text()
    assert "stepdown-lab" not in own and "overlay" not in own.replace("overlay_", "")


def users_of_mounts(namespace: int) -> list[str]:
    found = []
    for entry in Path("/proc").glob("[0-9]*/ns/mnt"):
        try:
            if entry.stat().st_ino == namespace:
                found.append(str(entry))
        except OSError:
            continue
    return found


def test_close_ends_everything_at_once_and_may_be_called_twice() -> None:
    lab = open_or_skip(init="script")
    namespace = namespace_of(str(lab.init_pid), "pid")
    follower = lab.popen(["tail", "-f", "/var/log/mail.log"], stdout=subprocess.DEVNULL)
    lab.close()
    assert not processes_in(namespace)
    assert not lab.alive()
    assert follower.wait(10) != 0
    lab.close()


def test_the_machine_s_accounts_are_untouched() -> None:
    with open_or_skip(init="script") as lab:
        text(lab, "useradd", "--system", "practice")
    assert Path("/etc/passwd").read_bytes() == PASSWD


def test_interactive_gives_the_command_s_exit_code() -> None:
    with open_or_skip(init="script") as lab:
        assert lab.interactive(["sh", "-c", "exit 5"]) == 5
        assert lab.interactive(["sh", "-c", "kill -TERM $$"]) == 128 + signal.SIGTERM
