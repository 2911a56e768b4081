"""Opens labs for tests, or skips with the reason."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from wizard.lab.practice import Init, Lab, LabUnavailable


def open_or_skip(
    scenario: str = "relay", *, init: Init = "auto", binds: Mapping[Path, str] | None = None
) -> Lab:
    """A lab, or a skip that says why this machine has none."""
    try:
        return Lab.open(scenario, init=init, binds=binds)
    except LabUnavailable as reason:
        pytest.skip(f"no practice relay on this machine: {reason.problem}")
