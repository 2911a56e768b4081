"""Mailboxes in the spool: what local delivery leaves behind, whoever does it."""

from __future__ import annotations

from checks.evidence import SHOW_STOPPER, conclude, counted, shortened
from checks.history import WEEK, leads_now, silent_for_a_week
from wizard.api import Finding, Severity, Subject, Verdict, check, known
from wizard.facts.mail_model import Mailbox, Mailboxes

_ID = "relay.mailboxes"
_MONTH = 31.0
"Days within which a monthly job would have mailed again."
_SHOWN = 8


@check(
    _ID,
    "Is there mail in mailboxes?",
    rank=12,
    needs=("mailboxes",),
    uses=("logs", "log_recipients", "cf"),
    severities=(Severity.BLOCKER, Severity.OVERRIDABLE, Severity.WARNING, Severity.INFO),
    why="A mailbox that grows is local delivery, by Sendmail or by something else, even where no "
    "log tells of it.",
    remedy="Find out who still gets mail here and lead it to the mail hub; then move what lies "
    "there to its owner.",
)
def mailboxes(subject: Subject) -> Verdict:
    """Looks at every mailbox in the spool directories: its size and when it changed last.

    A change within a week blocks where the logs cannot tell what it was. Where they can, or where
    it is older, it may be accepted: reading mail changes a mailbox too. What is older than a
    month is only told.
    """
    found = known(subject.facts.mailboxes)
    findings = [*_recent(subject, found), *_older(found), *_emptied(found)]
    number = found.held + found.empty
    where = " and ".join(found.directories) or "no spool directory"
    summary = f"{counted(number, 'empty mailbox')} in {where}" if number else where
    return conclude(findings, "No mail lies in a mailbox", summary, where=_newest(found))


def _newest(found: Mailboxes) -> str:
    if not found.boxes:
        return ""
    return f"{counted(found.held, 'mailbox')}, last changed {_ago(found.boxes[0].days)}"


def _recent(subject: Subject, found: Mailboxes) -> list[Finding]:
    """The finding for mailboxes that changed within a week."""
    recent = [box for box in found.boxes if box.days < WEEK]
    if not recent:
        return []
    severity, accept = Severity.OVERRIDABLE, "; or accept with a reason, such as who read it"
    if silent_for_a_week(subject.facts.logs):
        why = (
            "The logs tell of no local delivery in that time: somebody read mail, which changes a "
            "mailbox too, or something other than Sendmail delivered it."
        )
    elif leads := leads_now(subject):
        why = f"The logs tell of local deliveries, whose recipients lead to {leads} by now."
    else:
        severity, accept = Severity.BLOCKER, ", then re-check"
        why = f"Mail was delivered here lately, as far as can be seen. {SHOW_STOPPER}"
    finding = Finding(
        _ID,
        severity,
        f"{_boxes(len(recent), found)} changed within a week",
        _evidence(recent),
        why,
        "See who owns it and what the newest message is (`mail -f FILE`), lead that mail to the "
        f"hub, and move the file away{accept}.",
    )
    return [finding]


def _older(found: Mailboxes) -> list[Finding]:
    """The finding for mailboxes that changed a week ago or longer."""
    older = [box for box in found.boxes if box.days >= WEEK]
    if not older:
        return []
    lately = older[0].days < _MONTH
    finding = Finding(
        _ID,
        Severity.OVERRIDABLE if lately else Severity.WARNING,
        f"Old mail lies in {_boxes(len(older), found)}, last changed {_ago(older[0].days)}",
        _evidence(older),
        "Mail was delivered on this host then. A monthly job or a rare bounce may do so again."
        if lately
        else "Mail was delivered on this host once. Nobody will look for it after the change.",
        "Make sure that its owner's mail goes to the hub by now, and give the owner what is left; "
        "or accept with a reason."
        if lately
        else "Give its owner what is left, and move the file away.",
    )
    return [finding]


def _emptied(found: Mailboxes) -> list[Finding]:
    """The finding for empty mailboxes that somebody emptied or made within a week."""
    if found.emptied_days is None or found.emptied_days >= WEEK:
        return []
    where = found.directories[0] if found.directories else "the spool"
    finding = Finding(
        _ID,
        Severity.INFO,
        "An empty mailbox changed within a week",
        (f"{where}  {counted(found.empty, 'empty mailbox')}, one {_ago(found.emptied_days)}",),
        "A new account gets an empty mailbox; a reader that fetches all mail leaves one, too.",
        "Make sure that nobody fetches mail from this host (POP, IMAP).",
    )
    return [finding]


def _boxes(number: int, found: Mailboxes) -> str:
    """`1 mailbox`; `200 mailboxes or more` where not all were told one by one."""
    more = " or more" if found.held > len(found.boxes) else ""
    return f"{counted(number, 'mailbox')}{more}"


def _evidence(boxes: list[Mailbox]) -> tuple[str, ...]:
    return shortened([_told(box) for box in boxes], _SHOWN)


def _told(box: Mailbox) -> str:
    unit = "entries" if box.directory else "bytes"
    path = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in box.path)
    return f"{path}  {box.size:,} {unit}, uid {box.uid}, changed {_ago(box.days)}"


def _ago(days: float) -> str:
    if days < 1:
        return "today" if days < 0.5 else "a day ago"
    return f"{counted(round(days), 'day')} ago"
