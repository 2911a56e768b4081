"""A run's manifests, before its first change and after its rollback: with their digests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from posixpath import dirname

from msgspec import Struct

from wizard.host.manifest import lines_of_names, lines_of_paths, lines_of_queues
from wizard.host.private import write_lines
from wizard.model import Kind
from wizard.plans import Plan, SetMeta, SetMetaTree
from wizard.undo_script.originals import paths_of

BEFORE = "manifest-before"
AFTER = "manifest-after"
"Of the files, in the run's directory."


class Covered(Struct, frozen=True):
    """What a run's manifests cover."""

    paths: tuple[str, ...]
    "Every path that an operation may change, sorted."
    trees: tuple[str, ...]
    "Directories of which everything below is told: the configuration's."
    holders: tuple[str, ...]
    "Directories in which the run makes files: what else is there is told by name."
    queues: tuple[str, ...]
    "Of which the directories are told, and their entries counted."


class Manifest(Struct, frozen=True):
    """One that was written."""

    digest: str
    "SHA-256 over the file."
    lines: int


def covered_by(plan: Plan) -> Covered:
    """All that the plan may touch, and where it could leave something behind."""
    ops = [op for step in plan.steps for op in step.ops]
    paths = paths_of(plan)
    directories = {
        op.path for op in ops if isinstance(op, SetMeta) and op.expect.kind is Kind.DIRECTORY
    }
    return Covered(
        paths=paths,
        trees=tuple(sorted(directories)),
        holders=tuple(sorted({dirname(path) for path in paths})),
        queues=tuple(sorted({op.path for op in ops if isinstance(op, SetMetaTree)})),
    )


def write(path: Path, covered: Covered) -> Manifest:
    """Take a manifest of this host. Raises OSError, StepdownError."""
    digest, lines = write_lines(path, _lines(covered))
    return Manifest(digest, lines)


def _lines(covered: Covered) -> Iterator[bytes]:
    inside = tuple(f"{tree}/" for tree in covered.trees)
    holders = [one for one in covered.holders if not f"{one}/".startswith(inside)]
    yield from lines_of_paths(covered.paths, covered.trees)
    yield from lines_of_names(holders, {*covered.paths, *covered.trees})
    yield from lines_of_queues(covered.queues)
