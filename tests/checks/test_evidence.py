"""The words that checks share."""

from __future__ import annotations

import pytest

from checks.evidence import bare_host, conclude, counted, mail_hub, shortened
from tests.checks.healthy import changed, healthy
from wizard.api import Finding, Severity, Unknown


def _finding(severity: Severity, *evidence: str) -> Finding:
    return Finding("x.y", severity, severity.value, evidence)


@pytest.mark.parametrize(
    ("number", "what", "said"),
    [
        (1, "delivery", "1 delivery"),
        (3_214_889, "delivery", "3,214,889 deliveries"),
        (2, "day", "2 days"),
        (0, "alias", "0 aliases"),
    ],
)
def test_counts(number: int, what: str, said: str) -> None:
    assert counted(number, what) == said


def test_long_evidence_says_what_was_left_out() -> None:
    assert shortened(["a", "b"], 2) == ("a", "b")
    assert shortened(["a", "b", "c"], 1) == ("a", "… and 2 more")


def test_the_heaviest_finding_speaks_first() -> None:
    light, heavy = _finding(Severity.INFO, "a"), _finding(Severity.BLOCKER, "/f:1  x", "/f:2  y")
    said = conclude([light, heavy], "fine")
    assert (said.title, said.summary) == ("blocker", "/f:1 and 1 more")
    assert said.findings == (heavy, light)
    assert conclude([light], "fine", where="here").summary == "here"


@pytest.mark.parametrize(
    ("macros", "hub"),
    [
        ({"H": "esmtp:[127.0.0.2]", "S": "hub.example.net"}, "[127.0.0.2]"),
        ({"H": "", "S": "esmtp:[hub.example.net]"}, "hub.example.net"),
        ({"S": "hub.example.net"}, "hub.example.net"),
        ({"H": "relay:[IPv6:2001:db8::1]"}, "[IPv6:2001:db8::1]"),
        ({}, "your.mail.hub"),
    ],
)
def test_where_mail_should_go_instead(macros: dict[str, str], hub: str) -> None:
    assert mail_hub(changed("cf", macros=macros)) == hub


def test_without_a_cf_the_hub_is_a_stand_in() -> None:
    assert mail_hub(healthy(cf=Unknown("dark"))) == "your.mail.hub"
    assert bare_host("procmail") == "procmail"
