"""Opening a log that another program wrote and perhaps compressed: by what it holds, not its name.

A log that cannot be read whole is Unreadable, with what is wrong and what to do: half a log is
not a quiet one.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, NamedTuple, cast

from wizard.host.base import Unreadable
from wizard.host.search import Stream

_MAGIC = {
    b"\x1f\x8b": "gz",
    b"\xfd7zXZ\x00": "xz",
    b"BZh": "bz2",
    b"\x28\xb5\x2f\xfd": "zst",
    b"\x04\x22\x4d\x18": "lz4",
    b"\x02\x21\x4c\x18": "lz4",
    b"\x1f\x9d": "Z",
    b"\x89LZO": "lzo",
    b"LZIP": "lz",
    b"PK\x03\x04": "zip",
    b"7z\xbc\xaf": "7z",
    b"\x5d\x00\x00": "lzma",
}
_READ_HERE = ("gz", "xz", "bz2", "zst")
_REMEDIES = {
    "lz4": "lz4 -d {path}",
    "Z": "uncompress {path}",
    "lzo": "lzop -d {path}",
    "lz": "lzip -d {path}",
    "zip": "unzip {path}",
    "7z": "7z x {path}",
    "lzma": "xz -d --format=lzma {path}",
    "br": "brotli -d {path}",
    "gpg": "gpg --decrypt {path}",
    "asc": "gpg --decrypt {path}",
    "age": "age --decrypt {path}",
    "tar": "tar -xf {path}",
    "tgz": "tar -xzf {path}",
}
"By ending: what makes it a plain file, which is then looked at."
_NAMES = ("gz", "xz", "bz2", "zst", *_REMEDIES)
_FAULTS = (EOFError, lzma.LZMAError, zlib.error, gzip.BadGzipFile, ValueError)
_SKIPPABLE = range(0x184D2A50, 0x184D2A60)
"Frames of zstd that hold no data; pzstd begins files with one."


class Opened(NamedTuple):
    """A log, ready to be read."""

    stream: Stream
    descriptor: int
    size: int
    "Bytes of a plain one; 0 where they are not known."


@contextmanager
def opened_log(place: str, path: str) -> Iterator[Opened]:
    """The file uncompressed.

    Raises Unreadable, also for what goes wrong while it is read.

    `place` is where it is opened, `path` what it is called in words.
    """
    try:
        descriptor = os.open(place, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb", buffering=0) as raw:
            kind = _kind(cast(BinaryIO, raw), path)
            size = 0 if kind else os.fstat(descriptor).st_size
            yield Opened(_opened(cast(BinaryIO, raw), kind), descriptor, size)
    except PermissionError as problem:
        raise Unreadable(f"{path}: {problem.strerror}", "Run it as root.") from problem
    except _FAULTS as problem:
        raise _broken(path, str(problem)) from problem
    except OSError as problem:
        if problem.errno is None:  # bz2's word for a damaged file
            raise _broken(path, str(problem)) from problem
        raise Unreadable(f"{path}: {problem.strerror}") from problem
    except Exception as problem:
        if type(problem).__name__ != "ZstdError":  # imported only where it is needed
            raise
        raise _broken(path, str(problem)) from problem


def _kind(raw: BinaryIO, path: str) -> str:
    """How it is compressed; empty for plain text. Raises Unreadable for what is no log."""
    mode = os.fstat(raw.fileno()).st_mode
    if not stat.S_ISREG(mode):
        raise Unreadable(f"{path}: not a regular file", "Log mail to a file, or move this away.")
    start = raw.read(512)
    raw.seek(0)
    kind = next((kind for magic, kind in _MAGIC.items() if start.startswith(magic)), "")
    if int.from_bytes(start[:4], "little") in _SKIPPABLE:
        kind = "zst"
    name = path.rpartition(".")[2]
    if not kind and name in _READ_HERE:
        what = "it is empty" if not start else f"it is no .{name} file"
        raise _broken(path, what)
    if not kind and name in _NAMES:
        kind = name
    if kind and kind not in _READ_HERE:
        remedy = _REMEDIES[kind].format(path=path)
        raise Unreadable(
            f"{path}: compressed in a way that is not read here: make it plain with `{remedy}`",
            f"{remedy}; then re-check.",
        )
    return kind


def _opened(raw: BinaryIO, kind: str) -> Stream:
    if kind == "gz":
        return cast(Stream, gzip.GzipFile(fileobj=raw))
    if kind == "xz":
        return lzma.LZMAFile(raw)
    if kind == "bz2":
        return bz2.BZ2File(raw)
    if kind == "zst":
        return _ZstdFile(raw)
    return cast(Stream, raw)


class _ZstdFile:
    """All frames of a zstd file, one after the other; a last one cut short is an EOFError.

    The library's own reader takes a file that ends in the middle of a frame for whole.
    """

    def __init__(self, raw: BinaryIO) -> None:
        import zstandard

        self._raw = raw
        self._begin = zstandard.ZstdDecompressor(max_window_size=1 << 31).decompressobj
        self._frame = self._begin()
        self._fed = False
        self._left = b""
        self._out = memoryview(b"")

    def readinto(self, buffer: memoryview, /) -> int:
        """As RawIOBase.readinto."""
        while not self._out:
            data = self._left or self._raw.read(32 * 1024)
            if not data:
                if self._fed:
                    raise EOFError("it ends in the middle")
                return 0
            self._fed = True
            self._out = memoryview(self._frame.decompress(data))
            self._left = b""
            if self._frame.eof:
                self._left = self._frame.unused_data
                self._frame, self._fed = self._begin(), False
        taken = min(len(buffer), len(self._out))
        buffer[:taken] = self._out[:taken]
        self._out = self._out[taken:]
        return taken


def _broken(path: str, what: str) -> Unreadable:
    """The refusal for a compressed file that is damaged or cut short."""
    return Unreadable(
        f"{path}: damaged or cut short: {what}",
        "Bring it back from a backup, or move it out of the way; if it is being compressed "
        "just now, re-check in a minute.",
    )
