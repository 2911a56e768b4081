"""Does Sendmail connect from a port below 1024?"""

from __future__ import annotations

from checks.evidence import conclude, shortened
from wizard.api import Finding, Severity, Subject, Verdict, check, known

_ID = "needs.low-port"
_FIRST_FREE = 1024
_SERVICES = {
    "smtp": 25,
    "mail": 25,
    "submission": 587,
    "smtps": 465,
    "submissions": 465,
    "lmtp": 24,
}
"Names of services(5) that stand for a port below 1024."
_WHY = (
    "Only root may bind a port below 1024. A child that has stepped down logs `makeconnection: "
    "cannot bind socket: Permission denied` and defers every message; the listening ports are the "
    "root master's and no trouble."
)


@check(
    _ID,
    "Does Sendmail connect from a port below 1024?",
    rank=20,
    needs=("cf",),
    severities=(Severity.BLOCKER,),
    why=_WHY,
    remedy=(
        "Take the port out of CLIENT_OPTIONS in the .mc. Where a firewall demands it, have the "
        "firewall look at the address instead."
    ),
)
def needs_low_port(subject: Subject) -> Verdict:
    """CLIENT_OPTIONS in the .mc, ClientPortOptions in the cf, can fix the source port of outgoing
    connections. An address alone, or a port from 1024 on, needs no root.
    """
    cf = known(subject.facts.cf)
    values = [
        (name, value)
        for name, all_of_them in cf.options.items()
        if name.lower() == "clientportoptions"
        for value in all_of_them
    ]
    low: list[str] = []
    unclear: list[str] = []
    for name, value in values:
        port = _port(value)
        shown = f"{cf.path}  O {name}={value}"
        if port.isdigit() or port.lower() in _SERVICES:
            number = int(port) if port.isdigit() else _SERVICES[port.lower()]
            low += [shown] if 0 < number < _FIRST_FREE else []
        elif port:
            unclear.append(shown)
    findings = [_finding("Sendmail connects from a port below 1024", low)] if low else []
    if unclear:
        findings.append(_finding("Which port Sendmail connects from cannot be told", unclear))
    return conclude(findings, "Outgoing connections need no port below 1024", unknown=bool(unclear))


def _port(value: str) -> str:
    """The port in `Family=inet, Port=1000`; only the first letter of a key counts."""
    for field in value.split(","):
        key, _equals, what = field.strip().partition("=")
        if key[:1].upper() == "P":
            return what.strip()
    return ""


def _finding(title: str, lines: list[str]) -> Finding:
    return Finding(
        _ID,
        Severity.BLOCKER,
        title,
        shortened(lines),
        _WHY,
        "Take Port= out of CLIENT_OPTIONS in the .mc, rebuild the cf, then re-check.",
    )
