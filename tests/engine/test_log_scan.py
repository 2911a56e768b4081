from __future__ import annotations

import bz2
import gzip
import lzma
import os
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from wizard.host import scan_parts, scanning, search
from wizard.host.base import Unreadable
from wizard.host.delivery import addresses, delivery_of
from wizard.host.local import LocalReader
from wizard.host.search import KEEP, RECIPIENTS, LogScanner
from wizard.model import LogScan
from wizard.plans import Command

LOCAL = ("local", "prog", "*file*", "*include*", "cyrus")
KNOWN = frozenset(name.encode() for name in LOCAL)
HEAD = "Nov 22 07:30:01 relay1 sm-mta[12]: "
RELAYED = "to=<a@example.org>, delay=00:00:01, xdelay=00:00:01, mailer=esmtp, pri=3, stat=Sent"
KEPT = "to=root, ctladdr=root (0/0), delay=00:00:00, xdelay=00:00:00, mailer=local, stat=Sent"


def _line(what: str = KEPT, queue_id: str = "6AMB4ov0000265", head: str = HEAD) -> str:
    return f"{head}{queue_id}: {what}"


def _scan(raw: bytes) -> LogScan:
    scanner = LogScanner(LOCAL)
    scanner.scan(BytesIO(raw))
    return scanner.result({})


@pytest.mark.parametrize(
    "line",
    [
        _line(),
        _line(head="Nov 22 07:30:01 relay1 sendmail[1]: [ID 801593 mail.info] "),
        _line(head="2026-11-22T07:30:01.1+01:00 relay1 mta-in: "),
        _line(head="<22>1 2026-11-22T07:30:01Z relay1 sm-mta 12 - - "),
        _line(head='<22>1 2026-11-22T07:30:01Z relay1 sm-mta 12 - [meta sequenceId="1"] '),
        _line(head="Nov 22 07:30:01 relay1 mail:info sendmail[9]: "),
        _line(head="Nov 22 07:30:01 <mail.info> relay1 sendmail[9]: "),
        _line(head="Nov 22 07:30:01 Message forwarded from relayhost001: sendmail[9]: "),
        _line(head="Nov 22 07:30:01 relay1 gate001: "),
        _line(head='{"host":"relay1","message":"'),
        _line(head="time=07:30 level=info msg="),
        _line(KEPT.replace("local", "prog").replace("to=root", 'to="|/usr/bin/x a, b"')),
        _line(KEPT.replace("local", "*file*").replace("to=root", "to=/var/mail/x")),
        _line(KEPT.replace("local", "cyrus")),
        _line(KEPT.replace("to=root,", "to=a,b, [more],")),
        _line("to=root, delay=00:00:00, mailer=local"),
        # a sender cannot talk it away
        _line(KEPT.replace("root,", '<"x, delay=00:00:00, mailer=esmtp, "@relay1>,')),
        _line(KEPT.replace("root,", "<(, delay=00:00:00, mailer=esmtp, )bob@relay1>,")),
        _line(KEPT.replace("root,", '<((", delay=00:00:00, mailer=esmtp, )bob@relay1>,', 1)),
        _line(KEPT.replace("root,", "<a, delay=00:00:00, mailer=esmtp, @relay1>,", 1)),
        _line(KEPT.replace("root,", '<"a\\", delay=00:00:00, mailer=esmtp, "@relay1>,', 1)),
        _line(KEPT.replace("root,", r'<"a\\\\", delay=00:00:00, mailer=esmtp, "@relay1>,', 1)),
        _line(KEPT.replace("root,", "(x: to=a, delay=00:00:00, mailer=esmtp, pri=1)<b@c>,", 1)),
        _line(KEPT.replace("root,", "<@example.org,@relay1:bob@relay1>,", 1)),
        _line(KEPT.replace("root,", f'<"{"x" * 700}, delay=00:00:00, mailer=esmtp,', 1)),
        _line(KEPT.replace("root", '"|x, mailer=esmtp"') + " (sent, mailer=esmtp, ok)"),
    ],
)
def test_local_deliveries(line: str) -> None:
    found = delivery_of(line.encode(), KNOWN)
    assert found is not None
    assert found.mailer in KNOWN
    assert _scan(f"x\n{line}\n".encode()).local.total == 1


@pytest.mark.parametrize(
    "line",
    [
        _line(RELAYED),
        _line(RELAYED.replace("esmtp", "localnet")),
        _line("from=<x, mailer=local, @y>, size=1"),
        _line("from=<x: to=a, delay=00:00:00, mailer=local, y>, size=1"),
        _line("<-- 6AMB4ov0000265: to=x, delay=00:00:00, mailer=local, ", "NOQUEUE"),
        _line("Milter insert (1): header: X: to=x, delay=00:00:00, mailer=local, "),
        _line("ruleset=check_rcpt, arg1=<a: to=b, mailer=local, c>, reject=550"),
        _line(RELAYED.replace("a@", '"x, mailer=local, "@')),
        # as the practice relay logged it
        _line(RELAYED.replace("a@", r'"a\\", delay=00:00:00, mailer=local, "@')),
        _line(RELAYED.replace("a@", r'"a\\\\, mailer=local, "@')),
        _line(RELAYED.replace("a@", r'"a\033\t, mailer=local, \\\011"@')),
        _line("<((, delay=00:00:00, mailer=local, )bob@relay1>... Unbalanced '('"),
        _line(RELAYED.replace("<a@", "<(, delay=00:00:00, mailer=local, )a@")),
        _line(RELAYED + " (delivered, mailer=local, by the hub)"),
        f"{HEAD.replace('sm-mta', 'cron')}user, mailer=local, x",
    ],
)
def test_what_only_looks_like_one(line: str) -> None:
    found = delivery_of(line.encode(), KNOWN)
    assert found is None or found.mailer not in KNOWN
    assert _scan(f"{line}\n".encode()).local.total == 0


UNKNOWN = KEPT.replace("stat=Sent", "pri=3, dsn=5.1.1, stat=User unknown")


@pytest.mark.parametrize(
    ("line", "total"),
    [
        (_line(UNKNOWN), 0),
        (_line(UNKNOWN) + "\r", 0),
        (_line(KEPT.replace("root,", '<", dsn=5.1.1, stat=User unknown"@relay1>,', 1)), 1),
        (_line(UNKNOWN.replace("5.1.1", "2.0.0")), 1),
        (_line(UNKNOWN.replace("User unknown", "Service unavailable")), 1),
    ],
)
def test_a_user_who_does_not_exist_got_nothing(line: str, total: int) -> None:
    assert _scan(f"{line}\n".encode()).local.total == total


def test_addresses_of_a_line() -> None:
    assert addresses(b'<a@b>,"x, y"@c,root,,<(,)d@e>') == [
        b"<a@b>",
        b'"x, y"@c',
        b"root",
        b"<(,)d@e>",
    ]


def test_recipients_counts_and_numbers() -> None:
    lines = [_line(RELAYED)] * 3 + [_line()] * 2 + [_line(KEPT.replace("to=root", "to=bob,al"))]
    found = _scan("\n".join(lines).encode())
    assert found.mailers == {"esmtp": 3, "local": 3}
    assert [(r.address, r.mailer, r.count, r.last.line) for r in found.recipients] == [
        ("al", "local", 1, 6),
        ("bob", "local", 1, 6),
        ("root", "local", 2, 5),
    ]
    assert [match.line for match in found.local.kept] == [4, 5, 6]
    assert (found.head[0], found.tail[-1]) == (lines[0], lines[-1])


def test_kept_lines_and_recipients_are_bounded() -> None:
    lines = [_line(KEPT.replace("root", f"u{n}", 1)) for n in range(RECIPIENTS + 50)]
    found = _scan("\n".join(lines).encode())
    assert (found.local.total, len(found.local.kept)) == (len(lines), KEEP)
    assert (found.local.kept[0].line, found.local.kept[-1].line) == (1, len(lines))
    assert (len(found.recipients), found.more_recipients) == (RECIPIENTS, 50)
    assert found.recipients[0].address == f"u{len(lines) - 1}"


def test_a_thousand_mailers_are_somebodys_joke() -> None:
    lines = [_line(RELAYED.replace("esmtp", f"m{n}")) for n in range(1000)]
    assert len(_scan("\n".join(lines).encode()).mailers) < 80


@given(st.lists(st.sampled_from([_line(), _line(RELAYED), "", "x" * 90, "\0" * 300]), max_size=40))
@settings(max_examples=60, deadline=None)
def test_where_pieces_are_cut_does_not_matter(lines: list[str]) -> None:
    raw = "\n".join(lines).encode()
    before = search.PIECE, search.OVERLAP
    whole = _scan(raw)
    try:
        search.PIECE, search.OVERLAP = 512, 256
        cut = _scan(raw)
    finally:
        search.PIECE, search.OVERLAP = before
    assert (cut.mailers, cut.local, cut.recipients) == (
        whole.mailers,
        whole.local,
        whole.recipients,
    )


@given(st.binary(max_size=2000))
def test_binary_garbage(raw: bytes) -> None:
    _scan(raw)


def test_a_line_longer_than_a_piece_hides_nothing() -> None:
    raw = b"\0" * (2 * search.PIECE) + f"\n{_line()}\n".encode() + b"x" * search.PIECE * 2
    found = _scan(raw + _line().encode())
    assert (found.local.total, found.binary) == (2, True)


WRITERS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "xz": lzma.compress,
    "bz2": bz2.compress,
    "zst": zstandard.ZstdCompressor(write_checksum=True).compress,
}
LOG = (f"{_line(RELAYED)}\n" * 3000 + f"{_line()}\n").encode()


@pytest.mark.parametrize("ending", WRITERS)
def test_compressed_logs(ending: str, tmp_path: Path) -> None:
    packed = WRITERS[ending](LOG)
    for name in (f"mail.log.1.{ending}", "mail.log.2"):  # what it holds counts, not its name
        path = tmp_path / name
        path.write_bytes(packed + packed)
        found = LocalReader().scan_log(str(path), LOCAL)
        assert found.mailers == {"esmtp": 6000, "local": 2}
        assert [match.line for match in found.local.kept] == [3001, 6002]


@pytest.mark.parametrize("ending", WRITERS)
@pytest.mark.parametrize("spoil", ["cut", "empty", "plain", "flipped"])
def test_damaged_logs(ending: str, spoil: str, tmp_path: Path) -> None:
    packed = bytearray(WRITERS[ending](os.urandom(400_000).hex().encode()))
    if spoil == "flipped":
        packed[len(packed) // 2 : len(packed) // 2 + 4000] = bytes(4000)
    spoiled = {"cut": bytes(packed[:-900]), "empty": b"", "plain": LOG, "flipped": bytes(packed)}
    path = tmp_path / f"mail.log.1.{ending}"
    path.write_bytes(spoiled[spoil])
    with pytest.raises(Unreadable, match=r"mail\.log\.1.*damaged or cut short") as refusal:
        LocalReader().scan_log(str(path), LOCAL)
    assert "re-check" in refusal.value.remedy


@pytest.mark.parametrize(
    ("name", "start", "remedy"),
    [
        ("mail.log.1.lz4", b"\x04\x22\x4d\x18", "lz4 -d"),
        ("mail.log.1.Z", b"\x1f\x9d", "uncompress"),
        ("mail.log.1.gpg", b"\x85", "gpg"),
        ("mail.log.1", b"PK\x03\x04", "unzip"),
    ],
)
def test_other_formats_name_the_command(
    name: str, start: bytes, remedy: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(start + b"rest")
    with pytest.raises(Unreadable, match=remedy):
        LocalReader().scan_log(str(path), LOCAL)


def test_what_is_no_file_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "null").symlink_to("/dev/null")
    for name in ("fifo", "null"):
        with pytest.raises(Unreadable, match="not a regular file"):
            LocalReader().scan_log(str(tmp_path / name), LOCAL)
    with pytest.raises(Unreadable):
        LocalReader().scan_log(str(tmp_path), LOCAL)
    (tmp_path / "real").write_bytes(LOG)
    (tmp_path / "link").symlink_to("real")
    assert LocalReader().scan_log(str(tmp_path / "link"), LOCAL).local.total == 1


def test_lines_of_a_large_plain_file_are_counted_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanning, "LARGE", 0)
    (tmp_path / "log").write_bytes(LOG * 2)
    found = LocalReader().scan_log(str(tmp_path / "log"), LOCAL)
    assert [match.line for match in found.local.kept] == [3001, 6002]
    assert found.recipients[0].last.line == 6002


def _scan_in_parts(path: Path, number: int, monkeypatch: pytest.MonkeyPatch) -> LogScan:
    monkeypatch.setattr(scan_parts, "WORTH", 0)
    monkeypatch.setattr(scan_parts, "processors", lambda: number)
    with path.open("rb") as stream:
        found = scan_parts.scan_in_parts(stream.fileno(), path.stat().st_size, LOCAL)
    assert found is not None
    return found


@pytest.mark.parametrize("number", [2, 3, 4])
def test_parts_tell_what_the_whole_does(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = [KEPT.replace("root", f"u{n % 150}", 1) for n in range(3000)]
    lines = [_line(RELAYED) if n % 7 else _line(what) for n, what in enumerate(local)]
    path = tmp_path / "mail.log"
    path.write_text("\n".join(lines))
    assert _scan_in_parts(path, number, monkeypatch) == _scan(path.read_bytes())
    early = "\n".join([*lines[:30], *[_line(RELAYED)] * 3000, "end"])
    path.write_text(early)
    assert _scan_in_parts(path, number, monkeypatch) == _scan(path.read_bytes())
    assert LocalReader().scan_log(str(path), LOCAL) == _scan(path.read_bytes())


def test_a_part_that_fails_is_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mail.log"
    path.write_bytes(LOG)
    monkeypatch.setattr(scan_parts, "WORTH", 0)
    monkeypatch.setattr(scan_parts, "processors", lambda: 2)
    for executable in ("/bin/false", "/nowhere"):
        monkeypatch.setattr("sys.executable", executable)
        assert LocalReader().scan_log(str(path), LOCAL).local.total == 1


def test_one_line_cannot_be_parted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mail.log"
    path.write_bytes(_line().encode())
    assert _scan_in_parts(path, 4, monkeypatch).local.total == 1


def test_what_a_command_prints(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(LOG)
    host = LocalReader()
    assert host.scan_log(Command(("/bin/cat", str(tmp_path / "log"))), LOCAL).local.total == 1
    for argv in (("/bin/cat", "/nowhere"), ("/nowhere/cat",)):
        with pytest.raises(Unreadable):
            host.scan_log(Command(argv), LOCAL)
    with pytest.raises(Unreadable, match="not done after"):
        host.scan_log(Command(("/bin/sleep", "9"), timeout=0.1), LOCAL)
