"""Reading one line of a mail log: is it a delivery of Sendmail's, and whose mailer did it?

Sendmail logs `QID: to=ADDRESSES, [ctladdr=ADDRESS,] delay=..., xdelay=..., mailer=NAME, ...`
(op guide, section 2.1.1). Addresses are as the client wrote them, so a sender can put `mailer=`
into one; what a next hop answered follows after `stat=`. The line's own mailer= is the one that
follows the addresses. Where that cannot be told, a line that speaks of a local mailer counts.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_ADDRESS = rb"(?:<[^<>\"()\\\s]*>|[^<>\"()\\,\s]+)"
PLAIN = re.compile(
    rb"^([^=\[]*(?:\[[^\]=]*\][^=\[]*)*): to=(" + _ADDRESS + rb"(?:," + _ADDRESS + rb")*),"
    rb"(?: ctladdr=" + _ADDRESS + rb"(?: \(\d+/\d+\))?,)?"
    rb" delay=[^,\s]*,(?: xdelay=[^,\s]*,)? mailer=([^,\s]+)"
)
"A delivery with nothing in it that could be taken for something else."
_FIELDS = re.compile(rb"(?:delay=[^,\s]*, )(?:xdelay=[^,\s]*, )?mailer=([^,\s]+)")
_STRUCTURED = re.compile(rb"\[[^\]]*\]")
_STAMP = re.compile(rb"[\0\s]*(?:<\d+>\d? ?)?(?:[A-Z][a-z]{2} [ \d]\d \d\d:|\d{4}-\d\d-\d\d[T ])")
_QUEUE_ID = re.compile(rb"(?:^|[\s\]])(?:NOQUEUE|[0-9A-Za-z]{8,}\d{3,}): ")
"A queue id with what it is about: Sendmail writes one a line, before anything of a client's."
_FRAME = re.compile(rb"(?:\S+(?:\[\d+\])?: )?(?:\[ID \d+ \S+\] )?\w+")
"What may follow something that looks like a queue id and was a host's or program's name."
_TRUNCATED = 600
"Bytes of `to=` from which on Sendmail may have cut it, and with it a quote or a bracket."
_WRITTEN = re.compile(rb"\\(?:\\|[abfnrtv]|[0-7]{3})")
_SPECIAL = re.compile(rb"[\"()\\]|<[^>]*,")
_REFUSED = re.compile(rb", dsn=5\.1\.1, stat=User unknown\s*$")
_CLOSING = {ord("<"): ord(">"), ord("("): ord(")")}
_QUOTE, _ESCAPE = ord('"'), ord("\\")


class Delivery(NamedTuple):
    """Who a line says was delivered to, and by which mailer."""

    to: bytes
    "Addresses, separated by commas; empty where they could not be told."
    mailer: bytes


def delivery_of(line: bytes, local: frozenset[bytes]) -> Delivery | None:
    """The delivery that a line tells; None for one that only looks like it.

    `local` are the mailers to be assumed in case of doubt.
    """
    if found := PLAIN.match(line):
        return Delivery(found[2], found[3]) if _begins(found[1]) else None
    start = line.find(b": to=")
    if start < 0:
        return _in_doubt(line, local) if not _STAMP.match(line) else None
    head = line[:start]
    if b"=" in _STRUCTURED.sub(b"", head):
        return None if _STAMP.match(line) else _in_doubt(line, local)
    if not _begins(head):
        return None
    return _read(line, start + 5, local)


def _begins(head: bytes) -> bool:
    """Whether nothing but a queue id of the line's own stands before its `to=`."""
    if b"]: " in head and head.count(b": ") == 1:  # the tag's, which is what most lines have
        return True
    earlier = _QUEUE_ID.search(head)
    return earlier is None or _FRAME.fullmatch(head, earlier.end()) is not None


def was_refused(line: bytes) -> bool:
    """Whether nobody got it: the local mailer was chosen, and there is no such user."""
    return _REFUSED.search(line) is not None


def addresses(to: bytes) -> list[bytes]:
    """The addresses of a `to=`, one by one."""
    if not _SPECIAL.search(to):
        return [address for address in to.split(b",") if address]
    found, start = [], 0
    while start < len(to):
        end = _end_of(to, start, b",")
        end = len(to) if end < 0 else end
        found.append(to[start:end])
        start = end + 1
    return [address for address in found if address]


def _read(line: bytes, start: int, local: frozenset[bytes]) -> Delivery | None:
    """The line's fields after `to=`, quotes, comments and brackets minded."""
    end = _end_of(line, start, b", ")
    if end < 0 or end - start > _TRUNCATED:
        return _in_doubt(line, local)
    rest = end + 2
    if line.startswith(b"[more], ", rest):
        rest += len(b"[more], ")
    if line.startswith(b"ctladdr=", rest):
        rest = _end_of(line, rest, b", ") + 2
        if rest < 2:
            return _in_doubt(line, local)
    fields = _FIELDS.match(line, rest)
    return Delivery(line[start:end], fields[1]) if fields else _in_doubt(line, local)


def _end_of(line: bytes, start: int, mark: bytes) -> int:
    """Where the mark stands outside quotes, comments and angle brackets; -1 for nowhere."""
    waiting: list[int] = []
    quoted, place = False, start
    while place < len(line):
        byte = line[place]
        if byte == _ESCAPE:
            after = _after_escape(line, place)
            if after < 0:
                return -1
            place = after - 1
        elif quoted or (byte == _QUOTE and ord(")") not in waiting):
            quoted = (byte != _QUOTE) if quoted else True
        elif waiting and byte == waiting[-1]:
            waiting.pop()
        elif byte in _CLOSING and (byte == ord("(") or ord(")") not in waiting):
            waiting.append(_CLOSING[byte])
        elif not waiting and line.startswith(mark, place):
            return place
        place += 1
    return -1


def _after_escape(line: bytes, place: int) -> int:
    r"""Where the line goes on after a backslash; -1 where Sendmail would not have written it.

    Sendmail doubles each backslash in what it logs, and writes control characters as \t or
    \177. So a doubled one is what escaped the next character, as that is written.
    """
    written = _WRITTEN.match(line, place)
    if not written:
        return -1
    if written[0] != b"\\\\":
        return written.end()
    escaped = _WRITTEN.match(line, written.end())
    return escaped.end() if escaped else written.end() + 1


def _in_doubt(line: bytes, local: frozenset[bytes]) -> Delivery | None:
    """A local mailer that the line names, wherever it does."""
    for found in re.finditer(rb"mailer=([^,\s]+)", line):
        if found[1] in local:
            return Delivery(b"", found[1])
    return None
