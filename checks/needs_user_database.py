"""Is there a user database?"""

from __future__ import annotations

from pathlib import PurePosixPath

from checks.evidence import conclude, mail_hub
from wizard.api import Finding, Severity, Subject, Unknown, Verdict, check, known

_ID = "needs.user-database"
_WHY = (
    "Each child opens the user database itself. One that the account cannot read is passed over "
    "without a word, not even in the log: the mail of its users then goes where it would go "
    "without their entry."
)


@check(
    _ID,
    "Is there a user database?",
    rank=50,
    needs=("cf",),
    uses=("map_files",),
    severities=(Severity.OVERRIDABLE, Severity.WARNING),
    why=_WHY,
    remedy=(
        "Make its maildrop entries aliases or rows of the virtusertable, then take "
        "confUSERDB_SPEC out of the .mc."
    ),
)
def needs_user_database(subject: Subject) -> Verdict:
    """confUSERDB_SPEC, O UserDatabaseSpec in the cf, names databases that say where the mail of a
    user is delivered, and under which name a user writes.

    One below the mail directory is made readable for the account with all the rest; one elsewhere,
    or on a server, is not looked after by this program.
    """
    cf = known(subject.facts.cf)
    spec = cf.option("UserDatabaseSpec").strip()
    if not spec:
        return conclude([], "There is no user database")
    paths = [path.strip() for path in spec.split(",") if path.strip()]
    looked_after = all(_is_below(path, _mail_directory(subject)) for path in paths)
    title = "A user database says where users' mail goes"
    if not looked_after:
        title += ", and the account may be unable to read it"
    finding = Finding(
        _ID,
        Severity.WARNING if looked_after else Severity.OVERRIDABLE,
        title,
        (f"{cf.path}  O UserDatabaseSpec={spec}",),
        _WHY,
        "Make each maildrop entry an alias or a row of the virtusertable, as here for alice, then "
        f"take confUSERDB_SPEC out of the .mc:\nalice: alice@{mail_hub(subject)}",
    )
    return conclude([finding], "")


def _mail_directory(subject: Subject) -> str:
    files = subject.facts.map_files
    return "" if isinstance(files, Unknown) else files.directory


def _is_below(path: str, directory: str) -> bool:
    return bool(directory) and PurePosixPath(path).is_relative_to(directory) and ".." not in path
