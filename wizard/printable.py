"""Host text made fit to print, wherever it goes: terminal, JSON, journal, report."""

from __future__ import annotations

_CONTROL = {code: chr(0x2400 + code) for code in range(32) if code not in (9, 10)}
_CONTROL |= {127: "␡", **dict.fromkeys(range(128, 160), "�")}


def printable(text: str) -> str:
    """An escape sequence in a log line must not reach the terminal, and JSON takes UTF-8 only.

    Control characters become their pictures, bytes that were no UTF-8 a replacement sign; tabs
    and line ends stay.
    """
    if text.isascii() and text.isprintable():
        return text
    shown = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return shown.translate(_CONTROL)
