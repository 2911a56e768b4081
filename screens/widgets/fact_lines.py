"""What is known of a host, a line a fact; what is not known yet waits in its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from textual.content import Content

from screens.text import mark, say
from screens.words import FAILED, PASSED, RUNNING, UNKNOWN, WAITING, Tone, count
from wizard.facts.cf_model import Cf
from wizard.facts.gather import UNASKED
from wizard.facts.mail_model import Aliases, Forwards, Logs, Tables
from wizard.facts.model import (
    Config,
    Daemons,
    Disk,
    Facts,
    MapFiles,
    Queues,
    Sendmail,
    Service,
    Unknown,
)
from wizard.facts.sources import SOURCES

_TITLES = {source.fact: source.title for source in SOURCES}


def fact_line(sign: Content, what: str, text: str, grey: str = "") -> Content:
    """One fact: its sign, what it is, and how it is."""
    return say(sign, " ", (what.ljust(15), Tone.SHOWN), text.ljust(22), (f"  {grey}", Tone.QUIET))


def fact_lines(facts: Facts, looking: str = "") -> list[Content]:
    """Every fact that is shown; `looking`: what is being looked at, as progress tells it."""
    out: list[Content] = []
    for name, what, tell in _SHOWN:
        fact = getattr(facts, name)
        if fact == UNASKED:
            out.append(_not_yet(what, _TITLES[name] == looking))
        elif isinstance(fact, Unknown):
            hint = f"needs {fact.needs}" if fact.needs else ""
            out.append(fact_line(mark(UNKNOWN), what, fact.reason, hint))
        else:
            out += tell(fact)
    return out


def _not_yet(what: str, running: bool) -> Content:
    if running:
        return say(mark(RUNNING), " ", (what.ljust(15), Tone.LEAD))
    return say(mark(WAITING), " ", (what.ljust(15), Tone.QUIET))


def _good(what: str, text: str, grey: str = "") -> Content:
    return fact_line(mark(PASSED), what, text, grey)


def _platform(fact: str) -> Iterable[Content]:
    yield _good("Platform", fact)


def _sendmail(fact: Sendmail) -> Iterable[Content]:
    sign = PASSED if fact.is_sendmail else FAILED
    yield fact_line(mark(sign), "Sendmail", fact.version, fact.path)


def _daemons(fact: Daemons) -> Iterable[Content]:
    for one in fact.listeners:
        yield _good("Listens", f"{one.address}:{one.port}", f"pid {one.pid}")
    for process in fact.processes:
        yield _good("Process", f"{process.user} {process.pid}", process.title)


def _service(fact: Service) -> Iterable[Content]:
    yield _good("Service", fact.manager, "running" if fact.running else "not running")


def _config(fact: Config) -> Iterable[Content]:
    made = "m4 reproduces the cf" if fact.reproducible else "m4 does not reproduce the cf"
    yield _good("Configuration", fact.cf_path, made)
    if fact.mc.exists:
        yield _good("Macros", fact.mc_path)


def _cf(fact: Cf) -> Iterable[Content]:
    yield _good("Runs as", fact.option("RunAsUser", "root"), f"{fact.lines:,} lines of cf")


def _queues(fact: Queues) -> Iterable[Content]:
    yield _good("Queue", count(fact.entries, "entry", "entries"), " ".join(fact.roots))


def _map_files(fact: MapFiles) -> Iterable[Content]:
    yield _good("Maps", count(len(fact.files), "file"), fact.directory)


def _aliases(fact: Aliases) -> Iterable[Content]:
    total = sum(max(one.total, len(one.entries)) for one in fact.files)
    paths = " ".join(one.path for one in fact.files)
    yield _good("Aliases", count(total, "entry", "entries"), paths)


def _tables(fact: Tables) -> Iterable[Content]:
    total = sum(one.entries for one in fact.tables)
    yield _good("Tables", count(total, "entry", "entries"), " ".join(t.map for t in fact.tables))


def _forwards(fact: Forwards) -> Iterable[Content]:
    found = count(len(fact.found), ".forward file")
    yield _good("Accounts", count(fact.accounts, "account"), f"{found} in {fact.homes:,} homes")


def _logs(fact: Logs) -> Iterable[Content]:
    total = sum(one.deliveries for one in fact.files)
    days = f"{fact.days:.0f} days" if fact.days else ""
    yield _good("Logs", count(total, "delivery", "deliveries"), days)


def _disk(fact: Disk) -> Iterable[Content]:
    yield _good("Room", f"{fact.free / 2**30:.1f} GiB free", fact.path)


_Tell = Callable[..., Iterable[Content]]
_SHOWN: tuple[tuple[str, str, _Tell], ...] = (
    ("platform", "Platform", _platform),
    ("sendmail", "Sendmail", _sendmail),
    ("daemons", "Listens", _daemons),
    ("service", "Service", _service),
    ("config", "Configuration", _config),
    ("cf", "Runs as", _cf),
    ("queues", "Queue", _queues),
    ("map_files", "Maps", _map_files),
    ("aliases", "Aliases", _aliases),
    ("tables", "Tables", _tables),
    ("forwards", "Accounts", _forwards),
    ("disk", "Room", _disk),
    ("logs", "Logs", _logs),
)
"""Field of Facts, what it is called, and how it is told; in the order of the screen."""
