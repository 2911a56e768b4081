"""A small milter for practice: takes every message and adds a header, X-Practice-Milter: yes.

It speaks the milter protocol, version 6 (libmilter's mfdef.h): each packet is its length, a letter
and the letter's data. Run as `milter SOCKET`, by the account that owns the socket's directory.
"""

import os
import socket
import struct
import sys
import threading
from pathlib import Path

HEADER = b"X-Practice-Milter\0yes\0"
VERSION = 6
MAY_ADD_HEADERS = 0x01
"SMFIF_ADDHDRS"
SKIP_NOTHING = 0
"No SMFIP_NO* bit: Sendmail tells every part of the session."
NEGOTIATE, MACROS, ABORT, QUIT, END_OF_MESSAGE = b"O", b"D", b"A", b"Q", b"E"
ADD_HEADER, CONTINUE = b"h", b"c"
SOCKET_MODE = 0o660


def packet(letter: bytes, data: bytes = b"") -> bytes:
    """One packet as it goes over the wire."""
    return struct.pack("!I", 1 + len(data)) + letter + data


def answer(letter: bytes) -> bytes:
    """What the milter says to a command of Sendmail's; empty where it says nothing."""
    if letter == NEGOTIATE:
        return packet(NEGOTIATE, struct.pack("!III", VERSION, MAY_ADD_HEADERS, SKIP_NOTHING))
    if letter in (MACROS, ABORT):
        return b""
    if letter == END_OF_MESSAGE:
        return packet(ADD_HEADER, HEADER) + packet(CONTINUE)
    return packet(CONTINUE)


def receive(connection: socket.socket, count: int) -> bytes:
    """Exactly that many bytes. Raises EOFError where the other side closes first."""
    found = b""
    while len(found) < count:
        more = connection.recv(count - len(found))
        if not more:
            raise EOFError
        found += more
    return found


def converse(connection: socket.socket) -> None:
    """One session of Sendmail's, to its end."""
    with connection:
        try:
            while True:
                (length,) = struct.unpack("!I", receive(connection, 4))
                letter = receive(connection, length)[:1]
                if letter == QUIT:
                    return
                connection.sendall(answer(letter))
        except (EOFError, ConnectionError):
            return


def listen(path: str) -> socket.socket:
    """A socket of its own account and group, 0660, in place of the one that the last run left."""
    Path(path).unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX)
    os.umask(0o777 & ~SOCKET_MODE)
    listening.bind(path)
    listening.listen(20)
    return listening


def main() -> None:
    """Serve until the process is ended."""
    listening = listen(sys.argv[1])
    while True:
        connection, _address = listening.accept()
        threading.Thread(target=converse, args=(connection,), daemon=True).start()


if __name__ == "__main__":
    main()
