"""Class w: the names for which this host takes mail as its own."""

from __future__ import annotations

from checks.evidence import bare_host, conclude, counted, mail_hub, shortened, unseen
from checks.routing import HERE, Answers, answers, goes_to, said
from wizard.api import Finding, Severity, Subject, Verdict, check, known
from wizard.facts.mail_model import Resolution

_ID = "relay.class-w"
_RUN_TIME = "$=w"
"The place of a name that Sendmail found itself: the host's own; what a person wrote comes first."
_WHY = (
    "A name in class w is this host itself: its mail goes to an alias, a mailbox, or nobody. "
    f"{HERE} The article's recipe is for a machine that is “always just forwarding email”."
)
_REMEDY = (
    "If {name} is a mail domain, take it out of {place} and relay it: `{name}  esmtp:[{hub}]` in "
    "mailertable and `{name}` in relay-domains. If it is this host's own name, send local mail "
    "away, rebuild the cf and restart: define(`MAIL_HUB', `esmtp:[{hub}]')dnl."
)
_OWN = (
    "Names of this host itself belong there. Send root, for which most such mail is, to a person "
    "elsewhere with an alias; or send all local mail away, rebuild the cf and restart:\n"
    "define(`MAIL_HUB', `esmtp:[{hub}]')dnl"
)


@check(
    _ID,
    "For which names is mail local?",
    rank=15,
    needs=("classes", "resolutions", "cf"),
    severities=(Severity.BLOCKER,),
    why=_WHY,
    remedy="Relay the domain instead of keeping it, or send all local mail to MAIL_HUB.",
)
def class_w(subject: Subject) -> Verdict:
    """Class w ($=w) holds the names and addresses that Sendmail takes for this host.

    Every host has its own name, localhost and its interface addresses there; local-host-names and
    Cw lines add further ones. For each name `sendmail -bv` tells where mail for root and for
    somebody unknown goes. A name is fine where both leave this host or are refused. What
    domaintable turns into such a name is asked for too.
    """
    names = known(subject.facts.classes).w
    found = answers(subject, "class w", "domaintable")
    findings = [_delivered(subject, found)] if found.here else []
    unasked = _unasked(names, found)
    unknown = (*found.unseen(_ID), *unseen(_ID, "Some names", unasked))
    return conclude(
        [*findings, *unknown],
        "No mail for a name of class w stays here",
        f"{counted(len(names), 'name')}: mail goes {goes_to(found.all)}"
        + (" or is refused" if found.refused else ""),
        unknown=bool(unknown),
    )


def _unasked(names: tuple[str, ...], found: Answers) -> list[str]:
    """Names of which nothing is known: neither asked for nor told as left out."""
    asked = {one.address.rpartition("@")[2] for one in found.all}
    missing = [f"{_RUN_TIME}  {name}" for name in names if name not in asked]
    return [] if found.left else missing


def _delivered(subject: Subject, found: Answers) -> Finding:
    here = sorted(found.here, key=_own)
    names = list(dict.fromkeys(one.address.rpartition("@")[2] for one in here))
    places = {one.address.rpartition("@")[2]: one.place or _RUN_TIME for one in here}
    first = names[0]
    title = f"Mail for {first} is delivered here"
    if len(names) > 1:
        title = f"Mail for {len(names):,} names is delivered here"
    evidence = []
    for one in here:
        name = one.address.rpartition("@")[2]
        evidence += [f"{places[name]}  {name}", said(found.cf, one)]
    place = places[first].rpartition(":")[0] or "class w"
    hub = bare_host(mail_hub(subject))
    remedy = _OWN if _own(here[0]) else _REMEDY
    return Finding(
        *(_ID, Severity.BLOCKER, title, shortened(list(dict.fromkeys(evidence))), _WHY),
        remedy.format(name=first, place=place, hub=hub),
    )


def _own(one: Resolution) -> bool:
    """Whether the name is this host's by itself; what a person wrote is no such name."""
    name = one.address.rpartition("@")[2]
    return one.place in ("", _RUN_TIME) or name.startswith(("localhost", "["))
