"""A dialogue with a command: each line is sent once the one before it was answered."""

from __future__ import annotations

import sys
import time

from wizard.host.commands import TIMED_OUT, run_quietly
from wizard.plans import Command

IMPATIENT = r"""
import os, select, sys
def early():
    return bool(select.select([0], [], [], 0.2)[0])
def say(text):
    os.write(1, text.encode() + b"\r\n")
say("451 4.0.0 sendmail.cf: line 7: X1: local socket name /run/a unsafe")
if early():
    say("554 traffic before the greeting")
say("220 relay1")
while True:
    line = sys.stdin.buffer.readline()
    if not line:
        sys.exit(3)
    say("250-first half of the answer to " + line.decode().strip())
    if line.strip() != b"QUIT" and early():
        say("554 traffic before the answer")
    say("250 " + line.decode().strip())
    if line.strip() == b"QUIT":
        sys.exit(0)
"""


def command(program: str, stdin: bytes, timeout: float = 20.0) -> Command:
    return Command((sys.executable, "-c", program), timeout=timeout, stdin=stdin, smtp=True)


def test_each_line_waits_for_the_answer_to_the_one_before() -> None:
    done = run_quietly(command(IMPATIENT, b"EHLO a\r\nRSET\r\nQUIT\r\n"))
    assert done.code == 0
    assert "554" not in done.output
    assert done.output.split("\r\n")[-3:-1] == [
        "250-first half of the answer to QUIT",
        "250 QUIT",
    ]
    assert done.output.startswith("451 4.0.0 sendmail.cf: line 7")


def test_one_that_refuses_at_once_is_heard_and_not_written_to() -> None:
    refuses = "import sys; print('451 4.0.0 no such thing'); sys.exit(78)"
    done = run_quietly(command(refuses, b"EHLO a\r\nQUIT\r\n"))
    assert (done.code, done.output.strip()) == (78, "451 4.0.0 no such thing")


def test_an_input_without_a_farewell_ends_with_the_input() -> None:
    assert run_quietly(command(IMPATIENT, b"EHLO a\r\n")).code == 3


def test_one_that_never_answers_is_ended_in_its_time() -> None:
    started = time.monotonic()
    done = run_quietly(command("import time; time.sleep(60)", b"QUIT\r\n", timeout=0.5))
    assert done.code == TIMED_OUT
    assert time.monotonic() - started < 10
