"""Whether a rollback's failures are the host's going down. On paper."""

from __future__ import annotations

import pytest

from tests.facts.paper_host import DIRECTORY, PaperHost
from wizard.engine import shutdown
from wizard.engine.shutdown import ASK, SYSTEMD, shuts_down
from wizard.plans import Completed


def host(said: bytes) -> PaperHost:
    """A host under systemd that says so about itself."""
    return PaperHost({SYSTEMD: DIRECTORY}, {str(ASK): Completed(0, said)})


@pytest.mark.parametrize("said", [b"running\n", b"degraded\n", b"starting\n", b"maintenance\n"])
def test_a_host_that_is_up(said: bytes) -> None:
    assert not shuts_down(host(said), lambda: False)


def test_a_host_that_stops() -> None:
    assert shuts_down(host(b"stopping\n"), lambda: False)


def test_sigterm_says_it_all() -> None:
    assert shuts_down(PaperHost(), lambda: True)


def test_without_systemd_only_sigterm_does() -> None:
    assert not shuts_down(PaperHost(), lambda: False)


def test_a_systemd_that_answers_nobody_is_ending_where_sigterm_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shutdown, "LAST_WORD", 0.3)
    looks = iter([False, False, True, True])
    assert shuts_down(host(b"Failed to connect to bus\n"), lambda: next(looks))
    assert not shuts_down(host(b"Failed to connect to bus\n"), lambda: False)
