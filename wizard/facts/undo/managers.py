"""Configuration management: its marks in Sendmail's files, its agents, and what they keep."""

from __future__ import annotations

import re
from collections.abc import Iterator
from posixpath import basename

from msgspec import Struct

from wizard.facts import grep
from wizard.facts.undo.found import Found, located
from wizard.facts.way_model import Undoer
from wizard.model import Kind


class Manager(Struct, frozen=True):
    """How one of them shows itself."""

    name: str
    word: str
    "In the marks that it leaves in files, as a regular expression."
    signs: tuple[str, ...]
    "Paths that are there where it changes this host."
    lists: tuple[str, ...] = ()
    "Files that name what it keeps; `DIR/*` is every file in it."
    copies: tuple[str, ...] = ()
    "Directories below which it saves what it replaced, under the whole path."


MANAGERS = (
    Manager("Ansible", "ansible", ("/root/.ansible", "/etc/ansible/facts.d")),
    Manager(
        "Puppet",
        "puppet",
        ("/etc/puppetlabs/puppet/puppet.conf", "/etc/puppet/puppet.conf", "/opt/puppetlabs/bin"),
        (
            "/opt/puppetlabs/puppet/cache/state/resources.txt",
            "/var/cache/puppet/state/resources.txt",
            "/var/lib/puppet/state/resources.txt",
        ),
    ),
    Manager(
        "Chef",
        "chef|cinc",
        ("/etc/chef/client.rb", "/etc/chef/client.pem", "/etc/cinc/client.rb"),
        copies=("/var/chef/backup", "/var/lib/chef/backup", "/var/cinc/backup"),
    ),
    Manager("CFEngine", "cfengine", ("/var/cfengine/bin/cf-agent",), ("/var/cfengine/inputs/*",)),
    Manager("Salt", "salt|saltstack", ("/etc/salt/minion",), ("/srv/salt/*",)),
    Manager("Rudder", "rudder", ("/opt/rudder/bin/rudder",)),
)
_SAYS = r"managed|controlled|generated|maintained|deployed|written|do not edit|overwritten"
_COMMENT = re.compile(r"\s*(?:#|dnl\b|//|;|divert\(-1\)|VERSIONID)")
_TEXTS = re.compile(r"[\w.+-]+")
_NOT_TEXT = (".db", ".pag", ".dir", ".key", ".pem", "authinfo")


def collect(found: Found) -> Iterator[Undoer]:
    """Those that show themselves here. Raises Unreadable."""
    words = "|".join(one.word for one in MANAGERS)
    marks = [
        line
        for line in grep.lines(found.host, rf"(^|[^A-Za-z])({words})([^A-Za-z]|$)", _texts(found))
        if _COMMENT.match(line.text) and re.search(_SAYS, line.text, re.IGNORECASE)
    ]
    for one in MANAGERS:
        mine = [x for x in marks if re.search(rf"\b(?:{one.word})\b", x.text, re.IGNORECASE)]
        kept = _kept(found, one)
        signs = [path for path in one.signs if found.there(path)]
        if mine or kept:
            yield _managed(found, one, (*located(mine), *kept))
        elif signs:
            what = "changes this host; nothing shows that it keeps files of Sendmail's"
            yield Undoer(one.name, what, tuple(signs), guarded=False)


def _texts(found: Found) -> list[str]:
    """Configuration that is text: no databases, keys or passwords."""
    below = found.names(found.places.mail_dir)
    texts = [
        path for path in below if not path.endswith(_NOT_TEXT) and "auth" not in basename(path)
    ]
    return list(dict.fromkeys((*texts, *found.places.files)))


def _kept(found: Found, one: Manager) -> tuple[str, ...]:
    """Files of ours that it lists, or has saved a copy of."""
    files: list[str] = []
    for path in one.lists:
        files += found.names(path[:-2]) if path.endswith("/*") else [path]
    trees = "|".join(re.escape(tree) for tree in found.places.trees)
    lines = located(grep.lines(found.host, trees, files)[:10])
    copies = [
        path
        for top in one.copies
        if found.host.state(top).kind is Kind.DIRECTORY
        for path in found.names(f"{top}{found.places.mail_dir}")
    ]
    return (*lines, *copies)


def _managed(found: Found, one: Manager, places: tuple[str, ...]) -> Undoer:
    """Whether it writes the .mc or the cf is told by what its marks stand in, or its list names."""
    names = {basename(found.places.mc), basename(found.places.cf)}
    rewrites = any(name in place for place in places for name in names)
    what = "writes the .mc or the cf" if rewrites else "writes files of the configuration"
    when = "at its next run, with the owner and mode that it knows"
    return Undoer(one.name, f"{what}, {when}", places, guarded=False, rewrites=rewrites)
