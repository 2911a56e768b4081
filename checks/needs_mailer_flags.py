"""Do mailers ask for what only root has?"""

from __future__ import annotations

from checks.evidence import conclude, counted, located, shortened
from wizard.api import Finding, Severity, Subject, Unknown, Verdict, check, known
from wizard.facts.cf_model import Cf, CfMailer

_ID = "needs.mailer-flags"
_STOCK = ("local", "prog", "procmail")
"Mailers of the sendmail package that have S, or had; whether mail reaches them is asked elsewhere."
_RESERVED = (
    "Flag R binds each outgoing connection to a port below 1024, which only root may. A child "
    "that has stepped down logs `makeconnection: cannot create socket: Permission denied` and "
    "defers every message."
)
_STAYS = (
    "Flag S means: do not reset the user id before the mailer is run. A child that has stepped "
    "down has no root to keep, so the program runs as the new account."
)


@check(
    _ID,
    "Do mailers ask for what only root has?",
    rank=10,
    needs=("cf",),
    uses=("resolutions", "log_recipients"),
    severities=(Severity.BLOCKER, Severity.WARNING),
    why=f"{_RESERVED} {_STAYS}",
    remedy=(
        "Take R out of the flags of the mailers that speak SMTP; take a mailer with S out of the "
        ".mc, or send its mail to the host that has the program."
    ),
)
def needs_mailer_flags(subject: Subject) -> Verdict:
    """Flags of the cf's mailers (the M lines): R on one that speaks SMTP, S on a program.

    Sendmail's own local, prog and procmail may have S, as Debian's do: they do no harm while no
    mail reaches them, and whether it does is the question of other checks. S on a mailer that
    speaks SMTP has no effect.
    """
    cf = known(subject.facts.cf)
    reserved = [one for one in cf.mailers if "R" in one.flags and _speaks_smtp(one)]
    staying = [
        one
        for one in cf.mailers
        if "S" in one.flags and not _speaks_smtp(one) and one.name not in _STOCK
    ]
    findings = [_reserved(cf, reserved)] if reserved else []
    reached = _reached(subject)
    if used := [one for one in staying if one.name in reached]:
        findings.append(_staying(cf, used, Severity.BLOCKER, "and mail reaches it"))
    if unused := [one for one in staying if one.name not in reached]:
        findings.append(
            _staying(cf, unused, Severity.WARNING, "though no mail was seen to reach it")
        )
    return conclude(
        findings,
        "No mailer asks for what only root has",
        counted(len(cf.mailers), "mailer") if cf.mailers else "",
    )


def _speaks_smtp(mailer: CfMailer) -> bool:
    over_socket = mailer.argv.upper().startswith("FILE")
    return mailer.path in ("[IPC]", "[TCP]") and not over_socket


def _reached(subject: Subject) -> set[str]:
    asked = (subject.facts.resolutions, subject.facts.log_recipients)
    known_ones = (one for one in asked if not isinstance(one, Unknown))
    return {d.mailer for one in known_ones for answer in one.answers for d in answer.destinations}


def _lines(cf: Cf, mailers: list[CfMailer]) -> tuple[str, ...]:
    return shortened(
        [located(cf.path, m.line, f"M{m.name}, P={m.path}, F={m.flags}") for m in mailers]
    )


def _reserved(cf: Cf, mailers: list[CfMailer]) -> Finding:
    name = mailers[0].name.upper()
    return Finding(
        _ID,
        Severity.BLOCKER,
        f"{counted(len(mailers), 'mailer')} must send from a port below 1024",
        _lines(cf, mailers),
        _RESERVED,
        f"Take R away in the .mc and rebuild the cf:\nMODIFY_MAILER_FLAGS(`{name}', `-R')",
    )


def _staying(cf: Cf, mailers: list[CfMailer], severity: Severity, how: str) -> Finding:
    return Finding(
        _ID,
        severity,
        f"Mailer {mailers[0].name} wants to run as root, {how}",
        _lines(cf, mailers),
        _STAYS,
        "Take its MAILER line out of the .mc and send its mail to the host that has the program.",
    )
