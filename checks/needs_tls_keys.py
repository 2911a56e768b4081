"""Can the account use the TLS keys?"""

from __future__ import annotations

from shlex import quote

from checks.evidence import conclude, counted, unseen
from checks.ways import BY_MODE_BITS, copied, for_account, mended, told
from wizard.api import Finding, Severity, Subject, Verdict, check, known
from wizard.reach import Way, way

_ID = "needs.tls-keys"
_WHY = (
    "A key or certificate that the account may not read takes STARTTLS off the offers, without a "
    f"word to anybody but the log. {BY_MODE_BITS}"
)
MACROS = {
    "ServerKeyFile": "confSERVER_KEY",
    "ServerCertFile": "confSERVER_CERT",
    "ClientKeyFile": "confCLIENT_KEY",
    "ClientCertFile": "confCLIENT_CERT",
    "CACertFile": "confCACERT",
    "CACertPath": "confCACERT_PATH",
    "DHParameters": "confDH_PARAMETERS",
    "CRLFile": "confCRL",
    "CRLPath": "confCRL_PATH",
}
"Option to what sets it in the .mc."
HOOK = "/etc/letsencrypt/renewal-hooks/deploy/sendmail"


@check(
    _ID,
    "Can the account use the TLS keys?",
    rank=90,
    needs=("doors", "cf", "map_files", "accounts"),
    severities=(Severity.BLOCKER, Severity.INFO),
    why=_WHY,
    remedy=(
        "Give Sendmail a copy of its own below /etc/mail/tls, name that in the .mc, and have the "
        "copy renewed with the original."
    ),
)
def needs_tls_keys(subject: Subject) -> Verdict:
    """Every key, certificate and CA file that the cf names, with each directory on the way.

    Those below the mail directory, and those elsewhere that are Sendmail's alone, are made
    readable for the account's group by the plan. What belongs to others too, or lies behind a
    closed directory such as /etc/ssl/private, is not opened: the key would be anybody's.
    """
    doors, cf = known(subject.facts.doors), known(subject.facts.cf)
    account = for_account(subject)
    if not doors.keys:
        return conclude([], "No TLS keys are named in the cf")
    ways = [way(one, account) for one in doors.keys]
    findings = [_finding(one, account.directory) for one in ways if one.troubles]
    findings += unseen(_ID, "What Sendmail offers", [doors.unasked] if doors.unasked else [])
    asked = doors.offers and not doors.unasked
    if asked and not any(offer.split()[0] == "STARTTLS" for offer in doors.offers):
        findings.append(_not_offered(cf.path))
    keys = counted(len({one.path for one in doors.keys}), "file")
    offers = "STARTTLS is offered" if asked else "no STARTTLS"
    title = "The account can use every TLS key and certificate"
    return conclude(findings, title, f"{keys}; {offers}", unknown=bool(doors.unasked))


def _finding(found: Way, directory: str) -> Finding:
    remedy = _remedy(found, directory)
    return told(_ID, found.passage.role, found, _WHY, remedy, Severity.BLOCKER)


def _remedy(found: Way, directory: str) -> str:
    kinds = {one.kind for one in found.troubles}
    if kinds <= {"writable"}:
        lines = "\n".join(mended(found.troubles))
        return f"Sendmail refuses it as root already. Close the directory to others:\n{lines}"
    own, path = f"{directory}/tls", found.passage.path
    macro, name = MACROS[found.passage.role], path.rpartition("/")[2]
    copy = copied(path, own)
    lines = f"install -d -o root -m 0750 {own}\n{copy}\ndefine(`{macro}', `{own}/{name}')dnl"
    first = (
        "Give Sendmail a copy of its own, and name that in the .mc: the first two lines are "
        "commands, the third is for the .mc; then rebuild the cf."
    )
    if path.startswith("/etc/letsencrypt/"):
        hook = (
            f"The last line renews the copy, in a script (0755) {HOOK} that reloads Sendmail too."
        )
        return f"{first} {hook}\n{lines}\n{_renewal(name, own)}"
    return f"{first} Whatever renews the original has to renew the copy.\n{lines}"


def _renewal(name: str, own: str) -> str:
    """Keeps the group that the migration will give the directory."""
    return (
        f'install -o root -g "$(stat -c %G {own})" -m 0640 "$RENEWED_LINEAGE/{name}" '
        f"{quote(f'{own}/{name}')}"
    )


def _not_offered(cf_path: str) -> Finding:
    return Finding(
        _ID,
        Severity.INFO,
        "STARTTLS is not offered now, though the cf names keys",
        (f"{cf_path}  names keys; EHLO by sendmail -bs: no STARTTLS",),
        "So the migration cannot be held to it: what is not offered before need not be after.",
        "Look for `STARTTLS=server` in the mail log, if you meant to offer it.",
    )
