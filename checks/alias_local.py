"""Aliases that end in a name of this host."""

from __future__ import annotations

from checks.alias_targets import summary_of
from checks.evidence import SHOW_STOPPER, conclude, mail_hub, shortened, unseen
from wizard.api import Finding, Severity, Subject, Unknown, Verdict, check, known
from wizard.facts.mail_model import AliasEnd

_ID = "relay.alias-local"
_LOCAL = ("local", "prog", "*file*", "*include*")
_WHY = (
    "Mail for such an alias goes into a mailbox on this host, which takes root: after the switch "
    f"it would stay in the queue and come back. {SHOW_STOPPER}"
)


@check(
    _ID,
    "Does an alias end on this host?",
    rank=23,
    needs=("aliases",),
    uses=("cf", "classes"),
    severities=(Severity.BLOCKER, Severity.WARNING),
    why="An alias that ends in an account of this host fills a mailbox here, which takes root.",
    remedy="Send root, in which most of them end, to a person elsewhere, "
    "`root: admin@hub.example.net`, or name a MAIL_HUB in the .mc; then run newaliases.",
)
def alias_local(subject: Subject) -> Verdict:
    """Each chain of aliases is followed; a name of this host at its end is put to `sendmail -bv`.

    Stock files lead all names to root: where root leads elsewhere, or MAIL_HUB takes mail for
    names of this host, nothing stays here. Backslashed names and aliases to themselves count.
    """
    aliases = known(subject.facts.aliases)
    cf = subject.facts.cf
    local = _LOCAL if isinstance(cf, Unknown) else cf.local_mailers
    findings = list(unseen(_ID, "Part of the aliases", (*aliases.unreadable, *aliases.unasked)))
    if (more := sum(file.left_out for file in aliases.files)) and not _hub_takes_all(subject):
        findings += unseen(_ID, "Part of the aliases", (f"{more:,} aliases more than are kept",))
    unknown = bool(findings)
    here = [end for end in aliases.ends if any(d.mailer in local for d in end.destinations)]
    nowhere = [e for e in aliases.ends if not e.destinations and "loop broken" not in e.says]
    if here:
        findings.append(_stays(subject, here))
    if nowhere:
        findings.append(_nobody(nowhere))
    summary = summary_of(aliases)
    if aliases.ends and not findings:
        summary += f"; {aliases.ends[0].says}"
    return conclude(findings, "No alias ends on this host", summary, unknown=unknown)


def _hub_takes_all(subject: Subject) -> bool:
    """Whether no name at all stays here: MAIL_HUB, and no LOCAL_USER."""
    cf, classes = subject.facts.cf, subject.facts.classes
    if isinstance(cf, Unknown) or isinstance(classes, Unknown):
        return False
    return bool(cf.macros.get("H")) and not classes.l


def _told(end: AliasEnd) -> str:
    return f"{end.place}  {' -> '.join(end.chain)}: {end.says}"


def _stays(subject: Subject, here: list[AliasEnd]) -> Finding:
    names = list(dict.fromkeys(end.chain[-1].lstrip("\\") for end in here))
    hub = mail_hub(subject)
    lines = "\n".join(f"{name}: {name}@{hub}" for name in names[:5])
    return Finding(
        _ID,
        Severity.BLOCKER,
        f"An alias ends in {names[0]} on this host"
        if len(here) == 1
        else f"{len(here):,} aliases end on this host",
        shortened([_told(end) for end in here]),
        _WHY,
        f"Lead them to the mail hub, then run newaliases:\n{lines}\n"
        f"Or let the hub take mail for every name: define(`MAIL_HUB', `{hub}')dnl in the .mc.",
    )


def _nobody(nowhere: list[AliasEnd]) -> Finding:
    first = nowhere[0].chain[-1]
    return Finding(
        _ID,
        Severity.WARNING,
        "An alias leads to nobody",
        shortened([_told(end) for end in nowhere]),
        "Sendmail refuses the name in which it ends, so mail for the alias comes back: nothing "
        "is delivered here, and nothing arrives anywhere else.",
        f"Lead {first} somewhere, or delete the alias, then run newaliases.",
    )
