"""Sealing a plan, and reading one back. An edited, torn or foreign plan is refused by name."""

from __future__ import annotations

import re
from hashlib import sha256

import msgspec
from msgspec.structs import replace

from wizard.errors import Drift, Refused, StepdownError
from wizard.plans import Names, Op, Plan, Step, WriteFile

SCHEMA = "stepdown.plan/1"
BANNER = re.compile(rb"^(##### built by \S+ on ).*$", re.MULTILINE)
"The line of cfhead.m4 that holds the time of the build."


def seal(plan: Plan) -> Plan:
    """The plan with its digest: SHA-256 over its JSON without one, keys sorted.

    Over the document and not over our idea of it, so that a later version of this program still
    reads, and undoes, what an earlier one did. Raises Refused where a file's name is no UTF-8.
    """
    try:
        document = msgspec.json.encode(plan)
    except UnicodeEncodeError as problem:
        raise Refused(
            f"{problem.object[:200]!a}: this name is no UTF-8, and the plan is JSON",
            "Rename the file, then plan again.",
        ) from problem
    read_back = msgspec.json.decode(document, type=Plan)
    return replace(read_back, digest=_digest(msgspec.json.encode(read_back)))


def encode(plan: Plan) -> bytes:
    """The plan as an indented JSON document. File contents are base64."""
    return msgspec.json.format(msgspec.json.encode(plan), indent=1) + b"\n"


def decode(data: bytes, name: str, *, trusted: bool = False) -> Plan:
    """A plan from its JSON. Raises StepdownError, or Drift where it was edited by hand.

    trusted: from a run's own directory, where a digest must never keep us from undoing.
    """
    try:
        plan = msgspec.json.decode(data, type=Plan)
    except msgspec.DecodeError as problem:
        raise StepdownError(
            f"{name}: not a stepdown plan: {problem}", "Make one with stepdown plan -o FILE."
        ) from problem
    if plan.schema != SCHEMA:
        raise StepdownError(
            f"{name}: schema {plan.schema}, this program reads {SCHEMA}", "Make the plan anew."
        )
    found = _digest(data)
    if plan.digest != found and not trusted:
        raise Drift(
            f"{name}: the plan was changed after it was sealed (digest {plan.digest[:8]} does not "
            f"match {found[:8]})",
            "What was reviewed is what runs: make the plan anew with stepdown plan -o FILE.",
        )
    return plan


def difference(reviewed: Plan, now: Plan) -> str:
    """What would be done differently now, named; empty where nothing is.

    Everything that runs or is shown is compared, in order. Left out are the digests, notes (they
    count queue entries) and names (accounts come and go), and the moment in m4's banner.
    """
    then, today = ([s.id for s in plan.steps] for plan in (reviewed, now))
    for step_id in dict.fromkeys((*then, *today)):
        if then.count(step_id) > today.count(step_id):
            return f"step {step_id} is not needed any more"
        if then.count(step_id) < today.count(step_id):
            return f"step {step_id} is needed now"
    if then != today:
        return "the steps come in another order"
    written: set[str] = set()
    for old, new in zip(reviewed.steps, now.steps, strict=True):
        told = _step_difference(old, new, now.cf_path, now.cf_path in written)
        written.update(op.path for op in new.ops if isinstance(op, WriteFile))
        if told:
            return f"step {old.id}: {told}"
    return "" if _rest(reviewed) == _rest(now) else "what the plan says of itself differs"


def _rest(plan: Plan) -> Plan:
    """All that is not a step; what is advised is no promise, and sessions come and go."""
    return replace(plan, steps=(), facts_digest="", names=Names(), digest="", outage={}, advice="")


def _step_difference(then: Step, now: Step, cf_path: str, again: bool) -> str:
    """`again`: an earlier step writes the cf too, so that this one finds that one's moment."""
    old_ops = [_without_moment(op, cf_path, again) for op in then.ops]
    new_ops = [_without_moment(op, cf_path, again) for op in now.ops]
    for old, new in zip(old_ops, new_ops, strict=False):
        if old != new:
            return f"{_subject(new)} is not as it was when the plan was made"
    if len(old_ops) != len(new_ops):
        return "there is more or less to do than when the plan was made"
    same = replace(then, ops=(), notes=()) == replace(now, ops=(), notes=())
    return "" if same else "its description differs"


def _without_moment(op: Op, cf_path: str, again: bool) -> Op:
    """The operation without the moment in the banner that m4 puts into a cf."""
    if not isinstance(op, WriteFile) or op.path != cf_path:
        return op
    op = replace(op, content=BANNER.sub(rb"\1", op.content, count=1))
    if not again or op.expect.sha256 != sha256(op.before).hexdigest():
        return op
    before = BANNER.sub(rb"\1", op.before, count=1)
    expect = replace(op.expect, sha256=sha256(before).hexdigest())
    return replace(op, before=before, expect=expect)


def _subject(op: Op) -> str:
    return str(getattr(op, "path", "") or getattr(op, "command", "") or "the host")


def _digest(document: bytes) -> str:
    fields = msgspec.json.decode(document, type=dict[str, object])
    fields.pop("digest", None)
    return sha256(msgspec.json.encode(fields, order="sorted")).hexdigest()
