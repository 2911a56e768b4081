"""Searching a log for a pattern, compressed or not, in flat memory."""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
from pathlib import Path
from typing import BinaryIO

from wizard.model import Match, Matches

UNKNOWN = (".zst", ".lz4", ".Z", ".lzo", ".7z", ".zip")
"Endings of compressed files that we cannot read: never taken for plain text."


def opened_log(path: str) -> BinaryIO:
    """The file uncompressed, by its ending. Raises OSError."""
    if path.endswith(UNKNOWN):
        raise OSError(f"compressed in a way that is not read here: {path.rpartition('.')[2]}")
    if path.endswith(".gz"):
        return gzip.open(path, "rb")  # type: ignore[return-value]
    if path.endswith(".xz"):
        return lzma.open(path, "rb")  # type: ignore[return-value]
    if path.endswith(".bz2"):
        return bz2.open(path, "rb")  # type: ignore[return-value]
    return Path(path).open("rb")


def search_stream(stream: BinaryIO, pattern: re.Pattern[bytes], keep: int) -> Matches:
    """Count the lines that match; keep the first and the last few."""
    first: list[Match] = []
    last: list[Match] = []
    total = 0
    for number, line in enumerate(stream, 1):
        if pattern.search(line):
            total += 1
            found = Match(number, line.decode("utf-8", "replace").rstrip("\r\n"))
            if len(first) < keep // 2:
                first.append(found)
            else:
                last.append(found)
                del last[: max(0, len(last) - (keep - keep // 2))]
    return Matches(total, (*first, *last))
