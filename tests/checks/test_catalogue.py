"""The catalogue says what is so: the page in docs/, the listing, and what each check declares."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from markdown_it import MarkdownIt
from msgspec.structs import fields, replace

from checks.registry import AREAS, all_checks
from tests.checks.cases import Case
from tests.checks.collected import CASES
from wizard.api import Check, Subject, run_check
from wizard.catalogue import SCHEMA, TITLES, document, list_lines, page
from wizard.cli import stepdown
from wizard.composition import Checks
from wizard.facts.model import Facts
from wizard.model import Outcome

PAGE = Path(__file__).parents[2] / "docs" / "checks.md"
EVERY = [
    pytest.param(one, case, id=f"{one.id}: {case.name}")
    for one in all_checks()
    for case in CASES.get(one.id, ())
]


class Recorder:
    """Stands in for Facts and keeps which of them were looked at."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self.read: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        self.read.add(name)
        return getattr(self._facts, name)


def recorded(one: Check, subject: Subject) -> tuple[Outcome, set[str]]:
    """How the check ends on the subject, and the facts that it looked at."""
    recorder = Recorder(subject.facts)
    facts: Any = recorder
    watched = replace(subject, facts=facts)
    return run_check(one, watched).outcome, recorder.read


@pytest.mark.parametrize(("one", "case"), EVERY)
def test_a_check_looks_at_no_fact_but_those_it_declares(one: Check, case: Case) -> None:
    outcome, read = recorded(one, case.subject)
    assert outcome is case.outcome
    assert read <= one.reads, f"{one.id} reads {sorted(read - one.reads)}: declare them in uses"


@pytest.mark.parametrize("one", all_checks(), ids=lambda one: one.id)
def test_each_declared_fact_exists_and_is_looked_at(one: Check) -> None:
    assert one.reads <= {field.name for field in fields(Facts)}
    read = {name for case in CASES[one.id] for name in recorded(one, case.subject)[1]}
    assert one.reads == read, f"{one.id} never reads {sorted(one.reads - read)} in its cases"


@pytest.mark.parametrize("one", all_checks(), ids=lambda one: one.id)
def test_severities_are_those_of_the_cases(one: Check) -> None:
    """A case that ends UNKNOWN counts for nothing here: it blocks whatever it finds."""
    results = [run_check(one, case.subject) for case in CASES[one.id]]
    told = [r for r in results if r.outcome is not Outcome.UNKNOWN]
    found = {finding.severity for result in told for finding in result.findings}
    assert found <= set(one.severities), f"{one.id} does not declare what it finds"
    assert found == set(one.severities), f"{one.id} has no case for all that it declares"


@pytest.mark.parametrize("one", all_checks(), ids=lambda one: one.id)
def test_each_check_says_why_it_asks_and_what_to_do(one: Check) -> None:
    for words in (one.why, one.remedy):
        assert 20 < len(words) < 500


def test_the_page_is_what_is_generated() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(all_checks()), "run make catalogue"


def test_every_link_of_the_page_leads_to_a_heading() -> None:
    tokens = MarkdownIt().enable("table").parse(page(all_checks()))
    inline = [child for token in tokens for child in token.children or ()]
    links = {str(child.attrs["href"]) for child in inline if child.type == "link_open"}
    titles = [b.content for a, b in pairwise(tokens) if a.tag == "h3"]
    assert links == {f"#{title.replace('.', '')}" for title in titles if title}
    assert not any(child.type == "html_inline" for child in inline)


@pytest.mark.parametrize("width", [60, 80, 140])
def test_the_listing_fits_and_leaves_out_nothing(width: int) -> None:
    lines = list(list_lines(all_checks(), width))
    assert max(len(line) for line in lines if "--accept" not in line) <= width
    told = " ".join(" ".join(lines).split())
    for one in all_checks():
        for words in (one.id, one.question, one.help, one.why, one.remedy):
            assert " ".join(words.split()) in told


def test_each_area_has_a_title() -> None:
    assert set(AREAS) <= set(TITLES)
    assert [one.id for one in Checks().checks()] == [one.id for one in all_checks()]


def test_the_document() -> None:
    told = json.loads(document(all_checks()))
    assert told["schema"] == SCHEMA == "stepdown.checks/1"
    assert [row["id"] for row in told["checks"]] == [one.id for one in all_checks()]
    row = next(row for row in told["checks"] if row["id"] == "host.migrated")
    assert row["overridable"] is True
    assert row["severities"] == ["blocker", "overridable", "warning"]


@pytest.mark.parametrize("words", [("--list",), ("--list", "--json")])
def test_listing_asks_no_host(words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_words: object) -> None:
        raise AssertionError("the host was opened")

    monkeypatch.setattr("wizard.cli.open_session", refuse)
    done = CliRunner().invoke(stepdown, ["check", *words])
    assert done.exit_code == 0, done.output
    assert "relay.alias-programs" in done.output
