"""Double bounces and copies of bounces: mail that Sendmail itself sends when all else failed."""

from __future__ import annotations

from checks.evidence import conclude, mail_hub, shortened
from checks.routing import HERE, Answers, answers, goes_to, proof
from wizard.api import Finding, Severity, Subject, Verdict, check
from wizard.facts.cf_model import Cf
from wizard.facts.mail_model import Resolution

_ID = "relay.double-bounce"
_LOST = (
    "A bounce that cannot be delivered goes there. Where that address is refused, Sendmail writes "
    "the message to {} or gives up (“savemail panic”): mail is lost."
)
_ADDRESSES = (
    ("double bounces", "DoubleBounceAddress", "confDOUBLE_BOUNCE_ADDRESS", "Double bounces"),
    ("postmaster copy", "PostmasterCopy", "confCOPY_ERRORS_TO", "Copies of bounces"),
)


@check(
    _ID,
    "Where do double bounces go?",
    rank=13,
    needs=("resolutions", "cf"),
    severities=(Severity.BLOCKER, Severity.OVERRIDABLE),
    why="A relay bounces mail every day. What cannot be bounced goes to DoubleBounceAddress, "
    "which is the local postmaster unless it is set.",
    remedy="define(`confDOUBLE_BOUNCE_ADDRESS', `postmaster@hub')dnl in sendmail.mc.",
)
def double_bounce(subject: Subject) -> Verdict:
    """Asks `sendmail -bv` for DoubleBounceAddress and PostmasterCopy, the options of the cf.

    Both must lead off-host. An empty DoubleBounceAddress throws double bounces away, which is a
    choice; one that is refused loses them in DeadLetterDrop or nowhere.
    """
    findings: list[Finding] = []
    unknown: list[Finding] = []
    seen: list[Resolution] = []
    for asked_for, option, define, what in _ADDRESSES:
        found = answers(subject, asked_for)
        seen += found.all
        unknown += found.unseen(_ID)
        remedy = (
            f"In sendmail.mc: define(`{define}', `postmaster@{mail_hub(subject)}')dnl, rebuild "
            "the cf and restart; or send the alias of that name off-host."
        )
        findings += _judged(found, option, what, remedy)
    title = "Double bounces leave this host"
    return conclude([*findings, *unknown], title, _summary(seen), unknown=bool(unknown))


def _summary(seen: list[Resolution]) -> str:
    if not seen:
        return "DoubleBounceAddress is empty: they are thrown away"
    return f"{seen[0].address}: {goes_to(seen)}"


def _judged(found: Answers, option: str, what: str, remedy: str) -> list[Finding]:
    place = found.cf.place(f"O {option}")
    value = found.cf.option(option, "postmaster (the default)")
    setting = f"{place}  O {option}={value}"
    judged = []
    if found.here:
        title = f"{what} are delivered here"
        evidence = shortened([setting, *proof(found.cf, found.here)])
        judged.append(Finding(_ID, Severity.BLOCKER, title, evidence, HERE, remedy))
    if found.refused:
        title = f"{what} would be lost"
        evidence = shortened([setting, *proof(found.cf, found.refused)])
        why = _LOST.format(_drop(found.cf))
        judged.append(Finding(_ID, Severity.OVERRIDABLE, title, evidence, why, remedy))
    return judged


def _drop(cf: Cf) -> str:
    return cf.option("DeadLetterDrop") or "a dead.letter"
