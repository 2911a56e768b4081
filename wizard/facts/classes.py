"""Classes w, R and L as the installed Sendmail has them once it has read its cf.

The cf alone does not tell: Sendmail adds the host's own names and the addresses of its
interfaces to class w at run time (op guide, 5.1.2; sendmail-facts, section 5).
"""

from __future__ import annotations

from wizard.facts.model import Classes
from wizard.host.base import HostReader, Unreadable
from wizard.host.commands import TIMED_OUT
from wizard.plans import Command
from wizard.platforms.base import Platform

_PROMPT = "> "
_QUESTIONS = ("$=w", "$=R", "$=L")
_SECONDS = 30.0
_SLEEPS = (
    f"sendmail -bt gave no answer within {_SECONDS:.0f} s. Sendmail sleeps for 60 s at each start "
    "where the host's name has no domain: in /etc/hosts write the full name first, such as "
    "`192.0.2.25 relay1.example.net relay1`; otherwise see that the name server answers"
)


def gather(host: HostReader, platform: Platform) -> Classes:
    """Ask `sendmail -bt`. Raises Unreadable where it does not answer or could not read its cf."""
    questions = "\n".join((*_QUESTIONS, "")).encode()
    command = Command(
        (platform.sendmail, "-C", platform.cf_path, "-bt"), timeout=_SECONDS, stdin=questions
    )
    answer = host.probe(command)
    if answer.code == TIMED_OUT:
        raise Unreadable(_SLEEPS)
    said = answer.stdout.decode("utf-8", "replace")
    trouble = _trouble(answer.output)
    if trouble:
        raise Unreadable(f"sendmail -bt: {trouble}")
    sections = parse_test_mode(said)
    if len(sections) < len(_QUESTIONS) or not sections[0]:
        first = next(iter(answer.output.splitlines()), f"exit code {answer.code}")
        raise Unreadable(f"sendmail -bt did not tell class w: {first}")
    return Classes(w=sections[0], r=sections[1], l=sections[2])


def parse_test_mode(said: str) -> tuple[tuple[str, ...], ...]:
    """What `-bt` printed after each of its prompts: sorted names, a tuple for each question."""
    sections: list[set[str]] = []
    for line in said.splitlines():
        rest = line
        while rest.startswith(_PROMPT):
            sections.append(set())
            rest = rest[len(_PROMPT) :]
        name = rest.strip()
        if sections and name and name != _PROMPT.strip():
            sections[-1].add(name)
    return tuple(tuple(sorted(names)) for names in sections)


def _trouble(output: str) -> str:
    """The line that says a class or the cf could not be read; empty where all was well."""
    marks = ("cannot open", "Permission denied")
    return next((line for line in output.splitlines() if any(m in line for m in marks)), "")
