"""Who on this host will undo the migration?"""

from __future__ import annotations

from checks.evidence import conclude, counted, shortened, unseen
from wizard.api import Finding, Severity, Subject, Verdict, check, known
from wizard.facts.way_model import Undoer

_ID = "host.undoers"
_WHY = (
    "The children need owner, group and mode as the migration leaves them, and RunAsUser in the "
    "cf. Whatever gives them back to others stops the relay, or makes its children root's again, "
    "days or weeks later, when nobody thinks of this change any more."
)


@check(
    _ID,
    "Who will undo this?",
    rank=60,
    needs=("undoers",),
    severities=(Severity.OVERRIDABLE, Severity.WARNING, Severity.INFO),
    why=_WHY,
    remedy=(
        "Bring the new owner, group, modes and confRUN_AS_USER into whatever keeps these files: "
        "the playbook, the manifest, the script, the tmpfiles.d line."
    ),
)
def host_undoers(subject: Subject) -> Verdict:
    """Debian's Makefile, update_sys and package scripts; cron, timers and hooks with the scripts
    that they name; tmpfiles.d, permissions files, dpkg-statoverride, etckeeper; Ansible, Puppet,
    Chef, CFEngine, Salt.

    What the guard of this migration puts right is told, no more. What nobody puts right is a
    warning; what writes the .mc or the cf itself blocks until it knows of the change.
    """
    undoers = known(subject.facts.undoers)
    guarded = [one for one in undoers.found if one.guarded]
    findings = [_finding(one) for one in undoers.found if not one.guarded]
    findings += [_told(guarded)] if guarded else []
    missing = unseen(_ID, "Some of what could undo this", undoers.unreadable)
    where = f"{counted(len(guarded), 'thing')} that the guard puts right"
    return conclude(
        (*findings, *missing),
        "Nothing on this host undoes the migration",
        "no Makefile, no scripts, no configuration management",
        where=where if len(findings) == bool(guarded) else "",
        unknown=bool(missing),
    )


def _finding(one: Undoer) -> Finding:
    evidence = shortened(one.places, 8)
    if one.rewrites:
        title = f"{one.name} will undo this: it writes the configuration itself"
        remedy = (
            f"Put the change into {one.name} too, or take Sendmail's files out of it, before the "
            "next run; then accept this, saying so:\n"
            "define(`confRUN_AS_USER', `sendmail:sendmail')dnl"
        )
        return Finding(_ID, Severity.OVERRIDABLE, title, evidence, _why(one), remedy)
    title = f"{one.name} may undo this"
    remedy = (
        "See that it gives these files the owner, group and mode that the plan shows, or that it "
        "leaves them alone."
    )
    return Finding(_ID, Severity.WARNING, title, evidence, _why(one), remedy)


def _why(one: Undoer) -> str:
    return f"{one.name}: {one.resets}. {_WHY}"


def _told(guarded: list[Undoer]) -> Finding:
    names = ", ".join(one.name for one in guarded)
    return Finding(
        _ID,
        Severity.INFO,
        f"The guard stands against {names}",
        shortened([line for one in guarded for line in (f"{one.name}: {one.resets}", *one.places)]),
        "These are this platform's own ways. The plan has a guard that puts right what they do "
        "and tells the log; a rollback takes it away again.",
        "Nothing is to be done: look for the step of the guard in the plan.",
    )
