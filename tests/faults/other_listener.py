"""Run inside a lab: answers on port 25 like a mail server, as the account, and keeps all mail."""

import os
import pwd
import socket
from pathlib import Path


def serve(connection: socket.socket) -> None:
    """One session: everything is accepted."""
    told = connection.makefile("rw", newline="\r\n")
    told.write("220 relay1.example.net ESMTP ready\n")
    told.flush()
    in_data = False
    for line in told:
        word = line.strip().upper()
        if in_data and word != ".":
            continue
        answer = "250 2.0.0 6AM000000000001 Message accepted for delivery" if in_data else "250 ok"
        in_data = word == "DATA"
        told.write(
            "354 go ahead\n" if in_data else "221 bye\n" if word == "QUIT" else f"{answer}\n"
        )
        told.flush()
        if word == "QUIT":
            return


def main() -> None:
    """Bind as root, serve as the account."""
    with socket.create_server(("127.0.0.1", 25), reuse_port=True) as listener:
        Path("/run/other.pid").write_text(str(os.getpid()))
        account = pwd.getpwnam("sendmail")
        os.setgroups([account.pw_gid])
        os.setgid(account.pw_gid)
        os.setuid(account.pw_uid)
        while True:
            connection, _address = listener.accept()
            with connection:
                serve(connection)


if __name__ == "__main__":
    main()
