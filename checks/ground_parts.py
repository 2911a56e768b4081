"""The part of the ground that a check stands on, or why it is unknown."""

from __future__ import annotations

from wizard.api import NotKnown, Subject, known
from wizard.facts.model import Ground


def ground(subject: Subject, part: str) -> Ground:
    """The ground, where this field of it could be looked at. Raises NotKnown."""
    found = known(subject.facts.ground)
    if part in found.unknown:
        raise NotKnown(found.unknown[part])
    return found
