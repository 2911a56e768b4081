"""Where each fact comes from, and what it rests on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from msgspec import Struct

from wizard.facts import (
    accounts,
    aliases,
    cf,
    classes,
    config,
    daemons,
    disk,
    doors,
    forwards,
    ground,
    jobs,
    logs,
    mailboxes,
    mailstats,
    map_files,
    queued,
    queues,
    resolutions,
    sendmail,
    service,
    tables,
    trusted,
    undoers,
)
from wizard.facts.model import Facts, Unknown
from wizard.host.base import HostReader
from wizard.platforms.base import Platform
from wizard.platforms.detect import detect
from wizard.runs import state_directory

T = TypeVar("T")

BYTES_PER_ENTRY = 200
"Room that the tree record needs for one queue entry, with a margin."
MARGIN = 8 * 1024 * 1024
"Bytes for the journal and for what the snapshot of the configuration needs at least."


class Missing(Exception):
    """A fact that another one rests on is Unknown."""

    def __init__(self, unknown: Unknown) -> None:
        super().__init__(unknown.reason)
        self.unknown = unknown


class Known:
    """What is known so far, for the next source."""

    def __init__(self, host: HostReader, facts: Facts) -> None:
        self.host = host
        self.facts = facts

    @property
    def platform(self) -> Platform:
        """The platform itself, not only its id."""
        _have(self.facts.platform)
        return detect(self.host)


class Source(Struct, frozen=True):
    """Where one fact comes from."""

    fact: str
    "The field of Facts."
    title: str
    "As progress tells it."
    rests_on: tuple[str, ...]
    ask: Callable[[Known], object]


def _have(fact: T | Unknown) -> T:
    if isinstance(fact, Unknown):
        raise Missing(fact)
    return fact


SOURCES = (
    Source("platform", "the platform", (), lambda k: detect(k.host).id),
    Source(
        "sendmail",
        "Sendmail",
        ("platform",),
        lambda k: sendmail.gather(k.host, k.platform.sendmail),
    ),
    Source("daemons", "listeners and processes", (), lambda k: daemons.gather(k.host)),
    Source("service", "the service", ("platform",), lambda k: service.gather(k.host, k.platform)),
    Source("cf", "sendmail.cf", ("platform",), lambda k: cf.gather(k.host, k.platform.cf_path)),
    Source("config", "the .mc and m4", ("platform",), lambda k: config.gather(k.host, k.platform)),
    Source("accounts", "accounts", (), lambda k: accounts.gather(k.host)),
    Source(
        "queues",
        "queues",
        ("cf", "config"),
        lambda k: queues.gather(k.host, _have(k.facts.cf), _have(k.facts.config).cf.text()),
    ),
    Source(
        "map_files",
        "maps",
        ("platform", "cf"),
        lambda k: map_files.gather(k.host, _have(k.facts.cf), k.platform.mail_dir),
    ),
    Source("classes", "classes", ("platform", "cf"), lambda k: classes.gather(k.host, k.platform)),
    Source(
        "ground",
        "what stands around Sendmail",
        ("platform", "cf", "queues"),
        lambda k: ground.gather(k.host, k.platform, _have(k.facts.cf), _have(k.facts.queues)),
    ),
    Source(
        "trusted",
        "what root reads and runs for Sendmail",
        ("platform", "cf"),
        lambda k: trusted.gather(k.host, k.platform, _have(k.facts.cf)),
    ),
    Source(
        "doors",
        "keys and sockets",
        ("platform", "cf"),
        lambda k: doors.gather(k.host, k.platform, _have(k.facts.cf)),
    ),
    Source(
        "undoers",
        "who would undo it",
        ("platform", "cf", "queues"),
        lambda k: undoers.gather(k.host, k.platform, _have(k.facts.queues)),
    ),
    Source(
        "disk",
        "room on disk",
        ("config", "queues", "map_files"),
        lambda k: disk.gather(k.host, _needed(k.facts), str(state_directory())),
    ),
    Source(
        "aliases",
        "aliases",
        ("platform", "cf", "classes"),
        lambda k: aliases.gather(
            k.host, k.platform.sendmail, _have(k.facts.cf), _have(k.facts.classes)
        ),
    ),
    Source(
        "tables",
        "routing tables",
        ("cf", "classes"),
        lambda k: tables.gather(k.host, _have(k.facts.cf), _have(k.facts.classes)),
    ),
    Source(
        "forwards",
        ".forward files",
        ("platform", "cf", "accounts", "classes"),
        lambda k: forwards.gather(
            k.host,
            k.platform.sendmail,
            _have(k.facts.cf),
            _have(k.facts.accounts),
            _have(k.facts.classes),
        ),
    ),
    Source(
        "jobs",
        "cron and other jobs",
        ("platform",),
        lambda k: jobs.gather(k.host, k.platform),
    ),
    Source(
        "mailboxes",
        "mailboxes",
        ("platform",),
        lambda k: mailboxes.gather(k.host, k.platform),
    ),
    Source(
        "mailstats",
        "mailstats",
        ("platform", "cf"),
        lambda k: mailstats.gather(k.host, k.platform, _have(k.facts.cf)),
    ),
    Source(
        "resolutions",
        "where mail would go",
        ("platform", "cf", "classes", "tables", "accounts"),
        lambda k: resolutions.gather(
            *(k.host, k.platform, _have(k.facts.cf), _have(k.facts.classes)),
            *(_have(k.facts.tables), _have(k.facts.accounts)),
        ),
    ),
    Source(
        "queued",
        "what waits in the queue",
        ("platform", "cf", "classes", "queues"),
        lambda k: queued.gather(
            *(k.host, k.platform, _have(k.facts.cf)),
            *(_have(k.facts.classes), _have(k.facts.queues)),
        ),
    ),
    Source(
        "logs",
        "mail logs",
        ("platform", "cf"),
        lambda k: logs.gather(k.host, k.platform, _have(k.facts.cf)),
    ),
    Source(
        "log_recipients",
        "where logged local mail would go now",
        ("platform", "cf", "logs"),
        lambda k: resolutions.of_recipients(k.host, k.platform, _have(k.facts.logs)),
    ),
)
"""In the order in which they are asked: what everything rests on first, what takes long last."""


def _needed(facts: Facts) -> int:
    """Bytes that the snapshot and the journal of a migration take."""
    pair, queue, files = facts.config, facts.queues, facts.map_files
    content = 0 if isinstance(pair, Unknown) else 4 * (pair.cf.size + pair.mc.size)
    content += 0 if isinstance(files, Unknown) else 2 * sum(s.size for _p, s in files.tree)
    entries = 0 if isinstance(queue, Unknown) else queue.entries
    return MARGIN + content + entries * BYTES_PER_ENTRY
