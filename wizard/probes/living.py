"""Whether what runs is what is configured: one cf, read by the one daemon, once RunAsUser in it."""

from __future__ import annotations

from wizard.probes.proof import Proving


def prove(p: Proving) -> None:
    """Tell what the configuration and the daemon that read it say."""
