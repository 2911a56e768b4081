"""Clients of a relay under load, as patient as real ones: run in the lab, standard library only.

`load_client.py PREFIX COUNT WORKERS RESULT STOP [TO]`: sends messages with unique ids through port
25 until COUNT were accepted and the file STOP is there. What is answered 4xx, refused or cut off is
sent again, the same message, until it is answered 250. RESULT is JSON: the accepted ids, and how
often what kind of answer made a client come again.
"""

from __future__ import annotations

import json
import smtplib
import sys
import threading
import time
from collections import Counter
from pathlib import Path

LINE = "a line of the message's text, long enough to fill a buffer\r\n"
LARGE = 400
"Lines of each tenth message: far beyond DataFileBufferSize."
SESSION = 40
"Messages of one persistent session."
PAUSE = 0.05
"Seconds before a client comes again."


class Load:
    """All clients together."""

    def __init__(self, prefix: str, count: int, stop: Path, to: str) -> None:
        self.prefix, self.count, self.stop, self.to = prefix, count, stop, to
        self.accepted: list[str] = []
        self.again: Counter[str] = Counter()
        self.lock = threading.Lock()

    def over(self) -> bool:
        """Whether enough were accepted, and nobody wants more."""
        return len(self.accepted) >= self.count and self.stop.exists()

    def work(self, number: int) -> None:
        """One client: persistent where its number is even, a connection a message otherwise."""
        session: smtplib.SMTP | None = None
        sent = 0
        while not self.over():
            name = f"{self.prefix}-{number}-{sent}"
            try:
                session = session or smtplib.SMTP("127.0.0.1", 25, "client.example.com", 60)
                session.sendmail("alice@example.com", [self.to], message(name, sent))
            except (OSError, smtplib.SMTPException) as problem:
                self.note(problem)
                close(session)
                session = None
                time.sleep(PAUSE)
                continue
            with self.lock:
                self.accepted.append(name)
            sent += 1
            if number % 2 or sent % SESSION == 0:
                close(session)
                session = None
            if number % 8 == 2:
                time.sleep(0.3)  # a session that is idle now and then
        close(session)

    def note(self, problem: Exception) -> None:
        """Why a client has to come again."""
        kind = type(problem).__name__
        code = getattr(problem, "smtp_code", "")
        said = getattr(problem, "smtp_error", b"")
        words = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
        with self.lock:
            self.again[f"{kind} {code} {words.split(' ./')[0][:60]}".strip()] += 1


def close(session: smtplib.SMTP | None) -> None:
    """Say QUIT where somebody still listens; end it."""
    if session is not None:
        try:
            session.quit()
        except (OSError, smtplib.SMTPException):
            session.close()


def message(name: str, number: int) -> str:
    """Its id in the subject; each tenth is large."""
    return f"Subject: id {name}\r\n\r\n{LINE * (LARGE if number % 10 == 9 else 3)}"


def main(
    prefix: str, count: str, workers: str, result: str, stop: str, to: str = "x@example.org"
) -> None:
    """Run all clients to their end."""
    load = Load(prefix, int(count), Path(stop), to)
    threads = [threading.Thread(target=load.work, args=(n,)) for n in range(int(workers))]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    told = {"accepted": load.accepted, "again": load.again}
    Path(result).write_text(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
