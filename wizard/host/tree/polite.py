"""A long walk beside a relay that runs: whoever is greeted or delivered to comes first."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

NICE = 10
"As nice(1) would have it: about a tenth of the time where others want the processor too."
THIS_THREAD = 0


@contextmanager
def politely() -> Iterator[None]:
    """Be nice meanwhile; where the system does not let us, all is as ever."""
    before = os.getpriority(os.PRIO_PROCESS, THIS_THREAD)
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, THIS_THREAD, max(before, NICE))
    try:
        yield
    finally:
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, THIS_THREAD, before)
