"""The session's own rules: what was reviewed is what is applied, whatever happened meanwhile."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from wizard.composition import RECORDED, Checks
from wizard.engine_session import EngineSession
from wizard.errors import Drift, Refused, UsageProblem
from wizard.host.bundle import BundleHost
from wizard.model import FileState, Identity, Mode
from wizard.plans import Choices
from wizard.runs import Runs


class Changing(BundleHost):
    """The recorded relay, as root on the live host; one file's mode can change under us."""

    changed = ""

    def __init__(self) -> None:
        super().__init__(BundleHost.load(str(RECORDED))._bundle)

    def identity(self) -> Identity:
        return replace(super().identity(), mode=Mode.LIVE, euid=0)

    def state(self, path: str, *, content: bool = False) -> FileState:
        found = super().state(path, content=content)
        return replace(found, mode=found.mode | 0o001) if path == self.changed else found


@pytest.fixture
def host() -> Changing:
    return Changing()


@pytest.fixture
def session(host: Changing, tmp_path: object) -> EngineSession:
    made = EngineSession(host, Checks(), Runs(str(tmp_path)))
    made.choose(Choices(probe_to="hostmaster@example.org"))
    made.propose()
    return made


def test_a_host_that_changed_while_the_plan_was_on_the_screen(
    session: EngineSession, host: Changing
) -> None:
    reviewed = session.plan
    host.changed = "/etc/mail/mailertable.db"
    with pytest.raises(Drift, match=r"mailertable\.db"):
        session.apply(session.identity.host)
    assert session.plan is reviewed
    assert session.run == ""


def test_the_hosts_name_must_be_typed(session: EngineSession) -> None:
    with pytest.raises(UsageProblem, match="relay1"):
        session.apply("relay2.example.net")


def test_a_recorded_host_is_never_applied() -> None:
    session = EngineSession(BundleHost.load(str(RECORDED)), Checks(), Runs("/nonexistent"))
    session.propose()
    with pytest.raises(Refused, match="recorded"):
        session.apply(session.identity.host)
    with pytest.raises(Refused, match="recorded"):
        next(session.verify())


def test_new_choices_drop_the_plan(session: EngineSession) -> None:
    session.choose(replace(session.choices, group="mailrelay"))
    assert session.plan is None


@pytest.mark.parametrize(
    ("choices", "field"),
    [
        (Choices(user="Root!"), "user"),
        (Choices(uid=0), "uid"),
        (Choices(gid=70000), "gid"),
        (Choices(edit="vi"), "edit"),
        (Choices(switch="reboot"), "switch"),
        (Choices(probe_to="a@b> SIZE=1"), "probe_to"),
        (Choices(confirm_within=-1), "confirm_within"),
    ],
)
def test_a_bad_choice_is_named_and_changes_nothing(
    session: EngineSession, choices: Choices, field: str
) -> None:
    before = session.choices
    with pytest.raises(UsageProblem, match=f"^{field}:"):
        session.choose(choices)
    assert session.choices is before
    assert session.plan is not None
