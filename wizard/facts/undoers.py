"""What on this host resets owner, mode, group or the cf, and when (fact 8).

What the platform's own packages do, the platform tells; the rest is looked for where such things
are on any host. Of scripts and settings only the lines that name one of our places are read.
"""

from __future__ import annotations

from wizard.facts.model import Queues
from wizard.facts.undo import lists, managers, scripts
from wizard.facts.undo.found import Found
from wizard.facts.undo.places import Places
from wizard.facts.way_model import Undoers
from wizard.host.base import HostReader
from wizard.platforms.base import Platform


def gather(host: HostReader, platform: Platform, queues: Queues) -> Undoers:
    """Look for each kind that is known. What cannot be read is told, and loses no other."""
    places = Places(
        platform.mail_dir,
        platform.cf_path,
        platform.mc_path,
        queues.roots,
        platform.etc_aliases,
    )
    own = frozenset((*(path for path, _role in platform.root_reads), *platform.guard_paths))
    found = Found(host, places, own)
    found.add(lambda f: platform.undoers(f.host))
    for source in (scripts.collect, lists.collect, managers.collect):
        found.add(source)
    return Undoers(tuple(found.undoers), tuple(found.unreadable))
