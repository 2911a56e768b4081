"""Recipients that wait in the queue and look like this host's own: where would their mail go now?

Sendmail chooses the mailer anew at each queue run, by the cf of that day; but programs, files and
names with a backslash, which an alias or a .forward file put into an entry, stay what they are.
Found with grep(1), a second for 200,000 entries; recipients elsewhere are not even printed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard.facts import grep
from wizard.facts.cf_model import Cf
from wizard.facts.mail_model import Destination, Resolution, Resolutions
from wizard.facts.model import Classes, Queues
from wizard.facts.resolutions import ask_all
from wizard.facts.route.interesting import Question
from wizard.host.base import HostReader, Unreadable
from wizard.plans import Command
from wizard.platforms.base import Platform

ASKED_FOR = "queue"
ASKED = 200
"Recipients put to Sendmail, and as many programs and files told."
KEEP = 4 << 20
"Bytes of what grep prints."
NAMES = 2000
"Names of class w that are searched for."
_TIMEOUT = 300.0
_SPECIAL = re.compile(r"[][\\.^$*+?(){}|]")
_RECIPIENT = re.compile(r"R(?:[A-Za-z]*:)?(?P<to>.*)")
_GONE = "No such file or directory"
_KINDS = (("|", "prog"), ("/", "*file*"), (":include:", "*include*"))


def gather(
    host: HostReader, platform: Platform, cf: Cf, classes: Classes, queues: Queues
) -> Resolutions:
    """What waits for this host. Raises Unreadable."""
    if not queues.entries:
        return Resolutions(())
    found: list[Resolution] = []
    asked: dict[str, Question] = {}
    left = ["queue: more recipients than are read"] if len(classes.w) > NAMES else []
    for place, to in _recipients(host, classes, queues, left):
        if mailer := _direct(to):
            found.append(Resolution(to, ASKED_FOR, place, (Destination(mailer, "", to),), (to,)))
        else:
            asked.setdefault(to.lower(), Question(to, ASKED_FOR, place))
    some = list(asked.values())[:ASKED]
    if len(asked) > ASKED:
        left.append(f"queue: {len(asked) - ASKED:,} recipients were not asked for")
    told = ask_all(host, platform, some, left)
    return Resolutions((*found[:ASKED], *told.answers), told.left_out)


def _recipients(
    host: HostReader, classes: Classes, queues: Queues, left: list[str]
) -> Iterator[tuple[str, str]]:
    """Place and address of each recipient that may be this host's own. Raises Unreadable."""
    names = "|".join(_SPECIAL.sub(r"\\\g<0>", name) for name in classes.w[:NAMES])
    patterns = ["^R[^@]*$", r"^R([A-Za-z]*:)?[<\"']*([|/\\]|:include:)"]
    patterns += [f"^R.*@({names})\\.?([^A-Za-z0-9.-]|$)"] if names else []
    options = ("-r", "-D", "skip", "-a", "-i", "-n", "-H", "-Z", "-E", "-f", "-")
    entries = ("--include=qf*", "--include=hf*")  # hf: in quarantine
    command = Command(
        (grep.TOOL, *options, *entries, "--", *queues.roots),
        timeout=_TIMEOUT,
        ok_codes=(0, 1, 2),
        stdin="\n".join((*patterns, "")).encode(),
        keep=KEEP,
    )
    answer = host.probe(command)
    said = answer.stderr.decode("utf-8", "replace").splitlines()
    serious = [line for line in said if not line.endswith(_GONE)]  # delivered meanwhile
    if answer.code not in (0, 1) and (serious or not said):
        raise Unreadable(next(iter(serious), f"{grep.TOOL}: exit code {answer.code}"))
    if len(answer.stdout) >= KEEP:
        left.append("queue: more recipients than are read")
    for line in answer.stdout.decode("utf-8", "surrogateescape").split("\n"):
        path, _nul, rest = line.partition("\0")
        number, _colon, text = rest.partition(":")
        if to := _RECIPIENT.fullmatch(text):
            yield f"{path}:{number}", to["to"].strip().removeprefix("<").removesuffix(">")


def _direct(to: str) -> str:
    """The mailer of a recipient that no address stands for: a program, a file, a list."""
    bare = to.lstrip("\"'")
    return next((mailer for start, mailer in _KINDS if bare.lower().startswith(start)), "")
