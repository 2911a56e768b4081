"""Files for one look: a candidate that a command reads before it is anything on the host.

In a directory that root alone may write and anyone may pass through: Sendmail refuses what lies
below a directory that others could write (fact 4).
"""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from pathlib import Path

RUN = "/run"
NAME = "stepdown-look-%s"
"Of a run's directory there: always the same, so that what a killed engine left is known."


class Scratch:
    """A directory that goes away with this object."""

    def __init__(self, run: str = "") -> None:
        """run: the id of the run that looks; what an engine of it left before is removed."""
        below = RUN if os.access(RUN, os.W_OK) else tempfile.gettempdir()
        if run and below == RUN:
            sweep(run)
            self.path = f"{RUN}/{NAME % run}"
            os.mkdir(self.path, 0o700)
        else:
            self.path = tempfile.mkdtemp(prefix="stepdown-", dir=below)
        self._gone = weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)
        Path(self.path).chmod(0o711)

    def put(self, name: str, content: bytes) -> str:
        """Write a file that everybody may read. Returns its path. Raises OSError."""
        path = Path(self.path) / name
        path.write_bytes(content)
        path.chmod(0o644)
        return str(path)

    def close(self) -> None:
        """Remove it and all in it."""
        self._gone()


def sweep(run: str) -> None:
    """Remove what a killed engine of this run left. Nobody but root makes names in /run."""
    shutil.rmtree(f"{RUN}/{NAME % run}", ignore_errors=True)
