"""What one line of a script does to the places that the migration changes.

A look at words, not a shell: what is put together from variables is not seen.
"""

from __future__ import annotations

import re
from enum import StrEnum
from posixpath import basename, join

from wizard.facts.undo.places import Places, clean

META = ("chown", "chmod", "chgrp", "setfacl")
COPY = ("cp", "mv", "install", "rsync", "scp", "ln")
EDIT = ("tee", "sed", "perl", "truncate")
FETCH = ("git", "svn", "hg")
OWN = ("sendmailconfig", "update_sys")
_CUT = re.compile(r"&&|\|\||[;|&]")
_INTO = re.compile(r">{1,2}\s*([^\s;&|>]+)")
_TARGET = re.compile(r"(?:-t|--target-directory)[= ]\s*(\S+)")


class Deed(StrEnum):
    """The worst that a line does; the later, the worse."""

    OWN = "own"
    "Has the platform's own scripts do it."
    META = "meta"
    "Owner, group or mode."
    WRITE = "write"
    "The content of a file."
    REWRITE = "rewrite"
    "The .mc or the cf, or all of the configuration."


def deed(line: str, places: Places) -> Deed | None:
    """What the line does; None where it does nothing to them."""
    if line.lstrip().startswith("#"):
        return None
    found: list[Deed] = []
    directory = ""
    for part in _CUT.split(line):
        words = [word for word in part.split() if word not in ("-", "--")]
        if words and words[0] == "cd" and len(words) > 1:
            directory = clean(words[1])
        one = _part(part, words, directory, line, places)
        found += [one] if one else []
    return max(found, key=list(Deed).index, default=None)


def _part(part: str, words: list[str], directory: str, line: str, places: Places) -> Deed | None:
    paths = [_path(word, directory) for word in words]
    if into := _INTO.search(part):
        return _written(_path(into[1], directory), [], places)
    verb, at = _verb(words)
    ours = any(places.holds(path) for path in paths[at + 1 :])
    if verb in OWN:
        return Deed.OWN
    if verb in META:
        piped = "xargs" in words and any(places.holds(word) for word in line.split())
        recursive = any(re.fullmatch(r"-\w*R\w*|--recursive", word) for word in words)
        below = recursive and any(path != "/" and places.above(path) for path in paths[at + 1 :])
        return Deed.META if ours or piped or below or _by_find(words, places) else None
    if verb in COPY and len(paths) > at + 2:
        target = _TARGET.search(part)
        to = _path(target[1], directory) if target else paths[-1]
        return _written(to, paths[at + 1 : -1], places, whole=verb == "rsync")
    if verb in EDIT and ours:
        edits = verb == "tee" or any(re.match(r"-\w*i|--in-place|-s", word) for word in words)
        written = [path for path in paths[at + 1 :] if places.holds(path)]
        return _written(written[0], [], places) if edits else None
    return Deed.REWRITE if verb in FETCH and (ours or places.holds(directory)) else None


def _verb(words: list[str]) -> tuple[str, int]:
    known = (*META, *COPY, *EDIT, *FETCH, *OWN)
    for at, word in enumerate(words):
        name = basename(word.strip("\"'`(){}@"))
        if name in known:
            return name, at
    return "", -1


def _by_find(words: list[str], places: Places) -> bool:
    return "find" in (basename(word) for word in words) and any(map(places.holds, words))


def _path(word: str, directory: str) -> str:
    bare = word.strip("\"'`(){};,")
    return join(directory, bare) if directory and not bare.startswith(("/", "-")) else bare


def _written(to: str, sources: list[str], places: Places, *, whole: bool = False) -> Deed | None:
    """What is written to, and out of what: `cp x.mc /etc/mail/` is told by its source."""
    path = clean(to)
    if path in (places.cf, places.mc):
        return Deed.REWRITE
    if not places.holds(to):
        return None
    names = {basename(one) for one in sources}
    ours = names & {basename(places.cf), basename(places.mc)}
    everything = whole or any(one.endswith(("/", "*", "/.")) for one in sources)
    if path == places.mail_dir and (ours or everything):
        return Deed.REWRITE
    return Deed.WRITE
