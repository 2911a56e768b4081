"""The cases of all checks, by the check's id."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

import tests.checks
from tests.checks.cases import Case

ABOUT_ALL = ("collected", "test_registry", "test_catalogue")
"Modules that ask something of every check, and import this one."
NAMES = [found.name for found in iter_modules(tests.checks.__path__)]
MODULES = [
    module
    for name in NAMES
    if name not in ABOUT_ALL and hasattr(module := import_module(f"tests.checks.{name}"), "CASES")
]
CASES: dict[str, tuple[Case, ...]] = {module.CHECK: module.CASES for module in MODULES}
