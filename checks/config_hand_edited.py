"""Does m4 make this very cf of the .mc, or was the cf edited by hand?"""

from __future__ import annotations

import re

from checks.evidence import conclude, counted, shortened
from wizard.api import Finding, Severity, Subject, Verdict, check, known
from wizard.facts.config import active_lines
from wizard.facts.model import Config

_ID = "config.hand-edited"
_RUN_AS_USER = re.compile(r"O\s+RunAsUser\b")
_WHY = (
    "Building the cf from the .mc overwrites it, and with it whatever was put there by hand. The "
    "article: “try to avoid directly hacking on your sendmail.cf files”; but it may be such an "
    "edit that keeps this relay working."
)


@check(
    _ID,
    "Was the cf edited by hand?",
    rank=20,
    needs=("config",),
    severities=(Severity.BLOCKER, Severity.OVERRIDABLE, Severity.INFO),
    why=(
        "Building the cf from the .mc overwrites it, and with it whatever was put there "
        "by hand, which may be what keeps this relay working."
    ),
    remedy=(
        "Bring the edit into the .mc and re-check. Or choose: `--edit cf` keeps it and "
        "edits the cf itself, `--edit mc` with an accepted reason lets it go."
    ),
)
def config_hand_edited(subject: Subject) -> Verdict:
    """The .mc is built into a scratch cf and compared with the one in use, comments aside.

    Where they differ you choose: bring the edit into the .mc and re-check (best), edit the cf
    itself (`--edit cf`, the article's second-best way), or let the edit go (`--edit mc`, accepted
    with a reason).
    """
    config = known(subject.facts.config)
    if not config.mc.exists:
        return Verdict("There is no .mc to differ from", config.cf_path, skipped=True)
    if config.m4_problem and subject.choices.edit == "cf":
        return Verdict("The cf itself will be edited", "m4 is not needed", skipped=True)
    if config.m4_problem:
        return conclude([_not_comparable(config)], "", unknown=True)
    if not config.difference:
        return Verdict("m4 reproduces sendmail.cf", "no edits by hand")
    if subject.choices.purpose != "migrate" and _only_run_as_user(config):
        return Verdict("Only RunAsUser differs from the .mc", "that is what is put right")
    lost, gained = _changes(config, "-"), _changes(config, "+")
    where = f"{counted(len(lost), 'line')} only in the cf, {len(gained)} only from the .mc"
    return conclude([_differs(config, subject.choices.edit, lost)], "", where=where)


def _only_run_as_user(config: Config) -> bool:
    built = config.built.decode("utf-8", "surrogateescape")
    present, made = (
        [line for line in active_lines(text) if not _RUN_AS_USER.match(line)]
        for text in (config.cf.text(), built)
    )
    return present == made


def _not_comparable(config: Config) -> Finding:
    return Finding(
        _ID,
        Severity.BLOCKER,
        "The cf cannot be compared with its .mc",
        tuple(shortened(config.m4_problem.splitlines())),
        "Without m4 nobody can tell whether the cf was edited by hand.",
        "See the check on m4; or choose to edit the cf itself (`--edit cf`).",
    )


def _differs(config: Config, edit: str, lost: list[str]) -> Finding:
    """Blocks until a way was chosen; then shows what that way does to the edit."""
    if edit == "cf":
        severity, title = Severity.INFO, "The cf keeps its edits by hand"
        remedy = f"Do not rebuild {config.cf_path} from {config.mc_path} later: that drops them."
    elif edit == "mc":
        severity = Severity.OVERRIDABLE
        title = f"The rebuild drops {counted(len(lost), 'line')} of the cf"
        remedy = "Bring them into the .mc and re-check; or accept, with the reason they may go."
    else:
        severity = Severity.BLOCKER
        stale = config.mc_newer and not lost
        title = "The .mc is ahead of its cf" if stale else "sendmail.cf was edited by hand"
        remedy = (
            "Rebuild the cf from the .mc, restart Sendmail and re-check; or take out of the .mc "
            "what is not meant to be there."
            if stale
            else "Bring the difference into the .mc, rebuild and re-check. Or choose: `--edit cf` "
            "keeps the edit and changes the cf itself; `--edit mc` with a reason lets it go."
        )
    evidence = (f"{config.cf_path}  (-) beside what m4 makes of {config.mc_path} (+)",)
    return Finding(_ID, severity, title, evidence + shortened(config.difference, 40), _WHY, remedy)


def _changes(config: Config, sign: str) -> list[str]:
    """Lines of the difference with this sign."""
    return [line for line in config.difference if line.startswith(sign)]
