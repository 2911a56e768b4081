"""GroupReadableKeyFile: added where a key needs it, and nothing else of the option changes."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from tests.checks.doors import file, leading, relay
from tests.facts.paper_host import PaperHost
from wizard.facts.cf import active_options
from wizard.facts.config import active_lines
from wizard.model import FileState
from wizard.plans import Choices, RunCommand
from wizard.platforms.debian import Debian
from wizard.steps.base import Account, Planning, StepDefinition
from wizard.steps.cf_edit import append
from wizard.steps.key_option import group_readable_key
from wizard.steps.keys import CLOSED, CLOSED_FOR_RELOAD
from wizard.steps.registry import definitions

KEY = "/etc/mail/tls/relay.key"
CF = "V10/Berkeley\nO DontBlameSendmail={}\n#O RunAsUser=sendmail\nO LogLevel=9\n"


def planning(
    end: FileState, *, before: FileState | None = None, blame: str = "", role: str = "ServerKeyFile"
) -> Planning:
    """A plan whose steps so far have left the key like this."""
    options: dict[str, Any] = {"options": {"DontBlameSendmail": (blame,)} if blame else {}}
    passage = leading(KEY, role, before or end)
    facts = relay(keys=(passage,), cf=options).facts
    host = PaperHost({KEY: end})
    account = Account("sendmail", "sendmail", 24, 24)
    return Planning(facts, Debian("Debian", "systemd"), Choices(), host, account)


def test_a_key_that_the_group_may_read_needs_the_option() -> None:
    change = group_readable_key(planning(file(0o640, 0, 24), blame="AssumeSafeChown"))
    assert change is not None
    cf = CF.format("AssumeSafeChown")
    after = change.set_in_cf(cf)
    assert active_options(after, "DontBlameSendmail") == ["AssumeSafeChown,GroupReadableKeyFile"]
    assert change.wrong(after) == ""
    assert [x for x in active_lines(after) if not change.lines.match(x)] == [
        x for x in active_lines(cf) if not change.lines.match(x)
    ]
    assert b"defn(`confDONT_BLAME_SENDMAIL')`,GroupReadableKeyFile'" in append(b"", change)


@pytest.mark.parametrize(
    "wrong",
    [
        "AssumeSafeChown",
        "GroupReadableKeyFile",
        "AssumeSafeChown,GroupReadableKeyFile,MapInUnsafeDirPath",
        "AssumeSafeChown,GroupReadableKeyFile\nO DontBlameSendmail=safe",
    ],
)
def test_a_cf_that_lost_or_won_anything_else_is_refused(wrong: str) -> None:
    change = group_readable_key(planning(file(0o640, 0, 24), blame="AssumeSafeChown"))
    assert change is not None
    assert "DontBlameSendmail" in change.wrong(CF.format(wrong))


def test_where_nothing_was_blamed_safe_goes() -> None:
    change = group_readable_key(planning(file(0o640, 0, 24)))
    assert change is not None
    assert change.wrong(CF.format(",GroupReadableKeyFile")) == ""
    assert change.wrong(CF.format("safe,GroupReadableKeyFile")) == ""


@pytest.mark.parametrize(
    "unneeded",
    [
        planning(file(0o600)),
        planning(file(0o640, 0, 24), blame="x, groupreadablekeyfile"),
        planning(file(0o644), role="ServerCertFile"),
    ],
    ids=["owner only", "there already", "a certificate"],
)
def test_it_is_not_added_without_need(unneeded: Planning) -> None:
    assert group_readable_key(unneeded) is None


@pytest.mark.parametrize(
    ("switch", "step", "other"),
    [("restart", CLOSED, CLOSED_FOR_RELOAD), ("reload", CLOSED_FOR_RELOAD, CLOSED)],
)
def test_on_the_way_back_the_key_is_closed_before_the_old_cf_is_read(
    switch: str, step: StepDefinition, other: StepDefinition
) -> None:
    opened = planning(file(0o640, 0, 24), before=file(0o400))
    opened = replace(opened, choices=Choices(switch=switch))
    assert other.plan(opened) is None
    planned = step.plan(opened)
    assert planned is not None
    (op,) = planned.ops
    assert isinstance(op, RunCommand) and op.only_undo and op.undo is not None
    assert op.undo.argv == ("/bin/chmod", "0400", KEY)
    told = replace(opened, facts=relay(keys=(leading(KEY, "ServerKeyFile", file(0o640)),)).facts)
    assert step.plan(told) is None


def test_its_place_is_before_the_daemon_reads_the_old_cf_on_the_way_back() -> None:
    order = [one.id for one in definitions()]
    assert order.index("service-stop") < order.index("tls-keys-closed") < order.index("queue-owner")
    reload = order.index("tls-keys-closed-reload")
    assert order.index("queue-owner") < reload < order.index("config-cf")
