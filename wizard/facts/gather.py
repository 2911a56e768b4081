"""All facts of a host, each once. What cannot be established is Unknown, with the reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from wizard.facts import (
    accounts,
    aliases,
    cf,
    classes,
    config,
    daemons,
    disk,
    forwards,
    logs,
    map_files,
    queues,
    sendmail,
    service,
)
from wizard.facts.model import Config, Facts, MapFiles, Queues, Unknown
from wizard.host.base import HostReader, Unreadable
from wizard.platforms.detect import detect
from wizard.runs import state_directory

T = TypeVar("T")
U = TypeVar("U")
V = TypeVar("V")

Tell = Callable[[str], None]
BYTES_PER_ENTRY = 200
"Room that the tree record needs for one queue entry, with a margin."
MARGIN = 8 * 1024 * 1024
"Bytes for the journal and for what the snapshot of the configuration needs at least."


def gather(host: HostReader, tell: Tell | None = None) -> Facts:
    """Every fact. Never raises for the host's sake: what failed is Unknown in its field."""
    state = str(state_directory())
    say = tell or (lambda _text: None)

    def fact(what: str, source: Callable[[], T]) -> T | Unknown:
        say(what)
        return attempt(what, source)

    platform = attempt("platform", lambda: detect(host))
    parsed = _on(platform, lambda p: fact("sendmail.cf", lambda: cf.gather(host, p.cf_path)))
    people = fact("accounts", lambda: accounts.gather(host))
    pair = _on(platform, lambda p: fact("the .mc and m4", lambda: config.gather(host, p)))
    queue = _both(
        parsed, pair, lambda c, k: fact("queues", lambda: queues.gather(host, c, k.cf.text()))
    )
    files = _both(
        platform, parsed, lambda p, c: fact("maps", lambda: map_files.gather(host, c, p.mail_dir))
    )
    return Facts(
        platform=platform if isinstance(platform, Unknown) else platform.id,
        sendmail=_on(
            platform, lambda p: fact("Sendmail", lambda: sendmail.gather(host, p.sendmail))
        ),
        daemons=fact("listeners and processes", lambda: daemons.gather(host)),
        config=pair,
        cf=parsed,
        queues=queue,
        map_files=files,
        accounts=people,
        classes=_on(platform, lambda p: fact("classes", lambda: classes.gather(host, p))),
        service=_on(platform, lambda p: fact("the service", lambda: service.gather(host, p))),
        aliases=_on(parsed, lambda c: fact("aliases", lambda: aliases.gather(host, c))),
        forwards=_both(
            parsed, people, lambda c, a: fact(".forward", lambda: forwards.gather(host, c, a))
        ),
        logs=_both(platform, parsed, lambda p, c: fact("logs", lambda: logs.gather(host, p, c))),
        disk=fact("room on disk", lambda: disk.gather(host, _needed(pair, queue, files), state)),
    )


def attempt(what: str, source: Callable[[], T]) -> T | Unknown:
    """The fact, or Unknown where the host would not tell it."""
    try:
        return source()
    except Unreadable as problem:
        return Unknown(str(problem), "root" if "root" in problem.remedy else "")
    except (OSError, ValueError, UnicodeError) as problem:
        return Unknown(f"{what}: {type(problem).__name__}: {problem}")


def _on(first: T | Unknown, then: Callable[[T], U | Unknown]) -> U | Unknown:
    return first if isinstance(first, Unknown) else then(first)


def _both(
    first: T | Unknown, second: U | Unknown, then: Callable[[T, U], V | Unknown]
) -> V | Unknown:
    if isinstance(first, Unknown):
        return first
    return second if isinstance(second, Unknown) else then(first, second)


def _needed(pair: Config | Unknown, queue: Queues | Unknown, files: MapFiles | Unknown) -> int:
    """Bytes that the snapshot and the journal of a migration take."""
    content = 0 if isinstance(pair, Unknown) else 4 * (pair.cf.size + pair.mc.size)
    content += 0 if isinstance(files, Unknown) else 2 * sum(s.size for _p, s in files.tree)
    entries = 0 if isinstance(queue, Unknown) else queue.entries
    return MARGIN + content + entries * BYTES_PER_ENTRY
