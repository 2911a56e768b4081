"""The escape check on the live host: nothing that root reads or runs is the account's to write.

Nothing is excused here. Whoever takes over a child is this account, with its uid and its group
and no other: what it may write on the way to anything that root trusts, it is root by.
"""

from __future__ import annotations

from wizard.facts import queues, trusted
from wizard.facts.held import held, looked_at, said
from wizard.model import Outcome
from wizard.probes.proof import Proving
from wizard.probes.staying import footholds

ID = "account.escape"
TITLE = "Nothing that root reads or runs is the account's to write"
FAILED = "The account could become root again, or act besides Sendmail"
MEANING = (
    "Whoever takes over a child could come back as root, or stay. Leave to root what is named "
    "here, each directory on the way included; let no one else share the account or its group."
)


def prove(p: Proving) -> None:
    """Tell `account.escape`. Raises Unreadable where the cf or the accounts cannot be read."""
    if p.target.uid == 0:
        reason = "sendmail.cf has no RunAsUser that names an account"
        p.prove(ID, Outcome.SKIPPED, f"Unproven: {TITLE}", (reason,))
        return
    cf = p.cf()
    trusts = trusted.gather(p.host, p.platform, cf)
    text = p.host.state(cf.path, content=True).text()
    roots = queues.gather(p.host, cf, text).roots
    account = footholds.Account(p.host, p.target, trusts, roots)
    lines = [said(one, account.known) for one in held(trusts.passages, p.target.uid, p.target.gid)]
    more, unseen = footholds.found(account)
    lines += more
    if lines:
        p.prove(ID, Outcome.FOUND, FAILED, (*lines, *unseen), MEANING)
    elif unseen:
        p.prove(ID, Outcome.UNKNOWN, TITLE, tuple(unseen), MEANING)
    else:
        p.prove(ID, Outcome.PASS, TITLE, _seen(account))


def _seen(account: footholds.Account) -> tuple[str, ...]:
    files, directories = looked_at(account.trusted.passages)
    return (
        f"{files} files and {directories} directories on the way to them: none may be written by "
        f"uid {account.uid} or gid {account.gid}",
        f"{account.user} has no process but Sendmail's, no job, no sudo rule, no login, and its "
        "group to itself",
    )
