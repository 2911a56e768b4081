"""What `sendmail -bv` answers, as checks judge it: is mail for this address delivered here?"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from checks.evidence import unseen
from wizard.api import Finding, Subject, known
from wizard.facts.cf_model import Cf
from wizard.facts.mail_model import Destination, Resolution

NULL_DEVICE = "/dev/null"
HERE = (
    "Sendmail itself says that it would deliver this mail on this host, and that takes root: its "
    "unprivileged children cannot write to mailboxes. The mail would stay in the queue, or be left "
    "to a local mailer that is set-user-ID root, as Debian's procmail is."
)
SETTLES = "define(`MAIL_HUB', `esmtp:[{}]')dnl in sendmail.mc settles it for every local name."


class Answers(Struct, frozen=True):
    """Sendmail's answers of some kinds, sorted."""

    cf: Cf
    all: tuple[Resolution, ...]
    here: tuple[Resolution, ...]
    "Those of which at least one copy is delivered on this host."
    refused: tuple[Resolution, ...]
    troubled: tuple[Resolution, ...]
    "Those that could not be told; none of them is in here or refused."
    left: tuple[str, ...]
    "What was not asked."
    hub: bool
    "MAIL_HUB takes all local mail, and Sendmail says so of somebody unknown."

    @property
    def unasked(self) -> tuple[str, ...]:
        """What was not asked and decides: nothing where one answer settles it, or MAIL_HUB does.

        Ruleset 5 hands every local name to the hub, whatever led to it; aliases and LOCAL_USER,
        which come before it, have checks of their own.
        """
        return () if self.here or self.hub else self.left

    def unseen(self, check_id: str) -> tuple[Finding, ...]:
        """The finding for what could not be told."""
        reasons = [f"sendmail -bv {one.address}  {one.trouble}" for one in self.troubled]
        return unseen(check_id, "Where some mail goes", [*reasons, *self.unasked])


def answers(subject: Subject, *kinds: str) -> Answers:
    """The answers of these kinds. Raises NotKnown."""
    cf, known_answers = known(subject.facts.cf), known(subject.facts.resolutions)
    every = tuple(one for kind in kinds for one in known_answers.of(kind))
    sound = [one for one in every if not one.trouble]
    here = tuple(one for one in sound if local_copies(cf, one))
    refused = tuple(one for one in sound if not one.destinations)
    troubled = tuple(one for one in every if one.trouble)
    strangers = known_answers.of("unknown user")
    hub = local_mail_leaves(cf) and bool(strangers) and all(_leaves(cf, one) for one in strangers)
    return Answers(cf, every, here, refused, troubled, known_answers.left(*kinds), hub)


def _leaves(cf: Cf, one: Resolution) -> bool:
    return bool(one.destinations) and not one.trouble and not local_copies(cf, one)


def local_copies(cf: Cf, one: Resolution) -> list[Destination]:
    """The copies that a mailer of this host delivers; what goes to /dev/null is thrown away."""
    mailers = cf.local_mailers
    return [to for to in one.destinations if to.mailer in mailers and to.user != NULL_DEVICE]


def said(cf: Cf, one: Resolution) -> str:
    """Evidence: the question, and the line of Sendmail's answer that matters."""
    mailers = [f": mailer {to.mailer}," for to in local_copies(cf, one)]
    telling = (line for line in one.says if any(mailer in line for mailer in mailers))
    line = next(telling, next(iter(one.says), "said nothing"))
    return f"sendmail -bv {one.address}  {line}"


def proof(cf: Cf, found: Iterable[Resolution]) -> list[str]:
    """Sendmail's line for each address, once."""
    return list(dict.fromkeys(said(cf, one) for one in found))


def goes_to(found: Iterable[Resolution]) -> str:
    """Where the mail of these goes, in a word: one host, or off-host."""
    hosts = {to.host.rstrip(".") for one in found for to in one.destinations if to.host}
    return f"to {next(iter(hosts))}" if len(hosts) == 1 else "off-host"


def local_mail_leaves(cf: Cf) -> bool:
    """Whether MAIL_HUB is set, to another host: ruleset 5 of a cf built with it obeys."""
    hub = cf.macros.get("H", "").strip()
    return bool(hub) and hub.partition(":")[0].lower() not in cf.local_mailers
