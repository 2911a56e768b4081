"""What else the children write: statistics, host status, and mail that nobody else would take.

The article does not name these. Without them a double bounce is lost for good (`savemail panic`),
mailstats stops counting and host status is off, all without the relay failing its proof (fact 3).
"""

from __future__ import annotations

from posixpath import dirname

from wizard.facts.cf_model import Cf
from wizard.facts.model import Unknown
from wizard.model import FileState, Kind
from wizard.plans import Expected, Op, SetMetaTree, WriteFile
from wizard.steps.base import Planned, Planning, StepDefinition, change_meta, meta_of

SHARED_FILE = 0o660
"Of a file that root owns and the children write."


def _runtime_files(p: Planning) -> Planned | None:
    cf = p.facts.cf
    if isinstance(cf, Unknown):
        return None
    ops = [op for op in (_dead_letter(p, cf), _statistics(p, cf), _host_status(p, cf)) if op]
    return Planned(tuple(ops)) if ops else None


def _dead_letter(p: Planning, cf: Cf) -> Op | None:
    path = cf.option("DeadLetterDrop")
    if not path.startswith("/"):
        return None
    path = p.host.resolve(path)
    now = p.host.state(path, content=False)
    note = "mail that can neither be delivered nor bounced is saved here, or lost"
    if now.exists:
        return _shared(p, path, now, note)
    if not p.host.state(dirname(path)).exists:
        return None
    return WriteFile(path, b"", 0, p.account.gid, SHARED_FILE, Expected(Kind.ABSENT), note=note)


def _statistics(p: Planning, cf: Cf) -> Op | None:
    path = cf.option("StatusFile")
    if not path.startswith("/"):
        return None
    path = p.host.resolve(path)
    now = p.host.state(path)
    return _shared(p, path, now, "mailstats counts here") if now.exists else None


def _shared(p: Planning, path: str, now: FileState, note: str) -> Op | None:
    if now.kind is not Kind.FILE or now.nlink != 1:
        return None
    return change_meta(path, now, uid=0, gid=p.account.gid, mode=SHARED_FILE, note=note)


def _host_status(p: Planning, cf: Cf) -> Op | None:
    path = cf.option("HostStatusDirectory")
    if not path.startswith("/"):
        return None  # below the queue, and the account's with it
    path = p.host.resolve(path)
    now = p.host.state(path)
    if now.kind is not Kind.DIRECTORY:
        return None
    if (now.uid, now.gid, now.mode & 0o777) == (p.account.uid, p.account.gid, 0o700):
        return None
    note = "the children keep what they learn of other hosts here"
    return SetMetaTree(path, p.account.uid, p.account.gid, 0o700, meta_of(now), note)


FILES = StepDefinition(
    id="runtime-files",
    title="statistics, host status and dead letters",
    why="The children write these too. A double bounce that can be saved nowhere is lost.",
    recipe="",
    stage="before",
    plan=_runtime_files,
    after=("account-group",),
)
