"""Does Sendmail step down here already, wholly or half?"""

from __future__ import annotations

import re

from checks.evidence import conclude, located
from wizard.api import Finding, Severity, Subject, Unknown, Verdict, check, known
from wizard.facts.cf_model import Cf
from wizard.facts.model import Config, Queues

_ID = "host.migrated"
_DEFINE = re.compile(r"^(?!\s*dnl\b).*\bconfRUN_AS_USER\b")
_ACTIVE = re.compile(r"^O\s*RunAsUser\b")
_NO_USER = ("", "root", "0")


@check(
    _ID,
    "Has this host been migrated before?",
    rank=40,
    needs=("cf", "config", "queues", "accounts"),
    severities=(Severity.BLOCKER, Severity.OVERRIDABLE, Severity.WARNING),
    why=(
        "A second migration on top of the first would record the migrated state as the "
        "one to return to; a half-way state may fail at the next restart or rebuild."
    ),
    remedy=(
        "`stepdown verify` proves what is in place. To start over, undo the earlier "
        "migration; give a queue that was left with the account back to its former owner."
    ),
)
def host_migrated(subject: Subject) -> Verdict:
    """A host that runs its SMTP children unprivileged already has nothing to migrate.

    A half-way state is worse than either end: a queue that belongs to the account while Sendmail
    still runs as root, or a .mc that says one thing and a cf that says another.
    """
    cf = known(subject.facts.cf)
    run_as = cf.option("RunAsUser").strip()
    if subject.choices.purpose != "migrate":
        told = f"RunAsUser={run_as}" if run_as else "no RunAsUser in sendmail.cf yet"
        return Verdict("What was begun here is known, and this plan goes on from it", told)
    if re.split(r"[:.]", run_as)[0] not in _NO_USER:
        return conclude([_already(cf, _place(subject), run_as)], "")
    findings = [
        *_define_not_built(known(subject.facts.config)),
        *_queue_taken(subject, known(subject.facts.queues)),
    ]
    return conclude(findings, "This host has not been migrated", "no RunAsUser in sendmail.cf")


def _place(subject: Subject) -> int:
    """The line of the active RunAsUser; 0 where the text is not known."""
    config = subject.facts.config
    lines = [] if isinstance(config, Unknown) else config.cf.text().splitlines()
    return max((n for n, line in enumerate(lines, 1) if _ACTIVE.match(line)), default=0)


def _already(cf: Cf, line: int, run_as: str) -> Finding:
    text = f"O RunAsUser={run_as}"
    return Finding(
        _ID,
        Severity.BLOCKER,
        "Sendmail steps down here already",
        (located(cf.path, line, text) if line else f"{cf.path}  {text}",),
        "The cf has its children run unprivileged. A second migration on top of it would record "
        "this state as the one to return to.",
        "`stepdown verify` proves whether it works. To start over, undo it first: "
        "`stepdown rollback`, or by hand what was done by hand.",
    )


def _define_not_built(config: Config) -> list[Finding]:
    """The .mc asks for RunAsUser, yet the cf was not built from it."""
    lines = enumerate(config.mc.text().splitlines(), 1)
    defined = tuple(
        located(config.mc_path, number, line.strip())
        for number, line in lines
        if _DEFINE.match(line)
    )
    if not defined:
        return []
    finding = Finding(
        _ID,
        Severity.WARNING,
        "The .mc defines confRUN_AS_USER, the cf lacks it",
        defined,
        "Somebody began this and did not build the cf, or the define has no effect. The next "
        "rebuild may switch the relay half-way: new identity, old permissions.",
        "Take the line out, or let this migration finish the work: its own define comes last "
        "and wins.",
    )
    return [finding]


def _queue_taken(subject: Subject, queues: Queues) -> list[Finding]:
    """A queue belongs to the account, yet nobody runs as it."""
    user = known(subject.facts.accounts).user(subject.choices.user)
    if user is None or user.uid == 0:
        return []
    taken = tuple(
        f"{directory.path}  owned by {user.name} ({user.uid}), mode {directory.state.mode:04o}"
        for directory in queues.directories
        if directory.state.uid == user.uid
    )
    if not taken:
        return []
    finding = Finding(
        _ID,
        Severity.OVERRIDABLE,
        f"The queue belongs to {user.name} already",
        taken,
        "An earlier migration was not finished, or not wholly undone. Root's sendmail may fail "
        "in such a queue (421 collect: Cannot write), and undoing would bring this state back.",
        "Give the queue back to its former owner and re-check; or accept, if this is how it "
        "should look after an undo.",
    )
    return [finding]
