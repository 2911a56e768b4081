"""A message that the relay declines: by its own policy, or because it cannot do its work.

Sendmail's enhanced status tells them apart (RFC 3463): x.7.x is policy, x.3.x is the system: a
child that cannot open a map, write its queue or ask a milter answers 4.3.x.
"""

from __future__ import annotations

import re

from wizard.probes.session.baseline import Door
from wizard.probes.session.conversation import Talk

POLICY = re.compile(r"^[45]\d\d[ -]([45])\.7\.\d+ ")
SYSTEM = re.compile(r"^[45]\d\d[ -][45]\.3\.\d+ ")
AUTHENTICATE = 530
"RFC 4954: authentication, RFC 3207: TLS, is required."


def by_policy(talk: Talk, before: Door | None) -> str:
    """Why a declined message proves nothing either way; empty where it is a fault.

    What was taken before the switch and is declined now is one, whatever the relay calls it.
    """
    if talk.refusal is None or talk.problem:
        return ""
    reply, told = talk.refusal.reply, str(talk.refusal)
    verb = list(talk.replies)[-1]
    was = before.replies.get(verb, "") if before else ""
    if was.startswith("2"):
        return ""
    since = ", as before the switch" if was[:9] == reply.text[:9] else ""
    if reply.code == AUTHENTICATE:
        return f"this port takes mail only from clients that authenticate: {told}{since}"
    policy = POLICY.match(reply.text)
    if policy and policy.group(1) == "4":
        return f"the relay asks to try later: {told}{since}"
    if policy and (since or verb == "."):
        return f"the relay's policy declines this message: {told}{since}"
    if since and not SYSTEM.match(reply.text):
        return f"the relay declines this message: {told}{since}"
    return ""
