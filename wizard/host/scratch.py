"""Files for one look: a candidate that a command reads before it is anything on the host.

In a directory that root alone may write and anyone may pass through: Sendmail refuses what lies
below a directory that others could write (fact 4).
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


class Scratch:
    """A directory that goes away with this object."""

    def __init__(self) -> None:
        below = "/run" if os.access("/run", os.W_OK) else None
        self._holder = tempfile.TemporaryDirectory(prefix="stepdown-", dir=below)
        self.path = self._holder.name
        Path(self.path).chmod(0o711)

    def put(self, name: str, content: bytes) -> str:
        """Write a file that everybody may read. Returns its path. Raises OSError."""
        path = Path(self.path) / name
        path.write_bytes(content)
        path.chmod(0o644)
        return str(path)

    def close(self) -> None:
        """Remove it and all in it."""
        self._holder.cleanup()
