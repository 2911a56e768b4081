"""The change packet as one JSON document, schema stepdown.report/1."""

from __future__ import annotations

import re

import msgspec

from wizard.report.markdown import CONTROL
from wizard.report.model import Report


def as_json(report: Report) -> str:
    """The document. What would act on a terminal is written as `\\u009b`; it reads back as it was.

    Control characters stand inside of strings only, where JSON has an escape for each.
    """
    text = msgspec.json.format(msgspec.json.encode(report), indent=2).decode()
    return CONTROL.sub(_escaped, text) + "\n"


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found.group()):04x}"
