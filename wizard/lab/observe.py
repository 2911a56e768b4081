"""Runs inside a lab, by the lab's own Python: looks at the host and answers in JSON.

`observe wait ADDRESS...`, `observe wait-file PATH`, `observe send FROM TO SUBJECT`,
`observe messages`, `observe manifest PATH...`.
"""

import contextlib
import grp
import hashlib
import json
import os
import pwd
import smtplib
import socket
import stat
import sys
import time
from email.message import EmailMessage
from pathlib import Path

from wizard.lab.layout import HOP_FOLDER

WAIT = 20.0  # seconds


def wait_for_banners(addresses: list[str]) -> None:
    """Return when port 25 of each address said 220; raises SystemExit(1) after WAIT seconds."""
    end = time.monotonic() + WAIT
    for address in addresses:
        while not _greets(address):
            if time.monotonic() > end:
                sys.exit(f"no 220 banner from {address}:25 in {WAIT:.0f} s")
            time.sleep(0.02)


def wait_for_file(path: str) -> None:
    """Return when the file is there; raises SystemExit(1) after WAIT seconds."""
    end = time.monotonic() + WAIT
    while not Path(path).exists():
        if time.monotonic() > end:
            sys.exit(f"{path} did not appear in {WAIT:.0f} s")
        time.sleep(0.02)


def _greets(address: str) -> bool:
    with contextlib.suppress(OSError):
        with socket.create_connection((address, 25), timeout=5) as connection:
            banner = connection.recv(512)
            connection.sendall(b"QUIT\r\n")
            connection.recv(512)
            return banner.startswith(b"220")
    return False


def send(sender: str, recipient: str, subject: str) -> None:
    """One message through the relay's port 25."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, recipient, subject
    message["Date"] = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime())
    message.set_content("A message from the practice relay.\n")
    with smtplib.SMTP("127.0.0.1", 25, timeout=20) as client:
        client.send_message(message, sender, [recipient])


def messages() -> list[object]:
    """What the next hop has kept so far, oldest first."""
    found = sorted(Path(HOP_FOLDER).glob("[0-9]*.json"), key=lambda p: int(p.stem))
    return [json.loads(path.read_text()) for path in found]


def entry(path: str) -> dict[str, object]:
    """Kind, ids, mode, content digest or target, extended attributes and mtime of one path."""
    info = os.lstat(path)
    kind = stat.S_IFMT(info.st_mode)
    content = ""
    if kind == stat.S_IFREG:
        content = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    elif kind == stat.S_IFLNK:
        content = str(Path(path).readlink())
    names = os.listxattr(path, follow_symlinks=False)
    return {
        "kind": KINDS.get(kind, "other"),
        "owner": info.st_uid,
        "group": info.st_gid,
        "owner_name": _owner_name(info.st_uid),
        "group_name": _group_name(info.st_gid),
        "mode": stat.S_IMODE(info.st_mode),
        "content": content,
        "xattrs": [[n, os.getxattr(path, n, follow_symlinks=False).hex()] for n in sorted(names)],
        "mtime_ns": info.st_mtime_ns if kind == stat.S_IFREG else None,
    }


KINDS = {
    stat.S_IFREG: "file",
    stat.S_IFDIR: "directory",
    stat.S_IFLNK: "symlink",
    stat.S_IFSOCK: "socket",
    stat.S_IFIFO: "fifo",
}


def _owner_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _group_name(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)


def manifest(paths: list[str]) -> dict[str, dict[str, object]]:
    """entry() of every path and all below it; a path that is not there is left out."""
    found: dict[str, dict[str, object]] = {}
    for top in paths:
        if not os.path.lexists(top):
            continue
        found[top] = entry(top)
        for folder, folders, files in os.walk(top):
            for name in [*folders, *files]:
                path = f"{folder.rstrip('/')}/{name}"
                with contextlib.suppress(FileNotFoundError):
                    found[path] = entry(path)
    return found


def main(arguments: list[str]) -> None:
    """Carry out one command; an answer goes to standard output as JSON."""
    verb, rest = arguments[0], arguments[1:]
    if verb == "wait":
        wait_for_banners(rest)
    elif verb == "wait-file":
        wait_for_file(*rest)
    elif verb == "send":
        send(*rest)
    elif verb == "messages":
        json.dump(messages(), sys.stdout)
    elif verb == "manifest":
        json.dump(manifest(rest), sys.stdout)
    else:
        sys.exit(f"unknown: {verb}")


if __name__ == "__main__":
    main(sys.argv[1:])
