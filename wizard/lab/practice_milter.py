"""Putting the practice milter on a host: its account, its unit and its init script.

As a package would have it: the socket is its account's and its group's, in a directory that is
closed to others, and both are made anew at each start.
"""

from wizard.lab.boot import ENVIRONMENT, PYTHON, PYTHON_ENVIRONMENT
from wizard.lab.seeding import Seed

NAME = "practice-milter"
DIRECTORY = f"/run/{NAME}"
SOCKET = f"{DIRECTORY}/milter.sock"
INIT_SCRIPT = f"/etc/init.d/{NAME}"
UNIT = f"/etc/systemd/system/{NAME}.service"
COMMAND = " ".join((*PYTHON, "wizard.lab.milter", SOCKET))
SET = " ".join(f"{name}={value}" for name, value in PYTHON_ENVIRONMENT.items())
FILTER = f"INPUT_MAIL_FILTER(`practice', `S=local:{SOCKET}, F=T, T=S:10s;R:10s')dnl"
"""As the .mc names it: a message waits with its sender while the milter cannot be asked."""

_UNIT = f"""\
[Unit]
Description=The practice milter
Before=sendmail.service

[Service]
User={NAME}
Group={NAME}
RuntimeDirectory={NAME}
RuntimeDirectoryMode=0750
Environment={SET}
ExecStart={COMMAND}
# Active only once its socket is there.
ExecStartPost=/bin/sh -c 'until test -S {SOCKET}; do sleep 0.02; done'

[Install]
WantedBy=multi-user.target
"""
_SCRIPT = f"""\
#!/bin/sh
### BEGIN INIT INFO
# Provides:          {NAME}
# Required-Start:    $local_fs
# Required-Stop:     $local_fs
# X-Start-Before:    sendmail
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
# Short-Description: the practice milter
### END INIT INFO
PATH={ENVIRONMENT["PATH"]}
export {SET}

start() {{
    rm -rf {DIRECTORY}
    install -d -o {NAME} -g {NAME} -m 0750 {DIRECTORY}
    start-stop-daemon --start --quiet --oknodo --background --make-pidfile \\
        --pidfile /run/{NAME}.pid --chuid {NAME}:{NAME} --exec /usr/bin/python3 -- \\
        {COMMAND.partition(" ")[2]}
    until test -S {SOCKET}; do sleep 0.02; done
}}

stop() {{
    start-stop-daemon --stop --quiet --oknodo --retry 5 --pidfile /run/{NAME}.pid
}}

case "$1" in
start) start ;;
stop) stop ;;
restart|force-reload) stop; start ;;
*) echo "Usage: $0 start|stop|restart"; exit 2 ;;
esac
"""


def put_milter(seed: Seed) -> None:
    """Install it, to be started before Sendmail."""
    seed.run(["/usr/sbin/useradd", "--system", "--no-create-home", "--user-group", NAME])
    seed.write(INIT_SCRIPT, _SCRIPT, mode=0o755)
    seed.write(UNIT, _UNIT)
    seed.link(f"/etc/systemd/system/multi-user.target.wants/{NAME}.service", UNIT)
