"""Aliases that lead back to themselves."""

from __future__ import annotations

from checks.alias_targets import alias_verdict
from checks.evidence import mail_hub, shortened
from wizard.api import Finding, Severity, Subject, Verdict, check, known

_ID = "relay.alias-loops"


@check(
    _ID,
    "Do aliases lead in a circle?",
    rank=26,
    needs=("aliases",),
    uses=("cf",),
    severities=(Severity.WARNING,),
    why="Sendmail breaks the loop at an account of one of the names, whose mail then stays here; "
    "where there is none, mail comes back as undeliverable.",
    remedy="Let one of the aliases lead to an address on the mail hub, then run newaliases.",
)
def alias_loops(subject: Subject) -> Verdict:
    """`a: b` with `b: a` is a loop, in the text, in the database or through both.

    An alias to itself, `root: root`, or to `\\root`, is none: it means deliver here, which
    relay.alias-local judges, as it does a loop that an account breaks.
    """
    loops = known(subject.facts.aliases).loops
    findings = []
    if loops:
        name = loops[0][0].partition("  ")[2].partition(":")[0].strip()
        findings = [
            Finding(
                _ID,
                Severity.WARNING,
                "Aliases lead in a circle",
                shortened([line for loop in loops for line in loop]),
                "Sendmail says “aliasing/forwarding loop broken” and sends such mail back, unless "
                "one of the names is an account. It is broken today, and stays so after the "
                "switch.",
                f"Let one of them lead somewhere, then run newaliases:\n"
                f"{name}: {name}@{mail_hub(subject)}",
            )
        ]
    return alias_verdict(subject, _ID, findings, "No aliases lead in a circle")
