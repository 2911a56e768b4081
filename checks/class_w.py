"""Class w: the names for which this host takes mail as its own."""

from __future__ import annotations

import re

from checks.evidence import bare_host, conclude, counted, shortened
from wizard.api import Finding, Severity, Subject, Unknown, Verdict, check, known

_ID = "relay.class-w"
_ADDRESS = re.compile(r"\[.*\]|[0-9.]+|[0-9a-fA-F]*:[0-9a-fA-F:.]+")
_LOOPBACK = ("localhost", "localhost4", "localhost6", "ip6-localhost", "ip6-loopback")
_LOCAL_DOMAINS = ("localdomain", "localdomain4", "localdomain6", "local")
_WHY = (
    "Mail for a name in class w is delivered here: to an alias, a mailbox or nobody. The host's "
    "own names are always in it; a mail domain in it means that its mailboxes are on this host, "
    "and the article's recipe is for a machine that is “always just forwarding email”."
)


@check(
    _ID,
    "For which names is mail local?",
    rank=15,
    needs=("classes",),
    uses=("cf",),
    severities=(Severity.OVERRIDABLE,),
)
def class_w(subject: Subject) -> Verdict:
    """Class w ($=w) holds the names and addresses for which Sendmail keeps mail on this host.

    Every host has its own name, localhost and its interface addresses there. Any further name,
    from local-host-names or a Cw line, may be one more name of this host, or a domain whose mail
    ends here. Only you know which, so it must be accepted with a reason.
    """
    names = known(subject.facts.classes).w
    own = _own_names(subject)
    further = [name for name in names if not _is_own(name, own)]
    hub = _local_mail_goes_to(subject)
    findings = [_further(further, hub)] if further else []
    title = "Only the host's own names are local"
    return conclude(findings, title, f"{counted(len(names), 'name')} in class w")


def _own_names(subject: Subject) -> set[str]:
    """The host's names, full and short: its own, and what the cf calls it (macros j and w)."""
    names = {subject.identity.host}
    if not isinstance(subject.facts.cf, Unknown):
        names |= {subject.facts.cf.macros.get(macro, "") for macro in "jw"}
    names = {name.lower() for name in names if name and "$" not in name}
    return names | {name.partition(".")[0] for name in names}


def _is_own(name: str, own: set[str]) -> bool:
    """Whether it is an address, localhost, or one of the host's names."""
    label, _, domain = name.lower().partition(".")
    loopback = label in _LOOPBACK and domain in ("", *_LOCAL_DOMAINS)
    here = name.lower() in own or (label in own and domain in _LOCAL_DOMAINS)
    return bool(_ADDRESS.fullmatch(name)) or loopback or here


def _local_mail_goes_to(subject: Subject) -> str:
    """MAIL_HUB's host, to which all local mail is passed on; empty where there is none."""
    cf = subject.facts.cf
    return "" if isinstance(cf, Unknown) else bare_host(cf.macros.get("H", ""))


def _further(names: list[str], hub: str) -> Finding:
    title = "One more name is local" if len(names) == 1 else f"{len(names):,} more names are local"
    why = _WHY
    if hub:
        why += f" MAIL_HUB passes such mail on to {hub}, yet only after aliases here had their say."
    remedy = (
        "If it is a mail domain, take it out of local-host-names and relay it: "
        f"`{names[0]}  esmtp:[{hub or 'your.mail.hub'}]` in mailertable and `{names[0]}` in "
        "relay-domains. If it is another name of this host, accept this and say so."
    )
    evidence = shortened([f"$=w  {name}" for name in names])
    return Finding(_ID, Severity.OVERRIDABLE, title, evidence, why, remedy)
