"""Who runs: the master as root, queue runners and delivery children as the account, the MSP's."""

from __future__ import annotations

from wizard.model import Outcome
from wizard.probes.identity import mail_processes
from wizard.probes.proof import Proving


def prove(p: Proving) -> None:
    """Tell `master.root`."""
    masters = [one for one in mail_processes(p.host) if "accepting connections" in one.title]
    rooted = [one for one in masters if one.uids[1] == 0]
    told = tuple(f"{one.user} {one.pid} {one.title}" for one in masters) or ("no master was found",)
    p.prove(
        "master.root",
        Outcome.PASS if rooted and len(rooted) == len(masters) else Outcome.FOUND,
        "The master is root, as the article expects",
        told,
        "Only root can bind port 25 and fork children that step down.",
    )
