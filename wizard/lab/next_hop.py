"""A real next hop, hub.example.org on 127.0.0.2:25: keeps every message it gets as a file."""

import asyncio
import base64
import json
import time
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from wizard.lab.layout import HOP_ADDRESS, HOP_FOLDER, HOP_HOST

PORT = 25


class Keep:
    """The handler: one message becomes HOP_FOLDER/NNNN.json, complete or not there at all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        self.number = max((int(p.stem) for p in folder.glob("[0-9]*.json")), default=0)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Called by aiosmtpd after the final dot."""
        self.number += 1
        content = envelope.original_content or b""
        record = {
            "number": self.number,
            "received": time.time(),
            "peer": str(session.peer[0]) if session.peer else "",
            "helo": session.host_name or "",
            "mail_from": envelope.mail_from or "",
            "rcpt_tos": list(envelope.rcpt_tos),
            "content": base64.b64encode(content).decode(),
        }
        part = self.folder / f".{self.number:04}.part"
        part.write_text(json.dumps(record))
        part.rename(self.folder / f"{self.number:04}.json")
        return f"250 2.0.0 kept as {self.number:04}"


async def serve() -> None:
    """Listen until the process is ended."""
    loop = asyncio.get_running_loop()
    keep = Keep(Path(HOP_FOLDER))
    server = await loop.create_server(
        lambda: SMTP(keep, hostname=HOP_HOST, ident="practice hub", loop=loop), HOP_ADDRESS, PORT
    )
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())
