from __future__ import annotations

from tests.facts.paper_host import PaperHost
from wizard.facts.disk import gather
from wizard.facts.model import Disk


def test_room() -> None:
    assert gather(PaperHost(), 5) == Disk("/var/lib/stepdown", 1 << 30, 5)
    assert gather(PaperHost(), 5, "/srv").path == "/srv"
