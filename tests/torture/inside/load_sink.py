"""A next hop that only counts: run inside the lab, standard library only.

`load_sink.py ADDRESS FILE`: appends a line for each message to FILE before it answers the final
dot: the id of its subject, and what it is, `mail` or `bounce`.
"""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

SUBJECT = re.compile(rb"^Subject: id (\S+)", re.MULTILINE)
BOUNCE = b"report-type=delivery-status"


class Sink:
    """Every connection's messages, into one file."""

    def __init__(self, path: Path) -> None:
        self.stream = path.open("ab", buffering=0)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One session; a lost connection is none of ours."""
        try:
            await self._session(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hub.example.org ESMTP\r\n")
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"EHLO":
                writer.write(b"250-hub.example.org\r\n250 8BITMIME\r\n")
            elif verb == b"DATA":
                writer.write(b"354 go on\r\n")
                self._keep(await reader.readuntil(b"\r\n.\r\n"))
                writer.write(b"250 2.0.0 counted\r\n")
            elif verb == b"QUIT":
                writer.write(b"221 bye\r\n")
                return
            else:
                writer.write(b"250 ok\r\n")

    def _keep(self, content: bytes) -> None:
        found = SUBJECT.search(content)
        kind = b"bounce" if BOUNCE in content else b"mail"
        self.stream.write(b"%b %b\n" % (found[1] if found else b"?", kind))


async def main(address: str, path: str) -> None:
    """Listen until the process is ended."""
    sink = Sink(Path(path))
    server = await asyncio.start_server(sink.serve, address, 25, limit=4 * 1024 * 1024)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
