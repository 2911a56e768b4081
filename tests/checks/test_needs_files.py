from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.checks.cases import Case, finds, judge, passes
from tests.checks.doors import CF, SSL_CERT, acl, directory, file, leading, relay
from wizard.api import Subject
from wizard.facts.cf_model import CfMap
from wizard.facts.model import MapFile, MapFiles
from wizard.facts.way_model import Trusted
from wizard.model import FileState, Kind, Severity

CHECK = "needs.files"
MAP = "/srv/maps/extra.db"
HERE = "/etc/mail/access.db"
MAPS = (
    CfMap("extra", "hash", "/srv/maps/extra", False, 41),
    CfMap("access", "hash", "x", False, 40),
)


def _elsewhere(end: FileState, **on_the_way: FileState) -> Subject:
    return relay(files=(leading(MAP, "map extra", end, on_the_way, 41),), cf={"maps": MAPS})


def _relay(*files: MapFile, optional: bool = False) -> Subject:
    maps = (CfMap("access", "hash", "/etc/mail/access", optional, 40),)
    tree = (("/etc/mail", directory(0o2755, 101, 104)),)
    return relay(map_files=MapFiles(files, "/etc/mail", tree), cf={"maps": maps})


def _here(end: FileState, *, optional: bool = False) -> Subject:
    return _relay(MapFile(HERE, "map access", end, HERE, end), optional=optional)


def _under(etc: FileState) -> Subject:
    subject = _relay()
    way = leading(CF, "cf", file(0o644), {"etc": etc})
    return replace(subject, facts=replace(subject.facts, trusted=Trusted((way,))))


CASES = (
    passes("none", _relay()),
    passes("below an open /etc", _under(directory(0o755))),
    finds(
        "below a closed /etc",
        _under(directory(0o750)),
        Severity.BLOCKER,
        "/etc  root:root 0750",
        "chmod o+x /etc",
    ),
    passes("below /etc/mail, of smmsp", _here(file(0o640, 101, 104)), "1 file"),
    passes("below /etc/mail, root's alone", _here(file(0o600))),
    passes("optional, and absent", _here(FileState(Kind.ABSENT), optional=True)),
    passes("elsewhere, for everybody", _elsewhere(file(0o644)), "1 outside /etc/mail"),
    passes("elsewhere, root's alone", _elsewhere(file(0o600))),
    passes("elsewhere, of Sendmail's group", _elsewhere(file(0o640, 101, 104))),
    finds(
        "absent", _here(FileState(Kind.ABSENT)), Severity.BLOCKER, "makemap hash /etc/mail/access"
    ),
    finds(
        "by an ACL only, below /etc/mail",
        _here(file(0o640, 0, 104, xattrs=acl(0))),
        Severity.BLOCKER,
        f"setfacl -b {HERE}",
        "an ACL does not count",
    ),
    finds(
        "with a second name",
        _here(file(0o640, 0, 104, nlink=2)),
        Severity.BLOCKER,
        "has 2 names",
        f"cp -p {HERE}",
    ),
    finds(
        "behind a closed directory",
        _elsewhere(file(0o644), srv_maps=directory(0o750)),
        Severity.BLOCKER,
        "/srv/maps  root:root 0750",
        "chmod o+x /srv/maps",
        f"/etc/mail/sendmail.cf:41  map extra {MAP}",
    ),
    finds(
        "of others' group",
        _elsewhere(file(0o640, gid=SSL_CERT)),
        Severity.BLOCKER,
        "second group of the account is dropped",
        f"install -o root -g root -m 0640 {MAP} /etc/mail/extra.db",
    ),
    finds(
        "in a directory that everybody writes",
        _elsewhere(file(0o644), srv_maps=directory(0o777)),
        Severity.BLOCKER,
        "chmod go-w /srv/maps",
    ),
    finds(
        "in one that its group writes",
        _elsewhere(file(0o644), srv_maps=directory(0o775)),
        Severity.BLOCKER,
        "others may write there",
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_needs_files(case: Case) -> None:
    judge(CHECK, case)
