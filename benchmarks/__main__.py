"""`make bench`: every benchmark of this package; names pick some, --json prints for machines."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import msgspec

import benchmarks
from benchmarks.frame import Row


def names() -> list[str]:
    """Modules of this package that are benchmarks."""
    found = sorted(module.name for module in iter_modules(benchmarks.__path__))
    return [name for name in found if hasattr(import_module(f"benchmarks.{name}"), "rows")]


def rows_of(name: str) -> Iterator[Row]:
    """The rows of one benchmark, as they are measured; what it made is removed."""
    with tempfile.TemporaryDirectory(prefix="stepdown-bench-") as room:
        yield from import_module(f"benchmarks.{name}").rows(Path(room))


def table_line(row: Row) -> str:
    """One line: what, ours, peer, ratio, and what the peer is."""
    peer = "" if row.peer is None else f"{row.peer:.2f} {row.unit}"
    ratio = "" if row.ratio is None else f"{row.ratio:.2f}x"
    ours = f"{row.ours:.2f} {row.unit}"
    line = f"{row.what:<52}{ours:>11}{peer:>11}{ratio:>9}  {row.beside}"
    return line + (f"\n{'':<52}  {row.note}" if row.note else "")


def main() -> None:
    """Run those that were named, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(names()))
    parser.add_argument("--json", action="store_true", help="one JSON object a row")
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(names()):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    if not asked.json:
        print(f"{'what':<52}{'ours':>11}{'peer':>11}{'ratio':>9}  peer is")
    for name in asked.names or names():
        for row in rows_of(name):
            made = {"benchmark": name, **msgspec.to_builtins(row), "ratio": row.ratio}
            print(msgspec.json.encode(made).decode() if asked.json else table_line(row))
            sys.stdout.flush()


if __name__ == "__main__":
    main()
