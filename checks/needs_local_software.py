"""Is software for local delivery or mailing lists installed?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.evidence import conclude, located, shortened
from checks.ground_parts import ground
from wizard.api import Finding, Severity, Subject, Unknown, Verdict, check

_ID = "needs.local-software"
_HARMLESS = ("procmail", "vacation", "maildrop")
"Tools that do nothing until somebody's mail names them; Debian installs procmail with Sendmail."
_WHY = (
    "Such software lives on mail that is delivered on this host: lists run programs as their own "
    "user, delivery agents write mailboxes. Sendmail would start them as the new account, and they "
    "could not do their work."
)


@check(
    _ID,
    "Is software for local mail installed?",
    rank=60,
    needs=("ground",),
    uses=("aliases", "forwards", "cf"),
    severities=(Severity.BLOCKER, Severity.WARNING, Severity.INFO),
    why=_WHY,
    remedy=(
        "Move lists and mailboxes to the host behind this relay and route their addresses there; "
        "take away what is no longer used."
    ),
)
def needs_local_software(subject: Subject) -> Verdict:
    """Majordomo, mailman, smartlist, sympa, mlmmj, the delivery agents of Cyrus and Dovecot;
    procmail, vacation and maildrop, looked for where their packages put them.

    Installed alone they do nothing to a relay, so that is a warning or less. What an alias or a
    .forward file names is in use and blocks; a mailer of the cf that names one is told.
    """
    software = ground(subject, "software").software
    findings: list[Finding] = []
    for name, path in software:
        used = list(_uses(subject, name, path))
        mailers = list(_mailers(subject, name))
        findings.append(_finding(name, path, used, mailers))
    return conclude(findings, "No software for local mail is installed")


def _uses(subject: Subject, name: str, path: str) -> Iterator[str]:
    """Aliases and .forward files that have this software run."""
    word = re.compile(rf"\|.*(?:{re.escape(path)}\b|\b{re.escape(name)}\b)")
    aliases = subject.facts.aliases
    if not isinstance(aliases, Unknown):
        for file in aliases.files:
            for entry in file.entries:
                if any(word.search(target) for target in entry.targets):
                    yield located(entry.file, entry.line, entry.text)
    forwards = subject.facts.forwards
    if not isinstance(forwards, Unknown):
        for _account, place, line in forwards.found:
            if word.search(line):
                yield located(place, 1, line)


def _mailers(subject: Subject, name: str) -> Iterator[str]:
    """Mailers of the cf that run it."""
    cf = subject.facts.cf
    if isinstance(cf, Unknown):
        return
    for mailer in cf.mailers:
        if name in mailer.path or name in mailer.name:
            yield located(cf.path, mailer.line, f"M{mailer.name}, P={mailer.path}")


def _finding(name: str, path: str, used: list[str], mailers: list[str]) -> Finding:
    if used:
        severity, title = Severity.BLOCKER, f"{name} gets mail on this host"
    elif name in _HARMLESS:
        severity, title = Severity.INFO, f"{name} is installed, and nothing was found that uses it"
    else:
        severity, title = Severity.WARNING, f"{name} is installed"
    if mailers and not used:
        title = f"{name} is installed, and a mailer of the cf runs it"
    return Finding(
        _ID,
        severity,
        title,
        shortened([*used, *mailers, path]),
        _WHY,
        f"Route the addresses of {name} to the host that has the mailboxes; if it is no longer "
        "used here, remove it.",
    )
