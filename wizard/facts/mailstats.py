"""What Sendmail counted by mailer in its StatusFile, as mailstats(8) reads it.

Always `-P`, which prints for programs and leaves the counts alone; `-p` would zero them. Debian's
/usr/sbin/mailstats is a script around the real one.
"""

from __future__ import annotations

from datetime import UTC, datetime

from wizard.facts.cf_model import Cf
from wizard.facts.mail_model import MailStats
from wizard.host.base import HostReader, Unreadable
from wizard.model import Kind
from wizard.plans import Command
from wizard.platforms.base import Platform


def gather(host: HostReader, platform: Platform, cf: Cf) -> MailStats:
    """Ask mailstats, where there is a status file. Raises Unreadable."""
    path = cf.option("StatusFile")
    if not path:
        return MailStats("", False)
    state = host.state(host.resolve(path))
    if not state.exists:
        return MailStats(path, False)
    if state.kind is not Kind.FILE:
        raise Unreadable(f"{path}: a {state.kind}, not a file")
    if not state.size:
        return MailStats(path, True)
    binary = next((name for name in platform.mailstats if host.state(name).exists), "")
    if not binary:
        raise Unreadable(f"{path}: mailstats, which reads it, is not installed")
    answer = host.probe(Command((binary, "-P", "-C", cf.path, "-f", path), timeout=30))
    if answer.code:
        said = answer.stderr.decode("utf-8", "replace").strip()
        raise Unreadable(f"{path}: {said or f'mailstats: exit code {answer.code}'}")
    return parse(path, answer.stdout.decode("utf-8", "replace"))


def parse(path: str, text: str) -> MailStats:
    """The two times and a line a mailer: number, from, bytes, to, bytes, ..., name."""
    lines = [line.split() for line in text.splitlines() if line.split()]
    if not lines or len(lines[0]) != 2 or not all(word.isdigit() for word in lines[0]):
        raise Unreadable(f"{path}: mailstats printed something that is not understood")
    since, now = (int(word) for word in lines[0])
    delivered = {
        words[-1]: int(words[3])
        for words in lines[1:]
        if len(words) >= 9 and words[0].isdigit() and words[3].isdigit()
    }
    began = datetime.fromtimestamp(since, UTC)
    return MailStats(
        path, True, f"{began:%Y-%m-%d %H:%M} UTC", delivered, max(0.0, (now - since) / 86_400)
    )
