"""Whether a Sendmail that runs has read the cf as it is now."""

from __future__ import annotations

from wizard.errors import StepdownError
from wizard.facts.model import Daemons, Instance
from wizard.host.base import HostReader

CLOCK = 1.5
"Seconds by which /proc's start of a process may be off: it counts from a boot in whole seconds."


def reads(host: HostReader, cf_path: str, one: Instance) -> bool:
    """Whether it was started with this very cf; where no pid file tells, it is not excluded."""
    return not one.cf or host.resolve(one.cf) == host.resolve(cf_path)


def is_msp(one: Instance) -> bool:
    """The MSP's queue runner: it reads submit.cf, by its own account or by -Ac."""
    return one.kind != "daemon" and (one.uid != 0 or "-Ac" in one.command.split())


def changed(host: HostReader, cf_path: str) -> float:
    """When the cf was last changed, seconds since the epoch. Raises Unreadable."""
    return host.state(host.resolve(cf_path)).mtime_ns / 1e9


def read_at(host: HostReader, one: Instance, found: Daemons) -> tuple[float, str]:
    """When it read its cf, and how that is known.

    After SIGHUP a daemon starts itself anew, under another pid as a rule; in the foreground (-bD)
    it keeps pid and start. It writes its pid file each time, so the later of both counts.
    """
    begun = next((x.started for x in found.processes if x.pid == one.pid), 0.0)
    if not one.pid_file:
        return begun, "started"
    try:
        written = host.state(one.pid_file).mtime_ns / 1e9
    except StepdownError:
        return begun, "started"
    return (written, "read it") if written + CLOCK >= begun else (begun, "started")


def is_stale(host: HostReader, cf_path: str, one: Instance, found: Daemons) -> bool:
    """Whether the cf was changed since; a queue runner that is still root has not read it.

    One that stands for itself steps down when it starts. Raises Unreadable.
    """
    since, _how = read_at(host, one, found)
    late = since + (0 if one.pid_file else CLOCK) < changed(host, cf_path)
    return late or (one.kind != "daemon" and one.uid == 0)


def stale(host: HostReader, cf_path: str, found: Daemons) -> tuple[Instance, ...]:
    """Those of this cf that run by an older one. Raises Unreadable."""
    return tuple(
        one
        for one in found.instances
        if reads(host, cf_path, one) and not is_msp(one) and is_stale(host, cf_path, one, found)
    )
