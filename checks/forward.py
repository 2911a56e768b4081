"""Accounts with a .forward file."""

from __future__ import annotations

from checks.evidence import SHOW_STOPPER, conclude, counted, located, shortened, unseen
from wizard.api import Finding, Severity, Subject, Verdict, check, known

_ID = "relay.forward"
_WHY = (
    "Sendmail reads a .forward file as the account it belongs to, which takes root: root is "
    "needed, says the article, for “reading and executing the instructions in user .forward "
    f"files”. {SHOW_STOPPER}"
)


@check(
    _ID,
    "Does an account have a .forward file?",
    rank=25,
    needs=("forwards",),
    severities=(Severity.BLOCKER, Severity.WARNING),
)
def forward(subject: Subject) -> Verdict:
    """A .forward file in a home redirects that account's mail, to programs as well.

    Looked at are the places that ForwardPath in sendmail.cf names, for every account that getent
    knows. An empty ForwardPath turns forwarding off, and so does a relay that has no accounts.
    """
    forwards = known(subject.facts.forwards)
    findings = list(unseen(_ID, "Some homes", forwards.unreadable))
    active = [located(path, 1, text) for _, path, text in forwards.found if text]
    empty = [located(path, 1, "(empty)") for _, path, text in forwards.found if not text]
    if active:
        title = "An account has a .forward file" if len(active) == 1 else _several(len(active))
        remedy = (
            "Have the account's mail redirected on the mail hub, then remove the file. If no mail "
            "for accounts arrives here at all, turn forwarding off: "
            "define(`confFORWARD_PATH', `') in the .mc."
        )
        found = Finding(_ID, Severity.BLOCKER, title, shortened(active), _WHY, remedy)
        findings.append(found)
    if empty:
        findings.append(_empty(empty))
    summary = (
        f"{counted(forwards.accounts, 'account')}, {counted(forwards.homes, 'home')}, "
        f"{len(forwards.unreadable)} unreadable"
    )
    if not forwards.path:
        return conclude(findings, ".forward files are turned off", "ForwardPath is empty")
    unknown = bool(forwards.unreadable)
    return conclude(findings, "No account has a .forward file", summary, unknown=unknown)


def _several(number: int) -> str:
    return f"{number:,} .forward files redirect mail on this host"


def _empty(evidence: list[str]) -> Finding:
    return Finding(
        _ID,
        Severity.WARNING,
        "A .forward file is empty",
        shortened(evidence),
        "It redirects nothing today, yet somebody may fill it tomorrow.",
        "Remove the file.",
    )
