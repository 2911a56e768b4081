"""Made-up mail logs of a relay, for benchmarks: no log of anybody's is needed."""

from __future__ import annotations

import random
from pathlib import Path

LINES = 40_000
"Messages of a block, which is written again and again."
LOCAL = (
    "Nov 22 06:25:01 relay1 sm-mta[7]: 6AMB4ov0000265: to=root, ctladdr=root (0/0), "
    "delay=00:00:00, xdelay=00:00:00, mailer=local, pri=30311, dsn=2.0.0, stat=Sent\n"
)


def make_log(path: Path, size: int, *, local: bool) -> None:
    """A plain log of about this many bytes; with a local delivery every 18 MB or so, or none."""
    block = _block() + (LOCAL.encode() if local else b"")
    with path.open("wb") as stream:
        written = 0
        while written < size:
            written += stream.write(block)


def _block() -> bytes:
    chance = random.Random(1)  # noqa: S311  (a log, not a secret)
    lines = []
    for number in range(LINES):
        queue_id = f"6AMB{chance.randrange(10**4):04}{number:06}"
        seconds = number * 86_400 // LINES
        stamp = f"Nov 22 {seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
        head = f"{stamp} relay1 sm-mta[{chance.randrange(30_000)}]: {queue_id}:"
        user = f"user{chance.randrange(100_000)}"
        lines.append(
            f"{head} from=<{user}@example.com>, size={chance.randrange(90_000)}, class=0, "
            f"nrcpts=1, msgid=<{chance.getrandbits(64):x}@mail.example.com>, proto=ESMTP, "
            f"daemon=MTA-v4, relay=mx{chance.randrange(99)}.example.com [198.51.100.7]\n"
            f"{head} to=<{user}@example.org>, delay=00:00:0{chance.randrange(9)}, "
            f"xdelay=00:00:00, mailer=esmtp, pri={chance.randrange(99_999)}, "
            f"relay=[192.0.2.7] [192.0.2.7], dsn=2.0.0, "
            f"stat=Sent (2.0.0 kept as {chance.getrandbits(48):x})\n"
        )
    return "".join(lines).encode()
