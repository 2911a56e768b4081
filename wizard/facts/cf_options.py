"""Names of options, as Sendmail takes them: whole, shortened, or as the one letter of old cf files.

Sendmail takes any beginning of a name that is that of no other option, and refuses a cf whose
beginning fits two (setoption() in readcf.c). So what it takes, and begins a name below, is that.
"""

from __future__ import annotations

OLD = {
    **{"A": "AliasFile", "J": "ForwardPath", "L": "LogLevel", "O": "DaemonPortOptions"},
    **{"P": "PostmasterCopy", "Q": "QueueDirectory", "S": "StatusFile", "U": "UserDatabaseSpec"},
}
"The letters, whose case matters, of options that are looked at."
NAMES = (
    *OLD.values(),
    *("ClientPortOptions", "DeadLetterDrop", "DontBlameSendmail", "DoubleBounceAddress"),
    *("HostStatusDirectory", "PidFile", "RunAsUser", "SafeFileEnvironment", "ServiceSwitchFile"),
    *("CACertFile", "CACertPath", "CRLFile", "CRLPath", "ClientCertFile", "ClientKeyFile"),
    *("DHParameters", "InputMailFilters", "ServerCertFile", "ServerKeyFile", "TrustedUser"),
)
"Options that are looked at."
_WHOLE = {name.lower() for name in NAMES}


def full_name(written: str) -> str:
    """The whole name of an option that was shortened; as written where it is none of these."""
    short = written.lower()
    if len(short) < 2 or short in _WHOLE:
        return written
    return next((name for name in NAMES if name.lower().startswith(short)), written)
