"""`stepdown report` without a host: where it writes, and what it says of what it cannot read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.report import packets
from wizard.cli import stepdown
from wizard.errors import StepdownError
from wizard.plan_file import encode

PLAN = packets.said_by_the_host("relay1.example.net")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A plan, a run and a directory to write to."""
    monkeypatch.setenv("STEPDOWN_STATE_DIR", str(tmp_path / "state"))
    (tmp_path / "plan.json").write_bytes(encode(PLAN))
    packets.state_directory(tmp_path / "state")
    return tmp_path


def report(*words: str) -> tuple[int, str]:
    """Exit code and words of the command."""
    done = CliRunner().invoke(stepdown, ["report", *words])
    if isinstance(done.exception, StepdownError):
        problem = done.exception
        return problem.exit_code, f"{problem}\n{problem.remedy}"
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


@pytest.mark.parametrize("name", ["r.html", "r.md", "r.json", "R.HTML"])
@pytest.mark.parametrize("what", ["plan", packets.ID])
def test_each_format_of_a_plan_and_of_a_run(place: Path, what: str, name: str) -> None:
    source = str(place / "plan.json") if what == "plan" else what
    code, told = report(source, "-o", str(place / name))
    assert code == 0, told
    assert str(place / name) in told
    written = place / name
    assert written.stat().st_mode & 0o777 == 0o600
    assert "relay1.example.net" in written.read_text()


@pytest.mark.parametrize("name", ["r", "r.pdf", "r.html.gz", ".html"])
def test_another_ending_is_a_usage_error(place: Path, name: str) -> None:
    code, told = report(str(place / "plan.json"), "-o", str(place / name))
    assert (code, ".html, .md, .json" in told) == (2, True)
    assert not (place / name).exists()


@pytest.mark.parametrize("words", [(), ("plan.json",), ("-o", "r.html")])
def test_words_that_are_missing(words: tuple[str, ...]) -> None:
    assert report(*words)[0] == 2


def test_a_link_is_never_followed(place: Path) -> None:
    (place / "victim").write_text("mine")
    (place / "r.md").symlink_to(place / "victim")
    code, told = report(str(place / "plan.json"), "-o", str(place / "r.md"))
    assert (code, "r.md: is a symlink" in told) == (1, True)
    assert (place / "victim").read_text() == "mine"


def test_an_earlier_report_is_replaced(place: Path) -> None:
    (place / "r.md").write_text("earlier")
    assert report(str(place / "plan.json"), "-o", str(place / "r.md"))[0] == 0
    assert "earlier" not in (place / "r.md").read_text()
    assert (place / "r.md").stat().st_mode & 0o777 == 0o600


def test_a_directory_that_is_not_there(place: Path) -> None:
    code, told = report(str(place / "plan.json"), "-o", str(place / "none" / "r.md"))
    assert (code, str(place / "none" / "r.md") in told) == (1, True)


@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        (None, 1, "neither a plan file nor a run"),
        (b"", 1, "not a stepdown plan"),
        (encode(PLAN)[:400], 1, "not a stepdown plan"),
        (b'{"schema": "stepdown.bundle/1"}', 1, "not a stepdown plan"),
        (encode(PLAN).replace(b"Because.", b"Perhaps."), 4, "changed after it was sealed"),
    ],
    ids=["missing", "empty", "torn", "foreign", "edited"],
)
def test_a_plan_that_is_none(place: Path, content: bytes | None, code: int, says: str) -> None:
    path = place / "other.json"
    if content is not None:
        path.write_bytes(content)
    ended, told = report(str(path), "-o", str(place / "r.md"))
    assert (ended, str(path) in told, says in told) == (code, True, True), told
    assert "stepdown plan -o FILE" in told
    assert not (place / "r.md").exists()


@pytest.mark.parametrize("what", ["/", "../..", "20200101T000000Z-00000000"])
def test_what_is_neither(place: Path, what: str) -> None:
    code, told = report(what, "-o", str(place / "r.md"))
    assert (code, what in told) == (1, True)


def test_a_run_without_its_plan(place: Path) -> None:
    (place / "state" / "runs" / packets.ID / "plan.json").unlink()
    code, told = report(packets.ID, "-o", str(place / "r.md"))
    assert (code, "plan.json" in told, "stepdown status" in told) == (1, True, True)


def test_a_run_with_a_spoilt_deadline(place: Path) -> None:
    (place / "state" / "runs" / packets.ID / "confirm-within").write_text("soon")
    code, told = report(packets.ID, "-o", str(place / "r.md"))
    assert (code, packets.ID in told) == (1, True)


def test_a_run_with_a_torn_plan(place: Path) -> None:
    (place / "state" / "runs" / packets.ID / "plan.json").write_bytes(encode(PLAN)[:400])
    code, told = report(packets.ID, "-o", str(place / "r.md"))
    assert (code, "plan.json" in told, "stepdown status" in told) == (1, True, True)


def test_a_run_whose_plan_was_edited_is_told_and_says_so(place: Path) -> None:
    path = place / "state" / "runs" / packets.ID / "plan.json"
    path.write_bytes(path.read_bytes().replace(b"a group of its own", b"a group of our own"))
    assert report(packets.ID, "-o", str(place / "r.json"))[0] == 0
    assert json.loads((place / "r.json").read_text())["sealed"] is False


def test_a_run_without_a_journal_never_began(place: Path) -> None:
    (place / "state" / "runs" / packets.ID / "journal.jsonl").unlink()
    assert report(packets.ID, "-o", str(place / "r.json"))[0] == 0
    told = json.loads((place / "r.json").read_text())
    assert told["state"]["word"] == "Never begun"


def test_a_torn_journal_is_told_as_far_as_it_goes(place: Path) -> None:
    path = place / "state" / "runs" / packets.ID / "journal.jsonl"
    content = path.read_bytes()[:30_000]
    path.write_bytes(content + b"\n" + b'{"type": "unheard-of", "seq": 1}\n' + b'{"type": "out')
    assert report(packets.ID, "-o", str(place / "r.json"))[0] == 0
    told = json.loads((place / "r.json").read_text())
    assert told["run"]["unread"] == 2
    assert told["state"]["word"] == "Unfinished"


def test_state_that_others_can_open_is_refused(place: Path) -> None:
    (place / "state" / "runs" / packets.ID).chmod(0o755)
    code, told = report(packets.ID, "-o", str(place / "r.md"))
    assert (code, packets.ID in told) == (1, True)
