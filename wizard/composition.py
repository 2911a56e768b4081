"""The composition root: which host, which checks, which session. Nothing else imports upwards."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from wizard.api import Check
from wizard.cli_options import choices_from
from wizard.engine_session import EngineSession
from wizard.errors import StepdownError
from wizard.host.base import HostReader
from wizard.host.bundle import SCHEMA as BUNDLE_SCHEMA
from wizard.host.bundle import BundleHost
from wizard.host.local import LocalReader
from wizard.host.roots_eye import RootsEye
from wizard.model import CheckResult
from wizard.plan_file import SCHEMA as PLAN_SCHEMA
from wizard.plan_file import decode
from wizard.plans import Choices
from wizard.purpose import settle
from wizard.runs import Runs

RECORDED = Path(__file__).parent / "recorded" / "relay.json"
"The relay that ships with the program: opens anywhere, read only."


class Checks:
    """The checks of this installation, handed to the session."""

    def checks(self) -> tuple[Check, ...]:
        """As CheckSuite.checks."""
        from checks import registry

        return registry.all_checks()

    def verdict(self, results: tuple[CheckResult, ...]) -> Literal["ready", "blocked"]:
        """As CheckSuite.verdict."""
        from checks import registry

        return registry.verdict(results)

    def validate_accept(self, accept: Mapping[str, str], results: tuple[CheckResult, ...]) -> None:
        """As CheckSuite.validate_accept."""
        from checks import registry

        registry.validate_accept(accept, results)


def open_host(bundle: str = "", root: str = "") -> HostReader:
    """This host, one under a directory, or a recorded one. Raises StepdownError."""
    if bundle:
        return BundleHost.load(bundle)
    if root:
        if not Path(root).is_dir():
            raise StepdownError(f"{root}: no such directory")
        return LocalReader(str(Path(root).absolute()))
    return LocalReader()


def open_session(
    bundle: str = "", root: str = "", choices: Choices | None = None, purpose: str = "migrate"
) -> EngineSession:
    """A session on that host, for plans of that purpose. Raises StepdownError."""
    host = open_host(bundle, root)
    if purpose != "migrate":
        host = RootsEye(host)
    return EngineSession(host, Checks(), Runs(), choices)


def open_chosen(options: dict[str, Any]) -> EngineSession:
    """A session on the host that these options name, with what they choose; they are used up.

    Raises StepdownError.
    """
    bundle, root = options.pop("bundle"), options.pop("root")
    named = {key for key, value in options.items() if value is not None}
    choices = choices_from(options)
    session = open_session(bundle, root, purpose=choices.purpose)
    if choices.purpose != "migrate" and not bundle:
        choices = settle(open_host(bundle, root), Runs(), choices, named)
    session.choose(choices)
    return session


def open_review(path: str) -> EngineSession:
    """A read-only session on a saved plan or a recorded host. Raises StepdownError."""
    try:
        data = Path(path).read_bytes()
    except OSError as problem:
        raise StepdownError(f"{path}: {problem.strerror}") from problem
    schema = _schema(data)
    if schema == BUNDLE_SCHEMA:
        return EngineSession(BundleHost.load(path), Checks(), Runs())
    if schema == PLAN_SCHEMA:
        return EngineSession(LocalReader(), Checks(), Runs(), plan=decode(data, path))
    raise StepdownError(
        f"{path}: neither a plan ({PLAN_SCHEMA}) nor a recorded host ({BUNDLE_SCHEMA})",
        "stepdown plan -o FILE makes the one, stepdown capture -o FILE the other.",
    )


def _schema(data: bytes) -> str:
    class Head(msgspec.Struct):
        schema: str = ""

    try:
        return msgspec.json.decode(data, type=Head).schema
    except msgspec.DecodeError:
        return ""
