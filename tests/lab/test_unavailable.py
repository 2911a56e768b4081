"""When a lab cannot be opened: does the text say what is missing and what helps."""

import os
from pathlib import Path

import pytest

from wizard.lab import base, tools
from wizard.lab.errors import LabUnavailable
from wizard.lab.practice import Lab

TOOLS = ("unshare", "nsenter", "setpriv", "mount", "pivot_root", "chroot", "tar")


@pytest.fixture
def bare_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with the tools of util-linux only, and an empty cache."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in TOOLS:
        (folder / name).symlink_to(tools.find_tool(name))
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(tools, "ADMIN_FOLDERS", "")
    monkeypatch.setenv("STEPDOWN_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(tools, "require_namespaces", lambda: None)
    return folder


def fake_mmdebstrap(folder: Path, words: str) -> None:
    program = folder / "mmdebstrap"
    program.write_text(f"#!/bin/sh\necho '{words}' >&2\nexit 25\n")
    program.chmod(0o755)


def test_without_mmdebstrap_the_command_that_installs_it_is_named(bare_path: Path) -> None:
    with pytest.raises(LabUnavailable) as caught:
        base.ensure_base(print)
    text = str(caught.value)
    assert "mmdebstrap is missing" in text
    assert "apt-get install mmdebstrap uidmap" in text
    assert "stepdown review" in text


def test_without_a_network_it_says_so_and_leaves_nothing(
    bare_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_mmdebstrap(bare_path, "E: Temporary failure resolving a mirror")
    monkeypatch.setattr(base, "_confined", list)
    with pytest.raises(LabUnavailable) as caught:
        base.ensure_base(print)
    assert "needs a network" in caught.value.remedy
    assert "Temporary failure resolving" in caught.value.problem
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["lock"]


def test_without_subordinate_ids_usermod_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 65534)
    monkeypatch.setattr(tools, "find_tool", lambda name: f"/usr/bin/{name}")
    with pytest.raises(LabUnavailable) as caught:
        tools.require_subordinate_ids()
    assert "no range of subordinate ids in /etc/subuid" in caught.value.problem
    assert "usermod --add-subuids" in caught.value.remedy


def test_a_cache_that_cannot_be_made_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("STEPDOWN_CACHE_DIR", str(tmp_path / "file" / "cache"))
    with pytest.raises(LabUnavailable, match="STEPDOWN_CACHE_DIR"):
        base.cache_dir()


def test_a_failure_inside_is_told_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.lab.opening import open_or_skip

    open_or_skip(init="script").close()
    with pytest.raises(LabUnavailable, match="the lab did not open: RuntimeError: mount"):
        Lab.open(init="script", binds={Path("/nowhere/at/all"): "/opt/x"})


def test_the_recipe_names_the_base(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STEPDOWN_CACHE_DIR", str(tmp_path))
    before = base.base_path()
    assert before == base.base_path()
    monkeypatch.setattr(base, "PACKAGES", (*base.PACKAGES, "one-more"))
    assert base.base_path() != before
