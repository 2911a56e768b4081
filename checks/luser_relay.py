"""LUSER_RELAY and its like: where mail for somebody unknown goes."""

from __future__ import annotations

from checks.evidence import bare_host, conclude, mail_hub, shortened
from checks.routing import HERE, answers, goes_to, proof
from wizard.api import Finding, Severity, Subject, Verdict, check

_ID = "relay.luser-relay"


@check(
    _ID,
    "Is mail for unknown users delivered here?",
    rank=17,
    needs=("resolutions", "cf"),
    severities=(Severity.BLOCKER,),
    why="LUSER_RELAY with `local:`, or a local mailer that knows its own users such as Cyrus, "
    "takes mail for every name there is.",
    remedy="define(`LUSER_RELAY', `error:5.1.1:550 User unknown')dnl, or MAIL_HUB.",
)
def luser_relay(subject: Subject) -> Verdict:
    """Asks `sendmail -bv` for a user that no host has, with and without a +detail.

    On a relay such mail is refused, or handed to MAIL_HUB or LUSER_RELAY on another host.
    """
    found = answers(subject, "unknown user")
    unknown = found.unseen(_ID)
    findings = []
    if found.here:
        cf, relay = found.cf, found.cf.macros.get("L", "")
        hub = bare_host(mail_hub(subject))
        setting = [f"{cf.place('DL')}  DL{relay}"] if relay else []
        instead = f"define(`{'LUSER_RELAY' if relay else 'MAIL_HUB'}', `esmtp:[{hub}]')dnl"
        findings.append(
            Finding(
                _ID,
                Severity.BLOCKER,
                "Mail for unknown users is delivered here",
                shortened([*setting, *proof(cf, found.here)]),
                HERE,
                f"In sendmail.mc: {instead}, rebuild the cf and restart.",
            )
        )
    title = "Mail for unknown users is refused"
    if any(one.destinations for one in found.all):
        title = "Mail for unknown users leaves this host"
    summary = f"goes {goes_to(found.all)}" if "leaves" in title else "User unknown"
    return conclude([*findings, *unknown], title, summary, unknown=bool(unknown))
