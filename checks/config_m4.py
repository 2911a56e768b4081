"""Can m4 build a cf here?"""

from __future__ import annotations

from checks.evidence import conclude, shortened
from wizard.api import Finding, Severity, Subject, Verdict, check, known
from wizard.facts.model import Config

_ID = "config.m4"
_MAINTAINABLE = (
    "The article: “Creating your configuration files from m4 macros is much more maintainable in "
    "the long run”."
)


@check(
    _ID,
    "Can m4 build the cf?",
    rank=10,
    needs=("config",),
    severities=(Severity.BLOCKER, Severity.WARNING),
    why=(
        "A cf that m4 did not finish must never be installed; and a define in the .mc "
        "outlives the next rebuild, an edit of the cf does not."
    ),
    remedy=(
        "Install m4 and Sendmail's macros, mend the .mc where m4 says so, or edit the cf "
        "itself (`--edit cf`)."
    ),
)
def config_m4(subject: Subject) -> Verdict:
    """The recipe adds one define to the .mc and has m4 build the cf of it.

    That takes m4, Sendmail's macros and a .mc that m4 reads to its end without a word. Where that
    cannot be had, the cf itself can be edited (`--edit cf`).
    """
    config = known(subject.facts.config)
    edit = subject.choices.edit
    if not config.mc.exists:
        return conclude([_no_mc(config, edit)], "")
    if not config.m4_problem:
        return Verdict("m4 builds a cf from the .mc", config.mc_path)
    if edit == "cf":
        return Verdict("m4 is not needed", "the cf itself will be edited", skipped=True)
    return conclude([_fails(config, subject.macro_package_hint)], "")


def _no_mc(config: Config, edit: str) -> Finding:
    """Only a warning: without a .mc the cf is edited, unless the .mc way was asked for."""
    wanted = edit == "mc"
    return Finding(
        _ID,
        Severity.BLOCKER if wanted else Severity.WARNING,
        "There is no .mc to edit" if wanted else "There is no .mc: the cf itself will be edited",
        (f"{config.mc_path}  absent",),
        f"Editing the cf is the article's second-best way. {_MAINTAINABLE}",
        "Put the .mc that this cf was built from in its place and re-check; or go on with the cf.",
    )


def _fails(config: Config, hint: str) -> Finding:
    install = f" Install what is missing: `{hint}`." if hint else ""
    return Finding(
        _ID,
        Severity.BLOCKER,
        "m4 cannot build a cf from the .mc",
        shortened(config.m4_problem.splitlines()),
        f"A cf that m4 did not finish must never be installed. {_MAINTAINABLE}",
        f"Mend the .mc where m4 says so.{install} Or edit the cf itself (`--edit cf`).",
    )
