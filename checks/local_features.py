"""LOCAL_USER and bestmx_is_local: features that keep some mail on this host."""

from __future__ import annotations

from checks.evidence import bare_host, conclude, located, mail_hub, shortened
from checks.routing import HERE, Answers, answers, proof
from wizard.api import Finding, Severity, Subject, Verdict, check, known
from wizard.facts.cf_model import Cf

_ID = "relay.local-features"
_STICKY = "R< > $+ < $+ > $#local $: @ $1"
"The rule that only FEATURE(`stickyhost') puts into the cf: no hub, so it is local."
_CIRCLE = (
    "Mail for local names is handed to the hub, which is this host again: it bounces (“mail loops "
    "back to me”), unless another program listens there."
)
_BESTMX = (
    "bestmx_is_local takes mail for every domain whose MX record names this host as if the domain "
    "stood in class w. Which domains these are only the DNS knows, and it may change at any time."
)


@check(
    _ID,
    "Does a feature keep mail here?",
    rank=18,
    needs=("resolutions", "cf", "classes"),
    severities=(Severity.BLOCKER, Severity.OVERRIDABLE),
    why="LOCAL_USER exempts users from MAIL_HUB; bestmx_is_local makes the DNS decide which "
    "domains are local.",
    remedy="Take LOCAL_USER(`user') and FEATURE(`bestmx_is_local') out of sendmail.mc.",
)
def local_features(subject: Subject) -> Verdict:
    """Looks for LOCAL_USER (class L), whose users MAIL_HUB does not apply to, and asks for each.

    FEATURE(`bestmx_is_local') counts unless MAIL_HUB takes all local mail; a MAIL_HUB that is this
    very host takes none. LOCAL_RELAY,
    stickyhost and nullclient show in where unknown users' and accounts' mail goes.
    """
    found = answers(subject, "local users")
    unknown = found.unseen(_ID)
    findings = [_local_users(subject, found)] if found.here else []
    findings += [] if found.hub else _best_mx(subject, found.cf)
    findings += _hub_is_here(found.cf, known(subject.facts.classes).w)
    features = [name for name, used in _features(found.cf) if used]
    summary = ", ".join(features) or "none of them is used"
    title = "No feature keeps mail here"
    return conclude([*findings, *unknown], title, summary, unknown=bool(unknown))


def _features(cf: Cf) -> list[tuple[str, bool]]:
    sticky = any(" ".join(rule.text.split()) == _STICKY for rule in cf.rules)
    return [
        ("MAIL_HUB", bool(cf.macros.get("H"))),
        ("LOCAL_RELAY", bool(cf.macros.get("R"))),
        ("LUSER_RELAY", bool(cf.macros.get("L"))),
        ("LOCAL_USER", bool(cf.classes.get("L"))),
        ("stickyhost", sticky),
        ("bestmx_is_local", bool(_best_mx_rules(cf))),
    ]


def _local_users(subject: Subject, found: Answers) -> Finding:
    names = list(dict.fromkeys(one.address for one in found.here))
    title = f"LOCAL_USER keeps mail for {names[0]} here"
    if len(names) > 1:
        title = f"LOCAL_USER keeps mail for {len(names):,} users here"
    places = [f"{found.cf.place('CL')}  $=L {name}" for name in names]
    evidence = shortened([*places, *proof(found.cf, found.here)])
    remedy = (
        f"Take LOCAL_USER(`{names[0]}') out of sendmail.mc, rebuild the cf and restart; an alias "
        f"does it too: {names[0]}: {names[0]}@{mail_hub(subject)}"
    )
    return Finding(_ID, Severity.BLOCKER, title, evidence, HERE, remedy)


def _best_mx_rules(cf: Cf) -> list[tuple[int, str]]:
    maps = {one.name for one in cf.maps if one.type == "bestmx"}
    return [(rule.line, rule.text) for rule in cf.rules if maps.intersection(rule.maps)]


def _best_mx(subject: Subject, cf: Cf) -> list[Finding]:
    """bestmx_is_local, where MAIL_HUB does not take what it makes local."""
    rules = _best_mx_rules(cf)
    if not rules:
        return []
    hub = bare_host(mail_hub(subject))
    remedy = (
        "Take FEATURE(`bestmx_is_local') out of sendmail.mc and relay each such domain: "
        f"`example.com\tesmtp:[{hub}]` in the mailertable, `example.com` in relay-domains. Or let "
        f"define(`MAIL_HUB', `esmtp:[{hub}]')dnl take it."
    )
    evidence = shortened([located(cf.path, line, text) for line, text in rules])
    title = "The DNS decides which domains are local"
    return [Finding(_ID, Severity.OVERRIDABLE, title, evidence, _BESTMX, remedy)]


def _hub_is_here(cf: Cf, names: tuple[str, ...]) -> list[Finding]:
    """MAIL_HUB that leads back: local mail would go round in a circle until it bounces."""
    hub = bare_host(cf.macros.get("H", "")).lower()
    if not hub or not {hub, f"[{hub}]"} & {name.lower() for name in names}:
        return []
    evidence = (f"{cf.place('DH')}  DH{cf.macros['H']}", f"$=w  {hub}")
    remedy = "define(`MAIL_HUB', `esmtp:[HOST]')dnl with the host that has the mailboxes."
    title = "MAIL_HUB is this very host"
    return [Finding(_ID, Severity.OVERRIDABLE, title, evidence, _CIRCLE, remedy)]
