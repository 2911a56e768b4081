"""Mail's lines in systemd's journal: facility mail, whatever the tag.

journalctl formats some 100,000 lines a second, so that the newest JOURNAL_LIMIT deliveries are
read; local ones are searched for in all of it. How far back it is read is what its lines tell.
"""

from __future__ import annotations

from msgspec.structs import replace

from wizard.host.base import HostReader, Unreadable
from wizard.model import LogScan
from wizard.plans import Command

JOURNALCTL = ("/usr/bin/journalctl", "/bin/journalctl")
JOURNAL = "journal"
"What stands for its path."
JOURNAL_LIMIT = 200_000
"Deliveries that are read of it, the newest ones."
TIMEOUT = 120.0
"Seconds."


def scan_journal(host: HostReader, mailers: tuple[str, ...]) -> LogScan | None:
    """What the journal tells; None where there is none or nothing of mail in it.

    Raises Unreadable, also where it shows us only a part.
    """
    journalctl = next((path for path in JOURNALCTL if host.state(path).exists), "")
    if not journalctl:
        return None
    mail = (journalctl, "--no-pager", "-o", "short-iso", "SYSLOG_FACILITY=2")
    newest = _lines(host, (*mail, "-n", "1"))
    if not newest:
        return None
    all_local = host.scan_log(_asked(*mail, "-g", _pattern(mailers)), mailers)
    latest = host.scan_log(_asked(*mail, "-n", str(JOURNAL_LIMIT), "-g", ", mailer="), mailers)
    head = latest.head
    if sum(latest.mailers.values()) < JOURNAL_LIMIT:
        head = (*_lines(host, (*mail, "-n", "1", "--until=-7days")), *head)
    return replace(
        latest,
        local=all_local.local,
        recipients=all_local.recipients,
        more_recipients=all_local.more_recipients,
        head=tuple(line for line in head if not line.startswith("-- ")),
        tail=(*latest.tail, *newest),
    )


def _pattern(mailers: tuple[str, ...]) -> str:
    """A PCRE for lines that name a local mailer."""
    names = "|".join(name.replace("*", "[*]").replace(".", "[.]") for name in mailers)
    return f", mailer=({names})(,| |$)"


def _asked(*argv: str) -> Command:
    return Command(argv, timeout=TIMEOUT, ok_codes=(0, 1))


def _lines(host: HostReader, argv: tuple[str, ...]) -> list[str]:
    """The lines it answers with. Raises Unreadable."""
    answer = host.probe(_asked(*argv))
    errors = answer.stderr.decode("utf-8", "replace").strip()
    hidden = "not seeing messages" in errors
    failed = answer.code != 0 and errors and "No journal files" not in errors
    if hidden or failed:
        raise Unreadable(f"journalctl: {errors.splitlines()[0]}", "Run it as root.")
    text = answer.stdout.decode("utf-8", "replace")
    return [line for line in text.splitlines() if line and not line.startswith("-- ")]
