"""Whether what runs is what is configured: one cf, read by the one daemon, once RunAsUser in it."""

from __future__ import annotations

from wizard.errors import StepdownError
from wizard.model import Outcome
from wizard.probes.proof import Proving
from wizard.probes.staying import cf as living_cf
from wizard.probes.staying import daemon as living_daemon

PROOFS = (
    ("cf.run-as-user", "One RunAsUser in the cf, and the account exists", living_cf.run_as_user),
    ("cf.built", "The .mc makes this cf, RunAsUser included", living_cf.built),
    ("daemon.current", "The daemon has read this cf", living_daemon.current),
    ("daemon.alone", "No other Sendmail accepts mail here", living_daemon.alone),
)
"Each with the title of its proof."


def prove(p: Proving) -> None:
    """Tell what the configuration and the daemon that read it say."""
    for proof_id, title, look in PROOFS:
        try:
            p.tell(look(p, proof_id, title))
        except StepdownError as problem:  # what could not be looked at is not proven
            p.prove(proof_id, Outcome.UNKNOWN, title, (str(problem),), problem.remedy)
