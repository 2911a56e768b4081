"""What the screens look like, narrow and wide: a change here is a change to look at.

After a change that is meant: `pytest tests/screens/test_snapshots.py --snapshot-update`, then look
at the SVGs before committing them.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from screens.app import build_app
from screens.gallery import SIZES
from tests.screens.scenes import CLOCK, SCENES


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", SCENES)
def test_screen(name: str, size: tuple[int, int], snap_compare: Callable[..., bool]) -> None:
    make, walk = SCENES[name]
    app = build_app(make(), CLOCK, eight=False)
    assert snap_compare(app, terminal_size=size, run_before=walk)
