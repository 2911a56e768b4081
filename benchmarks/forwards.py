"""A hundred thousand accounts: is there a .forward in one of their homes?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.frame import Row, in_a_process, in_turns, output_of
from wizard.facts.cf_model import Cf
from wizard.facts.forwards import expand, gather
from wizard.facts.mail_model import Forwards
from wizard.facts.model import Account, Accounts, Classes
from wizard.host.local import LocalReader

ACCOUNTS = 100_000
PATH = "$z/.forward.$w:$z/.forward"
"The ForwardPath of a stock sendmail.cf."
CF = Cf("/nonexistent.cf", {"ForwardPath": (PATH,)}, (), (), (), {}, 1)
_PEAK = """
import sys
from pathlib import Path
from benchmarks.forwards import accounts_in, look
from benchmarks.frame import peak_mb
accounts = accounts_in(Path(sys.argv[1]))
before = peak_mb()
look(accounts)
print(peak_mb() - before)
"""


def accounts_in(room: Path) -> Accounts:
    """Accounts whose homes are below this directory."""
    users = tuple(
        Account(f"u{n}", 1000 + n, 100, f"{room}/u{n}", "/bin/sh") for n in range(ACCOUNTS)
    )
    return Accounts(users, (), (100, 999))


def look(accounts: Accounts) -> Forwards:
    """As the fact does; there is no Sendmail to be asked about the three files."""
    classes = Classes(("localhost",), ())
    return gather(LocalReader(), "/nonexistent/sendmail", CF, accounts, classes)


def rows(room: Path) -> Iterator[Row]:
    """Against one stat(1) for each same place, and against find(1), which looks less closely."""
    accounts = accounts_in(room)
    for account in accounts.users:
        Path(account.home).mkdir(mode=0o700)
    for n in (7, 777, 77_777):
        (room / f"u{n}" / ".forward").write_text("|/bin/x\n")
    names = ("host.example.net", "host")
    places = [p for one in accounts.users for p in expand(PATH.split(":"), one, names)]
    listed = room / "places"
    listed.write_text("\n".join([*(f"{one.home}/." for one in accounts.users), *places]) + "\n")
    stat = ["/usr/bin/xargs", "-a", str(listed), "-n", "4000", "/usr/bin/stat", "-c", "%n"]
    find = ["/usr/bin/find", str(room), "-maxdepth", "2", "-name", ".forward*"]
    found = len(look(accounts).found)
    seen = output_of(find).count("\n") + 1
    what = f"{ACCOUNTS:,} accounts, their .forward files"
    ours, peer = in_turns(lambda: look(accounts), lambda: output_of(stat), rounds=3)
    yield Row(what, ours, peer, "xargs stat, the same homes and places", note=f"found {found}")
    ours, peer = in_turns(lambda: look(accounts), lambda: output_of(find), rounds=3)
    note = f"found {found} and {seen}; find knows neither accounts nor ForwardPath"
    yield Row(what, ours, peer, "find -maxdepth 2 -name '.forward*'", note=note)
    peak = float(in_a_process(_PEAK, str(room)))
    yield Row(f"{what}, memory", peak, None, "", "MB")
