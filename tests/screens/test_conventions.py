"""The house rules for screens, held against every one of them."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest
from textual.binding import Binding
from textual.screen import Screen

import screens
from screens.app import StepdownApp
from screens.base import StepScreen
from screens.flow import ASIDE, FLOW, neighbour
from screens.modals.ask import AskText
from screens.modals.attach import Attach
from screens.modals.choose import Choose
from screens.modals.confirm import Confirm
from screens.modals.dialog import Dialog
from screens.modals.mend import Mend
from screens.modals.reading import Reading
from screens.widgets.pick import Pick
from screens.widgets.rail import STEPS

ROOT = Path(screens.__path__[0])
SCREENS = [*FLOW, *ASIDE]
WITH_KEYS: list[type[Screen[object]] | type] = [
    StepScreen,
    *SCREENS,
    Dialog,
    AskText,
    Confirm,
    Reading,
    Choose,
    Mend,
    Attach,
    Pick,
]


@pytest.mark.parametrize("owner", WITH_KEYS, ids=lambda owner: owner.__name__)
def test_every_binding_has_an_id_and_a_tooltip(owner: type) -> None:
    ids = []
    for binding in vars(owner).get("BINDINGS", []):
        assert isinstance(binding, Binding), binding
        assert binding.id and binding.tooltip, binding
        ids.append(binding.id)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.__name__)
def test_every_screen_explains_itself(screen: type[StepScreen]) -> None:
    assert screen.HELP and len(screen.HELP) > 80
    assert screen.WHY and len(screen.WHY) <= 156, "two lines of 78 columns"
    assert inspect.getdoc(screen)


def test_the_rail_names_the_flow() -> None:
    assert tuple(screen.step for screen in FLOW) == STEPS


def test_the_flow_ends_at_both_ends() -> None:
    assert neighbour("Host", -1) == "Host"
    assert neighbour("Verify", 1) == "Verify"
    assert neighbour("Rollback", 1) == "Rollback"


def test_the_sheet_names_no_colour_by_value() -> None:
    sheet = (ROOT / "app.tcss").read_text()
    assert not re.search(r"#[0-9a-fA-F]{3,8}\s*;", sheet)
    assert "rgb" not in sheet


def test_only_the_theme_names_colours_by_value() -> None:
    for path in ROOT.rglob("*.py"):
        if path.name != "theme.py":
            assert not re.search(r"[\"' ]#[0-9a-fA-F]{6}\b", path.read_text()), path


def test_no_widget_takes_markup() -> None:
    for path in ROOT.rglob("*.py"):
        for call in re.findall(r"\b(?:Static|Label)\(.*", path.read_text()):
            assert "markup=False" in call or path.name == "prose.py", (path, call)


def test_the_palette_and_the_app_know_quit() -> None:
    assert StepdownApp.action_quit is not Screen.__dict__.get("action_quit")


@pytest.mark.parametrize("module", ["wizard.cli", "wizard.__main__", "screens.line_mode"])
def test_what_is_headless_loads_no_textual(module: str) -> None:
    code = f"import sys, {module}; sys.exit('textual' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], check=False, cwd=ROOT.parent)
    assert ended.returncode == 0
