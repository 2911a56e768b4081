"""A recorded host answers what was asked of the real one, and nothing else; without secrets."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.relay import PROBE, Relay
from tests.facts.paper_host import PaperHost, text
from wizard.errors import StepdownError
from wizard.host.base import NotRecorded, Unreadable
from wizard.host.bundle import BundleHost, RecordingHost
from wizard.model import Kind, Mode
from wizard.plans import Command, Completed
from wizard.secrets import scrub

SECRETS = (
    b'AuthInfo:smart.example.net "U:relay" "P:hunter2" "M:PLAIN"',
    b'AuthInfo:[192.0.2.1] "P=aHVudGVyMg==hunter2" "U:relay"',
    b'AuthInfo:hub "U:relay" "P:two words hunter2" "M:PLAIN"',
    b"password=hunter2",
    b"O LDAPDefaultSpec=-h ldap.example.net -M simple -P hunter2",
    b"Kuser ldap -k(uid=%0) -w hunter2 -b dc=example",
    b"PGPASSWORD=hunter2",
    b'MYSQL_PWD="hunter2"',
    b"0 1 * * * root mysqldump -u root -phunter2 db",
    b"0 2 * * * root curl -u bob:hunter2 https://www.example.net/",
    b"0 2 * * * root wget https://bob:hunter2@www.example.net/",
    b"0 3 * * * root /bin/x --api-token hunter2",
    b"""ticket: "|/bin/x --password='hunter2'\"""",
)
HARMLESS = (
    b"/etc/passwd  not a plain file",
    b"17 * * * * root cd / && run-parts --report /etc/cron.hourly",
    b"https://www.example.net:8080/a@b",
    b"R$* < @ $+ . > $* $: $1 < @ $2 . > $3 $(mymap $2 $)",
)


def recorded(host: PaperHost, ask: RecordingHost | None = None) -> BundleHost:
    """What a recording of that host answers, after its way through a file's text."""
    import msgspec

    from wizard.host.bundle import Bundle

    recording = ask or RecordingHost(host)
    data = msgspec.json.encode(recording.bundle())
    return BundleHost(msgspec.json.decode(data, type=Bundle))


def test_answers_and_refusals_are_the_real_hosts() -> None:
    paper = PaperHost(
        {"/etc/a": text("one\n")}, {"/bin/id": Completed(0, b"root")}, locked=("/secret",)
    )
    recording = RecordingHost(paper)
    asked = (recording.state("/etc/a", content=True), recording.probe(Command(("/bin/id",))))
    absent = recording.state("/nowhere")
    with pytest.raises(Unreadable):
        recording.state("/secret/x")
    bundle = recorded(paper, recording)
    assert (bundle.state("/etc/a", content=True), bundle.probe(Command(("/bin/id",)))) == asked
    assert bundle.state("/nowhere") == absent
    assert absent.kind is Kind.ABSENT
    with pytest.raises(Unreadable, match="Permission denied"):
        bundle.state("/secret/x")
    assert bundle.identity().mode is Mode.REVIEW


def test_what_was_not_asked_is_not_recorded_and_never_absent() -> None:
    bundle = recorded(PaperHost({"/etc/a": text("one")}))
    for ask in (
        lambda: bundle.state("/etc/a"),
        lambda: bundle.listdir("/etc"),
        lambda: bundle.probe(Command(("/bin/id",))),
        lambda: bundle.scan_log("/etc/a", ("local",)),
        lambda: bundle.count("/etc"),
        lambda: bundle.read_from("/etc/a", 0),
    ):
        with pytest.raises(NotRecorded):
            ask()


def test_a_bundle_has_no_writer() -> None:
    for act in ("put", "set_meta", "set_meta_tree", "restore", "run", "end_process"):
        assert not hasattr(BundleHost, act)


@pytest.mark.parametrize("line", SECRETS)
def test_a_secret_is_scrubbed(line: bytes) -> None:
    assert b"hunter2" not in scrub(line)
    assert b"[scrubbed]" in scrub(line)


@pytest.mark.parametrize("line", HARMLESS)
def test_what_is_no_secret_stays(line: bytes) -> None:
    assert scrub(line) == line


def test_a_log_is_recorded_without_secrets() -> None:
    line = 'Nov 20 10:00:00 relay1 sm-mta[7]: 4A: to="|/bin/x --password=hunter2", mailer=prog\n'
    recording = RecordingHost(PaperHost({"/var/log/mail.log": text(line)}))
    said = recording.scan_log("/var/log/mail.log", ("local", "prog"))
    assert "hunter2" not in repr(said)
    assert said == recorded(PaperHost(), recording).scan_log("/var/log/mail.log", ("local", "prog"))


@given(st.binary(max_size=80))
def test_scrubbing_twice_is_scrubbing_once(content: bytes) -> None:
    assert scrub(scrub(content)) == scrub(content)


@pytest.mark.parametrize("data", ["", "{", "[]", '{"schema": "stepdown.bundle/9"}'])
def test_a_file_that_is_no_bundle_is_named(
    data: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("bundle") / "host.json"
    path.write_text(data)
    with pytest.raises(StepdownError, match=r"host\.json"):
        BundleHost.load(str(path))


@pytest.mark.lab
def test_a_recorded_relay_plans_as_the_live_one_does(relay: Relay) -> None:
    relay.said("/bin/sh", "-c", "echo 'AuthInfo:hub \"P:hunter2\"' >> /etc/mail/access")
    relay.expect(0, "capture", "-o", "/root/bundle.json")
    content = relay.lab.read("/root/bundle.json")
    assert b"hunter2" not in content
    assert b"root:$" not in content
    assert b"root:*" not in content
    assert relay.lab.manifest("/root/bundle.json")["/root/bundle.json"].mode == 0o600
    live = json.loads(relay.stepdown("plan", "--json", *PROBE).stdout)
    there = relay.document(0, "plan", *PROBE, "--bundle", "/root/bundle.json")
    assert [s["id"] for s in there["steps"]] == [s["id"] for s in live["steps"]]
    for then, now in zip(there["steps"], live["steps"], strict=True):
        if then["id"] != "config-cf":
            assert then == now
    checked = relay.document(0, "check", "--bundle", "/root/bundle.json")
    assert checked["verdict"] == "ready"


def test_a_name_that_is_no_utf8_is_recorded(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A home or a file name of years ago, in Latin 1."""
    home = b"/home/m\xfcller".decode("utf-8", "surrogateescape")
    recording = RecordingHost(PaperHost({home: text("")}))
    names = recording.listdir("/home")
    path = tmp_path_factory.mktemp("bundle") / "host.json"
    recording.save(str(path))
    assert BundleHost.load(str(path)).listdir("/home") == names
