"""Mailers that deliver on this host, and whether a rule of the cf hands mail to one."""

from __future__ import annotations

from checks.evidence import conclude, counted, located, shortened
from checks.routing import HERE, answers, local_copies, said
from wizard.api import Finding, Severity, Subject, Verdict, check, known
from wizard.facts.cf_model import Cf, CfRule

_ID = "relay.mailers"
_BUILT_IN = ("prog", "*file*", "*include*")
"Reached by aliases, .forward and :include: only, which have checks of their own."
_KINDS = (
    *("system", "double bounces", "postmaster copy", "unknown user", "local users"),
    *("accounts", "class w", "mailertable", "virtuser", "domaintable"),
)
_RELAYS = {
    **{"S": "SMART_HOST", "B": "BITNET_RELAY", "C": "DECNET_RELAY", "F": "FAX_RELAY"},
    **{"Y": "UUCP_RELAY", "V": "UUCP_RELAY", "W": "UUCP_RELAY", "X": "UUCP_RELAY"},
}
"What the .mc calls the macros that name a mailer and a host."
STOCK = frozenset(
    (
        "R<@> $#local $: <@>",
        "R$=L < @ $=w . > $#local $: @ $1",
        "R$+ < @ $=w . > $#local $: $1",
        "R$=L $#local $: @ $1",
        "R$+ $#local $: $1",
        "R$+ + * $#local $@ $&h $: $1",
        "R$+ + $* $#local $@ + $2 $: $1 + *",
        "R< > < $+ > + $* $#local $@ $2 $: @ $1",
        "R< > $* < @ $* > $* $#local $@ $1@$2 $: $1",
        "R< > $+ $#local $@ $1 $: $1",
        "R< $+ > $* <@ $* > $* $#local $@ $2@$3 $: $1",
        "R< $+ > $* $#local $@ $2 $: $1",
        "R< > $+ + $* < $+ > $#local $: $1 + $2",
        "R< > $+ < $+ > $#local $: @ $1",
        "R< local : $* > $* $: $>MailerToTriple < local : $1 > $2",
    )
)
"Rules of proto.m4 that hand local names to the local mailer: what they do, -bv tells."


@check(
    _ID,
    "Can mail reach another mailer that delivers here?",
    rank=33,
    needs=("resolutions", "cf"),
    severities=(Severity.BLOCKER, Severity.OVERRIDABLE),
    why="Mailers such as procmail, cyrus, uucp or fax deliver by a program or a socket of this "
    "host. Defined is not used: what counts is whether a rule, a table or an answer names one.",
    remedy="Take the MAILER() line and the rule out of sendmail.mc and rebuild the cf.",
)
def mailers(subject: Subject) -> Verdict:
    """Lists the cf's mailers that deliver here: flag l, a program, or LMTP to a socket.

    For each but the local mailer itself: does a routing rule name it that is not one of
    Sendmail's own for local names, such as one under LOCAL_RULE_0? Does SMART_HOST, BITNET_RELAY or
    another macro that a rule takes a mailer from? Does one of Sendmail's answers lead to it? A
    mailer that nothing names is no use of local delivery.
    """
    cf = known(subject.facts.cf)
    known(subject.facts.resolutions)
    own = [rule for rule in cf.rules if _hands_over(cf, rule)]
    findings = [_rules(cf, own)] if own else []
    findings += _by_macro(subject, cf)
    findings += _reached(subject, cf)
    here = [name for name in cf.local_mailers if not name.startswith("*")]
    summary = f"{counted(len(here), 'mailer')} that deliver here: {', '.join(here)}"
    return conclude(findings, "No rule hands mail to another local mailer", summary)


def _hands_over(cf: Cf, rule: CfRule) -> bool:
    """Whether it names a mailer that delivers here, in another way than the stock rules do."""
    named = [name for name in rule.mailers if name in cf.local_mailers]
    text = " ".join(rule.text.split())
    return bool(named) and text.replace(f"$#{named[0]}", "$#local") not in STOCK


def _default_mailer(cf: Cf) -> str:
    """confLOCAL_MAILER: the mailer that the stock rules name."""
    stock = "R$+ $#{} $: $1"
    texts = {" ".join(rule.text.split()) for rule in cf.rules}
    return next((name for name in cf.local_mailers if stock.format(name) in texts), "local")


def _rules(cf: Cf, own: list[CfRule]) -> Finding:
    names = list(dict.fromkeys(n for rule in own for n in rule.mailers if n in cf.local_mailers))
    title = f"A rule of the cf hands mail to {names[0]}"
    if len(own) > 1:
        title = f"{len(own):,} rules of the cf hand mail to {', '.join(names)}"
    mailers = [f"{cf.path}:{m.line}  M{m.name}, P={m.path}" for m in cf.mailers if m.name in names]
    evidence = shortened([*(located(cf.path, rule.line, rule.text) for rule in own), *mailers])
    why = (
        "Which addresses the rule matches cannot be listed, so this cannot be decided by asking. "
        "What it hands over is delivered on this host."
    )
    remedy = (
        f"Take the rule out of sendmail.mc (LOCAL_RULE_0, or MAILER(`{names[0].partition('-')[0]}')"
        ") and rebuild the cf. Accept it only if you know that no mail matches it, and say why."
    )
    return Finding(_ID, Severity.OVERRIDABLE, title, evidence, why, remedy)


def _by_macro(subject: Subject, cf: Cf) -> list[Finding]:
    """Rules that take the mailer from a macro: SMART_HOST (DS), BITNET_RELAY, UUCP_RELAY ..."""
    to_hub = {"local"} if answers(subject, "unknown user").hub else set()  # by ruleset 5
    here = {name.lower() for name in cf.local_mailers} - to_hub
    findings: dict[str, Finding] = {}
    for rule in cf.rules:
        for macro in (name for name in rule.mailers if name.startswith("$")):
            value = cf.macros.get(macro.lstrip("$&").strip("{}"), "").strip()
            mailer = value.partition(":")[0].strip().lower()
            set_later = "$" in value or (not value and "&" in macro)
            if mailer in here or set_later:
                findings.setdefault(macro, _macro(cf, rule, macro, "" if set_later else value))
    return list(findings.values())


def _macro(cf: Cf, rule: CfRule, macro: str, value: str) -> Finding:
    """A macro whose value is a mailer of this host; one that is set while mail goes through."""
    name = macro.lstrip("$&").strip("{}")
    named = _RELAYS.get(name, f"The macro {name}")
    evidence = [located(cf.path, rule.line, rule.text)]
    if not value:
        why = "Which mailer it holds when mail comes cannot be told from the cf."
        remedy = "Name the mailer in the rule itself, or accept it with a reason."
        title = f"{named} chooses the mailer"
        return Finding(_ID, Severity.OVERRIDABLE, title, tuple(evidence), why, remedy)
    title = f"{named} hands mail to {value.partition(':')[0]}"
    why = "Mail that this rule matches is delivered by a mailer of this host, and that takes root."
    remedy = f"In sendmail.mc: define {named} as `esmtp:[HOST]', rebuild the cf and restart."
    evidence = [f"{cf.place(f'D{name}')}  D{name} {value}", *evidence]
    return Finding(_ID, Severity.BLOCKER, title, tuple(evidence), why, remedy)


def _reached(subject: Subject, cf: Cf) -> list[Finding]:
    """Answers that lead to a mailer of its own kind; the local mailer has checks of its own."""
    others = {*cf.local_mailers} - {_default_mailer(cf), "local", *_BUILT_IN}
    found = [
        one
        for one in answers(subject, *_KINDS).here
        if any(to.mailer in others for to in local_copies(cf, one))
    ]
    if not found:
        return []
    names = {to.mailer for one in found for to in one.destinations if to.mailer in others}
    title = f"Mail reaches the mailer {sorted(names)[0]}"
    evidence = shortened([said(cf, one) for one in found])
    remedy = "Route these addresses to the mail hub: see where each comes from in its own check."
    return [Finding(_ID, Severity.BLOCKER, title, evidence, HERE, remedy)]
