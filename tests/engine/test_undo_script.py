"""undo.sh on paper: it is plain sh(1), and its library decides as wizard/ does."""

from __future__ import annotations

import os
import random
import subprocess
from pathlib import Path

from wizard.host.queue_entry import why_distrusted
from wizard.model import Kind
from wizard.plans import (
    Choices,
    Command,
    Expected,
    Op,
    Plan,
    RunCommand,
    SetMeta,
    SetMetaTree,
    Step,
    WriteFile,
)
from wizard.undo_script.originals import keep_originals
from wizard.undo_script.script import ROOMS, write_undo_script

ODD = "with blank\nline 'quote' $(touch owned) -dash"
LIBRARY = Path(__file__).parents[2] / "wizard" / "undo_script"
ATOMS = (
    *("R", "S", "PFD:", "C", "d", "f", "..", "/", "|", "<", ">", "@", "x", "example.org", " "),
    *("\t", "\n", "\n ", ":include:", "!", "%", "[", "]", '"', "\\", "(", ",", "\0", "é", "'", "`"),
    *("$", "RPFD:<a@b.c>\n", "Salice@example.com\n", "dfx\n", "\r", ":", "V8\n", "&", "^", "-"),
    *("H??Received: x\n\tby y\n", "hub!x", "C"),
)


def written(tmp_path: Path, *ops: Op, state: str = "state") -> Path:
    """undo.sh of a plan with these operations."""
    place = tmp_path / state / "runs" / "20260101T000000Z-00000000"
    place.mkdir(mode=0o700, parents=True)
    step = Step("odd-step", f"a title\n$(touch {tmp_path}/owned)", "", "", "before", ops)
    plan = Plan("x", "h\nrm -rf", "i", "debian", Choices(), "", {}, (step,))
    keep_originals(place, plan, None)  # type: ignore[arg-type]
    write_undo_script(place, plan)
    return place / "undo.sh"


def test_a_state_directory_of_any_name(tmp_path: Path) -> None:
    """STEPDOWN_STATE_DIR is told in the script's own head too."""
    script = written(tmp_path, state="-x\ntouch owned\n'\"* $(touch owned)")
    head = script.read_text().partition("set -u\n")[0]
    settings = ("run=", "state=", "id=", "digest=", "smtp=", "sockets=", "user=", "group=")
    shown = 'pwd >/dev/null; printf %s "$run"'
    done = subprocess.run(
        ["/bin/sh", "-c", head + shown], capture_output=True, check=False, cwd=tmp_path
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode() == str(script.parent)
    assert not list(tmp_path.rglob("owned"))
    assert all(f"\n{name}" in head for name in settings)


def test_it_is_plain_sh_whatever_a_path_holds(tmp_path: Path) -> None:
    path = str(tmp_path / ODD)
    Path(path).write_text("secret")
    command = Command(("/bin/echo", ODD))
    absent = Expected(Kind.ABSENT)
    script = written(
        tmp_path,
        WriteFile(path, b"new", 0, 0, 0o600, absent),
        SetMeta(path, 0, 0, 0o600, absent),
        SetMetaTree(path, 24, 24, 0o700, absent),
        RunCommand(command, command, (path,), litter=(f"{path}.lock",)),
    )
    done = subprocess.run(["/bin/sh", "-n", script], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert "secret" not in script.read_text()
    assert script.stat().st_mode & 0o777 == 0o700


def test_originals_are_kept_with_all_that_they_are(tmp_path: Path) -> None:
    path = tmp_path / ODD
    path.write_bytes(b"secret")
    path.chmod(0o640)
    os.utime(path, ns=(1, 1_234_567_890))
    place = written(tmp_path, SetMeta(str(path), 0, 0, 0o600, Expected(Kind.ABSENT))).parent
    kept = place / "original" / str(path).lstrip("/")
    found = kept.stat()
    assert kept.read_bytes() == b"secret"
    assert (found.st_mode & 0o777, found.st_mtime_ns) == (0o640, 1_234_567_890)
    assert (place / "original").stat().st_mode & 0o777 == 0o700


def test_no_control_file_is_trusted_that_the_rollback_distrusts(tmp_path: Path) -> None:
    rng = random.Random(5)  # noqa: S311  (samples, no secrets)
    contents = {}
    for name in ("queue", "run"):
        (tmp_path / name).mkdir()
    for number in range(3000):
        body = "".join(rng.choice(ATOMS) for _ in range(rng.randrange(1, 9)))
        contents[f"qf{number:05}"] = f"V8\n{body}\n.\n".encode()
        (tmp_path / "queue" / f"qf{number:05}").write_bytes(contents[f"qf{number:05}"])
    script = f'run=$2; . {LIBRARY}/queue.sh; cd "$1" && printf "%s\\0" * | foreign_ones'
    place, run = tmp_path / "queue", tmp_path / "run"
    argv = ["/bin/sh", "-c", script, "sh", str(place), str(run)]
    done = subprocess.run(argv, capture_output=True, check=True, env={"LC_ALL": "C"})
    told = set(done.stdout.decode().split())
    foreign = {name for name, content in contents.items() if why_distrusted(content)}
    assert foreign - told == set()
    stricter = [contents[name] for name in told - foreign]
    assert all(b"\n " in one or b"\n\t" in one for one in stricter), stricter
    assert len(contents) - len(told) > 1000  # and mail of relays is let through


def test_every_part_of_the_library_is_in_it(tmp_path: Path) -> None:
    text = written(tmp_path).read_text()
    assert {one.name for one in LIBRARY.glob("*.sh")} == set(ROOMS)
    assert all((LIBRARY / room).read_text() in text for room in ROOMS)
