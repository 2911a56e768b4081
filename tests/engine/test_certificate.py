"""The certificate names every path that differs, whatever the reason; and nothing secret."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

import pytest

from wizard.certificate.certify import certify, record_before, told_certificate
from wizard.certificate.manifests import AFTER, BEFORE
from wizard.events import Certificate, Output
from wizard.journal import Journal
from wizard.model import Kind
from wizard.plans import Choices, Expected, Op, Plan, SetMeta, SetMetaTree, Step, WriteFile

ACCOUNT = 4242
"The account's uid here; of nobody."
SECRET = b"AuthInfo: hunter2\n"


@pytest.fixture
def host(tmp_path: Path) -> Path:
    """A configuration directory, a file elsewhere, a queue, and a run's directory."""
    for name in ("mail/tls", "elsewhere", "queue/qf", "run"):
        (tmp_path / name).mkdir(parents=True, mode=0o755)
    (tmp_path / "run").chmod(0o700)
    (tmp_path / "mail/access").write_bytes(SECRET)
    (tmp_path / "mail/map.db").write_bytes(b"1")
    (tmp_path / "mail/odd\nna\\me").write_bytes(b"odd")
    (tmp_path / "mail/link").symlink_to("access")
    (tmp_path / "elsewhere/aliases").write_bytes(b"a")
    for number in range(3):
        (tmp_path / f"queue/qf/qf{number}").write_bytes(b"V8")
    Journal(tmp_path / "run").close()
    return tmp_path


def plan_of(host: Path) -> Plan:
    """A plan that may touch all of that."""
    at, absent = str(host), Expected(Kind.ABSENT)
    ops: tuple[Op, ...] = (
        SetMeta(f"{at}/mail", 0, 0, 0o755, Expected(Kind.DIRECTORY)),
        WriteFile(f"{at}/elsewhere/aliases", b"b", 0, 0, 0o644, absent),
        WriteFile(f"{at}/elsewhere/guard", b"b", 0, 0, 0o644, absent),
        SetMetaTree(f"{at}/queue", ACCOUNT, ACCOUNT, 0o700, absent),
    )
    step = Step("x", "", "", "", "before", ops)
    return Plan("x", "relay1", "i", "debian", Choices(), "", {}, (step,), uid=ACCOUNT)


def certified(host: Path) -> Certificate:
    """The certificate of a rollback that has just ended."""
    found = certify(host / "run", plan_of(host))
    assert found is not None
    return found


def test_what_is_as_it_was_has_one_hash(host: Path) -> None:
    record_before(host / "run", plan_of(host))
    (host / "mail/new").touch()
    (host / "mail/new").unlink()  # the directory's own time is another now
    found = certified(host)
    digest = sha256((host / "run" / AFTER).read_bytes()).hexdigest()
    assert (found.before, found.after, found.exceptions) == (digest, digest, ())
    assert "to the byte" in Path(found.file).read_text()
    assert Path(found.file).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("mail/access", "content differs"),
        ("mail/map.db", "a database that was rebuilt since"),
        ("mail/odd\nna\\me", "content differs"),
        ("elsewhere/aliases", "content differs"),
        ("elsewhere/guard", "was not there before"),
        ("elsewhere/.aliases.stepdown-new", "was not there before"),
        ("mail/tls/new", "was not there before"),
    ],
)
def test_what_was_changed_behind_our_back_is_named(host: Path, path: str, told: str) -> None:
    record_before(host / "run", plan_of(host))
    (host / path).write_bytes(b"behind our back")
    (only,) = certified(host).exceptions
    assert only.startswith(f"{host}/{path}".replace("\\", r"\\").replace("\n", r"\n"))
    assert told in only


def test_owner_mode_time_links_and_kind_count(host: Path) -> None:
    record_before(host / "run", plan_of(host))
    (host / "mail/access").chmod(0o600)
    os.utime(host / "mail/map.db", ns=(1, 1))
    (host / "elsewhere/aliases").unlink()
    (host / "mail/link").unlink()
    (host / "mail/link").symlink_to("map.db")
    os.link(host / "mail/odd\nna\\me", host / "run/link")
    text = "\n".join(certified(host).exceptions)
    assert "mail/access: mode 0644 is now 0600" in text
    assert "mail/map.db: time of its last change differs" in text
    assert "elsewhere/aliases: is gone" in text
    assert "mail/link: content differs" in text
    assert "links 1 is now 2" in text


def test_mail_comes_and_goes_and_is_counted(host: Path) -> None:
    record_before(host / "run", plan_of(host))
    for number in range(2):
        (host / f"queue/qf/qf{number}").unlink()
    (only,) = certified(host).exceptions
    assert only.startswith(f"{host}/queue/qf: 2 entries fewer")
    assert "never restored" in only


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_what_is_left_to_the_account_in_the_queue_is_named(host: Path) -> None:
    record_before(host / "run", plan_of(host))
    os.chown(host / "queue/qf/qf1", ACCOUNT, -1)
    (only,) = certified(host).exceptions
    assert f"1 more belong to uid {ACCOUNT}" in only


def test_no_secret_and_no_digest_of_one_is_told(host: Path) -> None:
    record_before(host / "run", plan_of(host))
    (host / "mail/access").write_bytes(SECRET + b"more")
    found = certified(host)
    told = "\n".join(found.exceptions) + Path(found.file).read_text()
    assert "hunter2" not in told
    assert sha256(SECRET).hexdigest() not in told
    assert "access: " in told


def test_what_the_rollback_foresaw_is_told_with_its_words(host: Path) -> None:
    record_before(host / "run", plan_of(host))
    (host / "mail/access").write_bytes(b"edited")
    note = f"{host}/mail/access was edited since; that version is kept in /x"
    Journal(host / "run").add(Output(0, 0.0, "x", note, exception=True))
    (only,) = certified(host).exceptions
    assert "the rollback says: was edited since; that version is kept in /x" in only


def test_a_damaged_manifest_keeps_no_rollback_from_its_end(host: Path) -> None:
    assert certify(host / "run", plan_of(host)) is None
    record_before(host / "run", plan_of(host))
    (host / "run" / BEFORE).write_bytes(b"torn\n")
    told = told_certificate(host / "run", plan_of(host))
    assert isinstance(told, Output)
    assert "is damaged" in told.text
