"""Whether clients can still log in: SMTP AUTH is offered as before even where nobody can.

What a child asks then is tried as the account, by the kernel's own word. No password is needed.
"""

from __future__ import annotations

from wizard.facts import logins
from wizard.facts.way_model import Passage
from wizard.model import Outcome
from wizard.plans import Command
from wizard.probes.proof import UNDO, Proving
from wizard.probes.reach.safe_file import Evidence, Looking, blocked, shown, tell

ID = "logins.work"
TITLE = "Clients can log in: the account reaches what checks their passwords"
MEANING = (
    "Every client that has to authenticate is answered 535, whatever its password. Open the way, "
    f"as needs.logins of `stepdown check` says. {UNDO}"
)
ACCEPTED = "needs.logins"
"The check whose finding an admin may accept: nobody logs in to Sendmail here."


def prove(looking: Looking) -> None:
    """Tell `logins.work`, where SMTP AUTH is in use at all."""
    p = looking.p
    if p.target.uid == 0 or not _in_use(p):
        return
    if reason := p.target.accepted.get(ACCEPTED):
        p.prove(ID, Outcome.SKIPPED, f"Unproven: {TITLE}", (f"accepted: {reason}",))
        return
    tell(looking, ID, TITLE, MEANING, _reached)


def _in_use(p: Proving) -> bool:
    doors = p.target.baseline.doors if p.target.baseline else ()
    offered = any(word.startswith("AUTH ") for door in doors for word in door.offered + door.inside)
    return offered or logins.wanted(p.host, p.cf())


def _reached(looking: Looking) -> Evidence:
    found = logins.gather(looking.p.host, looking.cf)
    bad = [line for one in found for line in _closed(looking, one)]
    return bad, [f"{one.role}  {one.path}" for one in found] or ["nothing in the file system"]


def _closed(looking: Looking, one: Passage) -> list[str]:
    p, who = looking.p, looking.who
    letter = "-w" if one.role == logins.SOCKET else "-r"
    test = Command(("/usr/bin/test", letter, one.path), ok_codes=(0, 1))
    if not p.host.probe(p.platform.as_account(who.uid, who.gid, test)).code:
        return []
    may = "write" if letter == "-w" else "read"
    on_the_way = blocked(one, who)
    told = on_the_way or [f"{shown(one.parts[-1][0], one.end)}: {who.user} may not {may} it"]
    return [f"{one.role}: {line}" for line in told]
