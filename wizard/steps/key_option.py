"""GroupReadableKeyFile: without it Sendmail refuses a private key that its group may read."""

from __future__ import annotations

import re

from wizard.facts.cf import active_options
from wizard.facts.doors import KEYS
from wizard.facts.model import Unknown
from wizard.facts.way_model import Doors
from wizard.model import Kind
from wizard.reach import GROUP_READABLE_KEY, blamed
from wizard.steps.base import Planning
from wizard.steps.cf_edit import Change, option_setter

_OPTION, _MACRO = "DontBlameSendmail", "confDONT_BLAME_SENDMAIL"


def group_readable_key(p: Planning) -> Change | None:
    """What is to be added; None where no key needs it, or it is there already."""
    doors, cf = p.facts.doors, p.facts.cf
    if not isinstance(doors, Doors) or isinstance(cf, Unknown):
        return None
    before = cf.option(_OPTION)
    ends = [p.host.state(one.parts[-1][0]) for one in doors.keys if one.role in KEYS]
    readable = any(end.kind is Kind.FILE and end.mode & 0o040 for end in ends)
    if not readable or GROUP_READABLE_KEY.lower() in blamed(before):
        return None
    return _change(before)


def _change(before: str) -> Change:
    wanted = blamed(before) | {GROUP_READABLE_KEY.lower()}

    def wrong(cf: str) -> str:
        values = active_options(cf, _OPTION)
        if len(values) == 1 and blamed(values[0]) - {"safe"} == wanted - {"safe"}:
            return ""
        return f"{_OPTION} {values or 'nowhere'}, not what it was and {GROUP_READABLE_KEY}"

    value = f"{before},{GROUP_READABLE_KEY}" if before else GROUP_READABLE_KEY
    return Change(
        "TLS keys are root's, readable by the group of the SMTP children",
        f"define(`{_MACRO}', defn(`{_MACRO}')`,{GROUP_READABLE_KEY}')dnl",
        option_setter(_OPTION, value),
        re.compile(rf"O\s+{_OPTION}\b"),
        wrong,
    )
