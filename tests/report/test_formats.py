"""The three formats: whole, self-contained, and deaf to what a hostile host says."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tests.report import packets
from wizard.report.as_markdown import as_markdown
from wizard.report.document import as_json
from wizard.report.html import as_html
from wizard.report.markdown import CONTROL, cell, code, fenced, text, visible
from wizard.report.model import Report

HOSTILE = {
    "markup": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "attribute": "\" onload='alert(1)' x=\"",
    "template": "{{ 7 * 7 }}{% for x in y %}",
    "fence": "``` `code` ````",
    "tilde": "~~~",
    "table": "a | b \\| c |",
    "link": "[x](javascript:alert(1)) <http://evil.example> ![y](http://evil.example/z)",
    "heading": "# no heading",
    "list": "- 1. no list",
    "number": "1. no list",
    "setext": "---",
    "comment": "<!-- --> --> ]]>",
    "entity": "&lt;b&gt; &#x3c;",
    "escapes": "\x1b[2J\x1b]0;owned\x07 \x9b31m",
    "bidi": "\u202egnp.exe\u2066",
    "star": "*a* _b_ **c** ~~d~~",
    "backslash": "\\",
}
TAGS = set(
    "html head meta title style body header main footer nav section article h1 h2 h3 h4 h5 p a "  # noqa: SIM905
    "strong span code pre dl dt dd div ul ol li table thead tbody tr th td blockquote".split()
)
VOID = {"meta"}


class Page(HTMLParser):
    """What a browser would see: tags, ids, links and text. Fails where tags do not nest."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""
        self.style = ""
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        given = dict(attrs)
        self.attributes |= set(given)
        self.ids += [str(given["id"])] if "id" in given else []
        self.links += [str(given["href"])] if "href" in given else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "style":
            self.style += data
        else:
            self.text += data


def tokens(source: str) -> list[str]:
    """The structure of a page of Markdown."""
    parsed = MarkdownIt("commonmark").enable("table").parse(source)
    return [one.type for block in parsed for one in (block, *(block.children or ()))]


@pytest.fixture(params=["plan", "run"])
def recorded(request: pytest.FixtureRequest) -> Report:
    if request.param == "run":
        return packets.recorded_run()
    return packets.plan_saying("x")


def test_html_is_whole_and_needs_nothing_else(recorded: Report) -> None:
    page = Page(as_html(recorded))
    assert set(page.seen) <= TAGS
    assert {link for link in page.links if not link.startswith("#")} == set()
    assert {link[1:] for link in page.links} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    assert "url(" not in page.style and "@import" not in page.style
    assert not {name for name in page.attributes if name.startswith("on") or name == "src"}
    for wanted in (recorded.host, recorded.plan_digest, recorded.state.word):
        assert wanted in page.text
    for step in recorded.steps:
        assert step.title in page.text
        for command in step.commands:
            assert command.text in page.text


def test_html_is_for_light_dark_and_print() -> None:
    style = Page(as_html(packets.recorded_run())).style
    assert "prefers-color-scheme: dark" in style
    assert "@media print" in style
    used = set(re.findall(r"var\((--[a-z-]+)\)", style))
    assert used <= set(re.findall(r"(--[a-z-]+):", style))


def test_each_class_in_the_page_has_a_style() -> None:
    source = as_html(packets.recorded_run())
    style = Page(source).style
    used = {name for found in re.findall(r'class="([^"]*)"', source) for name in found.split()}
    assert {name for name in used if f".{name}" not in style} <= {"plain", "same", "meta"}


@pytest.mark.parametrize("word", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("make", [packets.report_saying, packets.plan_saying])
def test_a_hostile_host_changes_no_structure_of_html(word: str, make: object) -> None:
    assert callable(make)
    page, plain = Page(as_html(make(word))), Page(as_html(make("x")))
    assert page.seen == plain.seen
    assert page.ids == plain.ids
    assert page.attributes == plain.attributes
    assert visible(word) in page.text
    assert not CONTROL.search(page.text)


@pytest.mark.parametrize("word", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("make", [packets.report_saying, packets.plan_saying])
def test_a_hostile_host_changes_no_structure_of_markdown(word: str, make: object) -> None:
    assert callable(make)
    source = as_markdown(make(word))
    assert [t for t in tokens(source) if t != "text_special"] == tokens(as_markdown(make("x")))
    assert not CONTROL.search(source)


@pytest.mark.parametrize("word", HOSTILE.values(), ids=HOSTILE)
def test_json_says_exactly_what_the_host_said(word: str) -> None:
    source = as_json(packets.report_saying(word))
    assert not CONTROL.search(source)
    told = json.loads(source)
    assert told["schema"] == "stepdown.report/1"
    assert told["host"] == told["accepted"][0]["reason"] == word
    assert told["run"]["proofs"][0]["evidence"] == [word]
    assert told["steps"][0]["ran"]["said"] == [word, word]


@given(st.text(max_size=60))
def test_any_text_stays_text(word: str) -> None:
    line = " ".join(visible(word).split())
    for made in (text(word), code(word)):
        (paragraph,) = MarkdownIt("commonmark").parse(f"x {made}")[1:2]
        assert {t.type for t in paragraph.children or ()} <= {"text", "text_special", "code_inline"}
        shown = "".join(t.content for t in paragraph.children or ())
        assert shown.strip() == f"x {line}".strip()


@given(st.text(max_size=60))
def test_any_text_stays_in_its_cell(word: str) -> None:
    table = f"| a | b |\n|---|---|\n| {cell(word)} | {text(word)} |\n"
    types = tokens(table)
    assert types.count("td_open") == 2
    assert not {"html_inline", "link_open", "em_open", "image"} & set(types)


@given(st.text(alphabet="`~ab\n\r\x1b|", max_size=40))
def test_any_lines_stay_in_their_fence(lines: str) -> None:
    first, *rest = MarkdownIt("commonmark").parse(fenced(lines))
    assert first.type == "fence"
    assert rest == []


def test_each_pass_over_the_queue_says_what_it_is_for() -> None:
    """Three rows of one path: the bulk, the rest, and what came meanwhile."""
    report = packets.recorded_run()
    for made in (Page(as_html(report)).text, as_markdown(report).replace("\\", "")):
        assert "/var/spool/mqueue" in made
        assert ": the bulk of what lies below it, while the relay still answers" in made
        assert ": what arrived or was in use during the pass before" in made
        assert "and all below it" in made
