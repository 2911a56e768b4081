"""Mail that waits in the queue for this host itself."""

from __future__ import annotations

from checks.evidence import conclude, counted, shortened, unseen
from checks.routing import local_copies, said
from wizard.api import Finding, Severity, Subject, Verdict, check, known
from wizard.facts.mail_model import Resolution

_ID = "relay.queue-local"
_WHY = (
    "What an alias or a .forward file put into an entry of the queue stays there when the file is "
    "changed. The next queue run delivers it on this host; after the switch that is done by the "
    "new account, which cannot write mailboxes, or would run the program itself."
)
_REMEDY = (
    "Before the change have root deliver what waits: sendmail -Am -q -v. What still waits then has "
    "to be put right or removed (`mailq -Am` shows it), entry by entry."
)


@check(
    _ID,
    "Does mail for this host wait in the queue?",
    rank=14,
    needs=("queued", "cf"),
    severities=(Severity.BLOCKER,),
    why=_WHY,
    remedy=_REMEDY,
)
def queue_local(subject: Subject) -> Verdict:
    """Searches all queue entries, those in quarantine too, for recipients of this host.

    These are programs, files, lists, names without a domain, and names at a domain of class w.
    Addresses are put to `sendmail -bv`: most go elsewhere by now, with MAIL_HUB or an alias.
    """
    waiting, cf = known(subject.facts.queued), known(subject.facts.cf)
    troubled = [
        f"{one.place}  {one.address}: {one.trouble}" for one in waiting.answers if one.trouble
    ]
    sound = [one for one in waiting.answers if not one.trouble]
    here = [one for one in sound if local_copies(cf, one)]
    unasked = [] if here else list(waiting.left_out)
    unknown = unseen(_ID, "Some mail in the queue", [*troubled, *unasked])
    findings = []
    if here:
        first = here[0].address
        title = f"Mail for {first} waits in the queue"
        if len(here) > 1:
            title = f"Mail for {counted(len(here), 'recipient')} of this host waits in the queue"
        evidence = shortened([_shown(one, said(cf, one)) for one in here])
        findings = [Finding(_ID, Severity.BLOCKER, title, evidence, _WHY, _REMEDY)]
    summary = "nothing waits for a name of this host"
    if sound:
        summary = f"{counted(len(sound), 'recipient')} asked for: their mail leaves this host"
    title = "No mail for this host waits in the queue"
    return conclude([*findings, *unknown], title, summary, unknown=bool(unknown))


def _shown(one: Resolution, answer: str) -> str:
    mailer = one.destinations[0].mailer
    text = f"mailer {mailer}" if one.says == (one.address,) else answer.partition("  ")[2]
    return f"{one.place}  R {one.address}: {text}"
