from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.facts.paper_host import PaperHost
from wizard.facts.cf_model import Cf
from wizard.facts.model import Classes, Queues
from wizard.facts.queued import ASKED, gather
from wizard.host.base import Unreadable
from wizard.plans import Command, Completed
from wizard.platforms.debian import Debian

DEBIAN = Debian("Debian", "systemd")
CF = Cf("/etc/mail/sendmail.cf", {}, (), (), (), {}, 1)
CLASSES = Classes(("[127.0.0.1]", "relay1", "relay1.example.net"), (), ())


class QueueHost(PaperHost):
    """Greps for real, below a queue of the test's own, and says of each address that it stays."""

    def probe(self, command: Command) -> Completed:
        if not command.argv[0].endswith("grep"):
            said = f"{command.argv[-1]}... deliverable: mailer local, user {command.argv[-1]}\n"
            return Completed(0, said.encode())
        done = subprocess.run(command.argv, input=command.stdin, capture_output=True, check=False)
        return Completed(done.returncode, done.stdout, done.stderr)


def told(queue: Path, *recipients: str, name: str = "qf6AMBlU0S000310") -> list[tuple[str, str]]:
    """Addresses and mailers that are told of one entry with these lines."""
    (queue / name).write_text(
        "V8\nSa@b\n" + "".join(f"{r}\n" for r in recipients) + "H?P?x: |y\n.\n"
    )
    found = gather(QueueHost(), DEBIAN, CF, CLASSES, Queues((str(queue),), (), 1))
    return [(one.address, one.destinations[0].mailer) for one in found.answers]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("RPFD:bob", ("bob", "local")),
        ("RPFDA:\\bob", ("\\bob", "local")),
        ("Rbob", ("bob", "local")),
        ("RPFD:<bob@RELAY1>", ("bob@RELAY1", "local")),
        ("RPFD:bob@relay1.example.net.", ("bob@relay1.example.net.", "local")),
        ("RPFD:bob@[127.0.0.1]", ("bob@[127.0.0.1]", "local")),
        ("RPFD:<@relay1:bob@elsewhere.example>", ("@relay1:bob@elsewhere.example", "local")),
        ('RPFDA:"|/usr/local/bin/tf a@b"', ('"|/usr/local/bin/tf a@b"', "prog")),
        ("RFD:/var/mail/x", ("/var/mail/x", "*file*")),
        ("RFD::include:/etc/l@x", (":include:/etc/l@x", "*include*")),
    ],
)
def test_recipients_of_this_host(tmp_path: Path, line: str, expected: tuple[str, str]) -> None:
    assert told(tmp_path, "RPFD:eve@elsewhere.example", line) == [expected]


def test_recipients_elsewhere_and_other_files(tmp_path: Path) -> None:
    assert told(tmp_path, "RPFD:a@elsewhere.example", "RPFD:b@relay1.example", "rRFC822; bob") == []
    assert told(tmp_path, "RPFD:bob", name="Qf6AMBlU0S000310") == []
    assert told(tmp_path, "RPFD:bob", name="df6AMBlU0S000310") == []
    assert told(tmp_path, "RPFD:bob", name="hf6AMBlU0S000310") == [("bob", "local")]


def test_an_empty_queue_is_not_searched() -> None:
    assert gather(PaperHost(), DEBIAN, CF, CLASSES, Queues(("/q",), (), 0)).answers == ()


def test_many_recipients(tmp_path: Path) -> None:
    entry = "".join(f"RPFD:user{n}\n" for n in range(ASKED + 5))
    (tmp_path / "qf1").write_text(entry)
    found = gather(QueueHost(), DEBIAN, CF, CLASSES, Queues((str(tmp_path),), (), 1))
    assert found.left_out == ("queue: 5 recipients were not asked for",)


def _answers(code: int, said: str) -> PaperHost:
    class Grep(PaperHost):
        def probe(self, command: Command) -> Completed:
            return Completed(code, b"", said.encode())

    return Grep()


def test_what_was_delivered_meanwhile_is_no_trouble() -> None:
    host = _answers(2, "/bin/grep: /q/qf1: No such file or directory\n")
    assert gather(host, DEBIAN, CF, CLASSES, Queues(("/q",), (), 1)).answers == ()


@pytest.mark.parametrize("said", ["/bin/grep: /q/qf1: Permission denied\n", ""])
def test_what_cannot_be_searched(said: str) -> None:
    with pytest.raises(Unreadable):
        gather(_answers(2, said), DEBIAN, CF, CLASSES, Queues(("/q",), (), 1))
