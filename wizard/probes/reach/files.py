"""Files in use besides maps and queue: classes, what names hosts, keys, and what is written."""

from __future__ import annotations

from posixpath import basename, dirname

from wizard.facts import doors
from wizard.facts.daemons import is_master
from wizard.facts.doors import KEY_OPTIONS, KEYS
from wizard.facts.map_files import named_files
from wizard.facts.passages import may_search, may_write
from wizard.facts.way_model import Passage
from wizard.host.base import Unreadable
from wizard.host.commands import TIMED_OUT
from wizard.model import Kind, Outcome
from wizard.plans import Command
from wizard.probes.process.identity import mail_processes
from wizard.probes.proof import UNDO, Proving
from wizard.probes.queue.entries import OTHERS_WRITE
from wizard.probes.reach import logins as login_proofs
from wizard.probes.reach.account import QUIET
from wizard.probes.reach.safe_file import Evidence, Looking, NotAsked, blocked, shown, tell, unsafe

RESOLVING = ("/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/services")
"What each child reads by itself, through the C library."
PID_FILE = "/var/run/sendmail.pid"
"Sendmail's own default of PidFile."
LISTENS = "00010000"
"Flag of proc(5), /proc/net/unix, of a socket that takes connections."


def prove(p: Proving) -> None:
    """Tell `classes.read`, `files.readable`, `keys.usable`, `status.files`, `pid.file` ..."""
    looking = Looking(p)
    tell(
        looking,
        "classes.read",
        "The daemon reads every class file",
        f"The relay no longer knows for whom it takes mail. {UNDO}",
        _classes,
    )
    tell(
        looking,
        "files.readable",
        "The account can read what names hosts",
        f"Children that cannot look up names deliver nothing. {UNDO}",
        _resolving,
    )
    tell(
        looking,
        "keys.usable",
        "The account can use keys and certificates",
        f"STARTTLS disappears without a word. {UNDO}",
        _keys,
    )
    tell(
        looking,
        "status.files",
        "The account can write statistics, host status and dead letters",
        "Without them mailstats stops counting, and a double bounce is lost for good.",
        _written,
    )
    tell(
        looking,
        "pid.file",
        "The pid file names the master",
        "Scripts that stop or reload the relay reach nobody, or another process.",
        _pid_file,
    )
    _control_socket(looking)
    login_proofs.prove(looking)


def _classes(looking: Looking) -> Evidence:
    """Root reads them, at each start and reload: so root is asked, with the live cf."""
    files = [path for role, path in named_files(looking.cf) if role.startswith("class ")]
    command = Command((looking.p.platform.sendmail, *QUIET, "-bt"))
    done = looking.p.host.probe(command)
    said = done.output.splitlines()
    if done.code == TIMED_OUT:
        raise Unreadable(f"{command} took too long")
    return [line for line in said if "cannot open" in line], files or ["the cf names none"]


def _resolving(looking: Looking) -> Evidence:
    p = looking.p
    switch = looking.cf.option("ServiceSwitchFile", f"{p.platform.mail_dir}/service.switch")
    paths = [path for path in (switch, *RESOLVING) if path.startswith("/")]
    there = [path for path in paths if p.host.state(p.host.resolve(path)).exists]
    bad = []
    for path in there:
        test = Command(("/usr/bin/test", "-r", path), ok_codes=(0, 1))
        if p.host.probe(p.platform.as_account(p.target.uid, p.target.gid, test)).code:
            found = looking.walk(path, "resolving")
            why = unsafe(found, looking.who, looking.rules, allowed="")
            bad += why or [f"{shown(path, found.end)}: {p.target.user} may not read it"]
    return bad, there


def _keys(looking: Looking) -> Evidence:
    """By owner and mode; for the daemon's own key by what a child would offer."""
    if not any(looking.cf.option(name) for name in KEY_OPTIONS):
        raise NotAsked("the cf names no key and no certificate")
    found = doors.gather(looking.p.host, looking.p.platform, looking.cf)
    offered = "STARTTLS" in found.offers
    bad = [
        f"{one.role}: {why}"
        for one in found.keys
        if not (offered and one.role.startswith("Server"))
        for why in _unusable(looking, one)
    ]
    return bad, [f"{one.role}  {one.path}" for one in found.keys]


def _unusable(looking: Looking, key: Passage) -> list[str]:
    """Also what others may read of a private key: then Sendmail does not use it (fact 3)."""
    told = unsafe(key, looking.who, looking.rules)
    end = key.end
    if end.kind is Kind.DIRECTORY and not may_search(end, looking.who.uid, looking.who.gid):
        told.append(f"{shown(key.path, end)}: closed to {looking.who.user}")
    if key.role in KEYS and end.kind is Kind.FILE:
        if end.mode & 0o004:
            told.append(f"{shown(key.path, end)}: World readable file")
        elif end.mode & 0o040 and not looking.rules.allows("GroupReadableKeyFile"):
            told.append(
                f"{shown(key.path, end)}: Group readable file, and DontBlameSendmail has no "
                "GroupReadableKeyFile"
            )
    return told


def _written(looking: Looking) -> Evidence:
    """StatusFile, HostStatusDirectory and DeadLetterDrop, by the mode bits."""
    cf, bad, seen = looking.cf, [], []
    for option in ("StatusFile", "DeadLetterDrop"):
        path = cf.option(option)
        if path.startswith("/"):
            seen.append(f"{option}  {path}")
            bad += [f"{option}: {why}" for why in _not_written(looking, option, path)]
    path = cf.option("HostStatusDirectory")
    if path:
        queue = cf.option("QueueDirectory", "/var/spool/mqueue")
        # Of /var/spool/mqueue/q* Sendmail is at home in /var/spool/mqueue.
        home = dirname(queue) if "*" in basename(queue) else queue
        path = path if path.startswith("/") else f"{home}/{path}"
        seen.append(f"HostStatusDirectory  {path}")
        bad += [f"HostStatusDirectory: {why}" for why in _not_kept(looking, path)]
    return bad, seen or ["the cf names none"]


def _not_written(looking: Looking, option: str, path: str) -> list[str]:
    found, who = looking.walk(path, option), looking.who
    told = blocked(found, who)
    if not found.end.exists:
        if option == "StatusFile":
            return []  # no statistics are wanted where there is none
        above = looking.walk(dirname(path), option).end
        ours = may_write(above, who.uid, who.gid)
        return told + ([] if ours else [f"{path} is not there, and {who.user} cannot make it"])
    if not may_write(found.end, who.uid, who.gid):
        told.append(f"{shown(found.parts[-1][0], found.end)}: {who.user} may not write it")
    return told


def _not_kept(looking: Looking, path: str) -> list[str]:
    found, who = looking.walk(path, "host status"), looking.who
    told = blocked(found, who)
    if found.end.kind is not Kind.DIRECTORY:
        return [*told, f"{path}  no such directory"]
    if not may_write(found.end, who.uid, who.gid):
        told.append(f"{shown(path, found.end)}: {who.user} may not write it")
    elif found.end.mode & OTHERS_WRITE:
        told.append(f"{shown(path, found.end)}: others may write it: Sendmail does not use it")
    return told


def _pid_file(looking: Looking) -> Evidence:
    path = looking.cf.option("PidFile", PID_FILE)
    if "$" in path or not path.startswith("/"):
        raise NotAsked(f"PidFile={path}: where it is depends on macros")
    host = looking.p.host
    words = host.state(host.resolve(path), content=True).text().split()
    masters = {str(x.pid) for x in mail_processes(host) if is_master(x)}
    named = words[0] if words else ""
    if named not in masters:
        told = f"names pid {named}" if named else "is not there, or empty"
        return [f"{path}  {told}; the master is {', '.join(sorted(masters)) or 'not there'}"], []
    return [], [f"{path}  pid {named}"]


def _control_socket(looking: Looking) -> None:
    """Closed since the switch, on purpose: told, never failed."""
    p, title = looking.p, "The control socket answers"
    path = looking.cf.option("ControlSocketName")
    if not path:
        return
    sockets = p.host.state("/proc/net/unix", content=True).text().splitlines()
    if any(x.split()[3:4] == [LISTENS] and x.split()[-1] == path for x in sockets):
        p.prove("control.socket", Outcome.PASS, title, (f"{path}  takes connections",))
        return
    reason = (
        f"{path}  closed since the switch: Sendmail would have to change its owner by name, in a "
        "directory that the account may write, and a child could send `shutdown`. The relay "
        "does its work without it; `ps` and `mailstats` tell what `status` told."
    )
    p.prove("control.socket", Outcome.SKIPPED, f"Unproven: {title}", (reason,))
