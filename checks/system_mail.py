"""Mail for root, postmaster and MAILER-DAEMON: every host gets some."""

from __future__ import annotations

from checks.evidence import conclude, mail_hub, shortened
from checks.routing import HERE, Answers, answers, goes_to, proof
from wizard.api import Finding, Severity, Subject, Verdict, check

_ID = "relay.system-mail"
_NOTE = (
    "Cron, logwatch and their like write to root through the MSP, which hands their mail to this "
    "very Sendmail; bounces go to postmaster. A relay gets it even if nobody meant it to."
)
_REFUSED = (
    "postmaster must take mail wherever SMTP is spoken (RFC 5321, 4.5.1), and what is sent to root "
    "from this host bounces to root: in the end such mail is lost."
)


@check(
    _ID,
    "Where does mail for root and postmaster go?",
    rank=12,
    needs=("resolutions", "cf"),
    severities=(Severity.BLOCKER, Severity.WARNING),
    why=_NOTE,
    remedy="An alias for root that points off-host, and postmaster and mailer-daemon to root.",
)
def system_mail(subject: Subject) -> Verdict:
    """Asks `sendmail -bv` for root, postmaster, MAILER-DAEMON and root at this host's full name.

    All of them have to leave this host, aliases and MAIL_HUB included. Where one of them is
    refused, such mail is lost, which is told as a warning.
    """
    found = answers(subject, "system")
    unknown = found.unseen(_ID)
    findings = []
    if found.here:
        findings.append(_delivered(subject, found))
    if found.refused:
        findings.append(_refused(subject, found))
    title = "Mail for root and postmaster leaves this host"
    summary = f"root, postmaster and MAILER-DAEMON: {goes_to(found.all)}"
    return conclude([*findings, *unknown], title, summary, unknown=bool(unknown))


def _aliases(subject: Subject) -> str:
    hub = mail_hub(subject)
    return (
        "In the alias file, then newaliases:\n"
        f"mailer-daemon: postmaster\npostmaster: root\nroot: postmaster@{hub}"
    )


def _delivered(subject: Subject, found: Answers) -> Finding:
    title = f"Mail for {found.here[0].address} is delivered here"
    evidence = shortened(proof(found.cf, found.here))
    return Finding(_ID, Severity.BLOCKER, title, evidence, f"{_NOTE} {HERE}", _aliases(subject))


def _refused(subject: Subject, found: Answers) -> Finding:
    title = f"Mail for {found.refused[0].address} is refused"
    evidence = shortened(proof(found.cf, found.refused))
    return Finding(_ID, Severity.WARNING, title, evidence, _REFUSED, _aliases(subject))
