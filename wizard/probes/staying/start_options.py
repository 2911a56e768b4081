"""RunAsUser on a command line is stronger than the cf's: where the next start would say it."""

from __future__ import annotations

import re

from wizard.facts import accounts as accounts_fact
from wizard.facts import grep, run_as
from wizard.host.base import HostReader
from wizard.model import Kind

FILES = (
    *("/etc/mail/sendmail.conf", "/etc/default/sendmail", "/etc/sysconfig/sendmail"),
    *("/etc/conf.d/sendmail", "/etc/rc.conf", "/etc/rc.conf.local", "/etc/init.d/sendmail"),
    *("/etc/rc.d/rc.sendmail", "/etc/rc.local", "/etc/systemd/system/sendmail.service"),
)
"Where platforms and their admins keep the daemon's arguments."
DROP_INS = "/etc/systemd/system/sendmail.service.d"
OPTION = re.compile(r"-O\s*RunAsUser\s*=\s*([^\s\"';]+)", re.IGNORECASE)


def against(host: HostReader, uid: int, gid: int) -> list[str]:
    """`file:line  text` of each that names somebody else. Raises Unreadable."""
    below = host.state(DROP_INS).kind is Kind.DIRECTORY
    units = [f"{DROP_INS}/{name}" for name in host.listdir(DROP_INS)] if below else []
    found = []
    for line in grep.lines(host, r"^[^#]*-O *RunAsUser", (*FILES, *units)):
        option = OPTION.search(line.text)
        if option is None:
            continue
        named = run_as.resolve(option[1], accounts_fact.gather(host))
        if named.problem or (named.uid, named.gid) != (uid, gid):
            place = f"{line.path}:{line.number}  {line.text.strip()}"
            found.append(f"{place}: stronger than the cf, from the next start on")
    return found
