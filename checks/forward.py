"""Accounts with a .forward file."""

from __future__ import annotations

from checks.evidence import SHOW_STOPPER, conclude, counted, located, shortened, unseen
from wizard.api import Finding, Severity, Subject, Verdict, check, known
from wizard.facts.mail_model import Forwards

_ID = "relay.forward"
_WHY = (
    "Sendmail reads a .forward file as the account it belongs to, which takes root: root is "
    "needed, says the article, for “reading and executing the instructions in user .forward "
    f"files”. {SHOW_STOPPER}"
)
_TURN_OFF = "define(`confFORWARD_PATH', `')dnl"


@check(
    _ID,
    "Does an account have a .forward file?",
    rank=27,
    needs=("forwards",),
    severities=(Severity.BLOCKER, Severity.OVERRIDABLE, Severity.WARNING),
    why="Sendmail reads a .forward file as the account it belongs to, and starts the programs in "
    "it: that takes root.",
    remedy="Redirect the account's mail on the mail hub and remove the file; or turn forwarding "
    f"off in the .mc: {_TURN_OFF}",
)
def forward(subject: Subject) -> Verdict:
    """A .forward file in a home redirects that account's mail, to programs as well.

    Looked at are the places that ForwardPath in sendmail.cf names, for every account that getent
    lists. A file is not consulted where mail for its account goes elsewhere, by MAIL_HUB or an
    alias: `sendmail -bv`, asked with an empty ForwardPath, decides.
    """
    forwards = known(subject.facts.forwards)
    if not forwards.path:
        return conclude((), ".forward files are turned off", "ForwardPath is empty")
    findings = [*unseen(_ID, "Some homes", forwards.unreadable), *_of_files(forwards)]
    if forwards.ignored:
        findings.append(_ignored(forwards))
    if forwards.unlisted:
        findings.append(_unlisted(forwards))
    summary = (
        f"{counted(forwards.accounts, 'account')}, {counted(forwards.homes, 'home')}, "
        f"{len(forwards.unreadable)} unreadable"
    )
    unknown = bool(forwards.unreadable)
    return conclude(findings, "No account has a .forward file", summary, unknown=unknown)


def _of_files(forwards: Forwards) -> list[Finding]:
    """Files that are consulted, those that are not, and empty ones."""
    findings = []
    consulted = [one for one in forwards.found if one[0] not in forwards.elsewhere]
    active = [located(path, 1, text) for _, path, text in consulted if text]
    empty = [located(path, 1, "(empty)") for _, path, text in consulted if not text]
    idle = [
        f"{located(path, 1, text or '(empty)')}; {forwards.elsewhere[account]}"
        for account, path, text in forwards.found
        if account in forwards.elsewhere
    ]
    if active:
        findings.append(_active(active))
    if idle:
        findings.append(_idle(idle))
    if empty:
        findings.append(_empty(empty))
    return findings


def _active(active: list[str]) -> Finding:
    number = len(active)
    title = f"{number:,} .forward files redirect mail on this host"
    return Finding(
        _ID,
        Severity.BLOCKER,
        "An account has a .forward file" if number == 1 else title,
        shortened(active),
        _WHY,
        "Have the account's mail redirected on the mail hub, then remove the file. If no mail "
        f"for accounts arrives here at all, turn forwarding off in the .mc:\n{_TURN_OFF}",
    )


def _idle(idle: list[str]) -> Finding:
    return Finding(
        _ID,
        Severity.WARNING,
        "A .forward file is not consulted"
        if len(idle) == 1
        else f"{len(idle):,} .forward files are not consulted",
        shortened(idle),
        "Mail for the account goes elsewhere before Sendmail looks for a .forward, as "
        "`sendmail -bv` says: its owner may believe that it has an effect.",
        f"Remove the file, or tell its owner; or turn forwarding off in the .mc:\n{_TURN_OFF}",
    )


def _empty(evidence: list[str]) -> Finding:
    return Finding(
        _ID,
        Severity.WARNING,
        "A .forward file is empty",
        shortened(evidence),
        "It redirects nothing today, yet somebody may fill it tomorrow.",
        "Remove the file.",
    )


def _ignored(forwards: Forwards) -> Finding:
    return Finding(
        _ID,
        Severity.WARNING,
        "Something that is no file has a .forward's name",
        shortened([f"{path}  (a {what})" for path, what in forwards.ignored]),
        "Sendmail reads regular files only and passes over it; somebody meant something by it.",
        "Remove it.",
    )


def _unlisted(forwards: Forwards) -> Finding:
    sources = ", ".join(forwards.unlisted)
    return Finding(
        _ID,
        Severity.OVERRIDABLE,
        f"Accounts of {sources} cannot be listed",
        (f"/etc/nsswitch.conf  passwd: … {' '.join(forwards.unlisted)}",),
        "Such a source answers for one name at a time, so getent lists the accounts of this host's "
        "own files only: whether another account has a home with a .forward here is not known.",
        "If none of them has a home here, accept this with that reason. Or turn forwarding off in "
        f"the .mc:\n{_TURN_OFF}",
    )
