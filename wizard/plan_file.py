"""Sealing a plan, and reading one back. An edited, torn or foreign plan is refused by name."""

from __future__ import annotations

from hashlib import sha256

import msgspec
from msgspec.structs import replace

from wizard.model import Drift, Op, Plan, Step, StepdownError, WriteFile

SCHEMA = "stepdown.plan/1"


def seal(plan: Plan) -> Plan:
    """The plan with its digest: SHA-256 over its canonical JSON without one.

    It is read back first, so that what is sealed is what a reader will see, number for number.
    """
    read_back = msgspec.json.decode(msgspec.json.encode(plan), type=Plan)
    return replace(read_back, digest=_digest(read_back))


def encode(plan: Plan) -> bytes:
    """The plan as an indented JSON document. File contents are base64."""
    return msgspec.json.format(msgspec.json.encode(plan), indent=1) + b"\n"


def decode(data: bytes, name: str) -> Plan:
    """A plan from its JSON. Raises StepdownError, or Drift where it was edited by hand."""
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
    if plan.digest != _digest(plan):
        raise Drift(
            f"{name}: the plan was changed after it was sealed (digest {plan.digest[:8]} does not "
            f"match {_digest(plan)[:8]})",
            "What was reviewed is what runs: make the plan anew with stepdown plan -o FILE.",
        )
    return plan


def difference(reviewed: Plan, now: Plan) -> str:
    """What would be done differently now, named; empty where nothing is."""
    then, today = ({s.id: s for s in plan.steps} for plan in (reviewed, now))
    for step_id in dict.fromkeys((*then, *today)):
        if step_id not in today:
            return f"step {step_id} is not needed any more"
        if step_id not in then:
            return f"step {step_id} is needed now"
        told = _step_difference(then[step_id], today[step_id])
        if told:
            return f"step {step_id}: {told}"
    return ""


def _step_difference(then: Step, now: Step) -> str:
    if then.ops == now.ops:
        return ""
    for old, new in zip(then.ops, now.ops, strict=False):
        if _without_banner(old) != _without_banner(new):
            return f"{_subject(new)} is not as it was when the plan was made"
    if len(then.ops) == len(now.ops):
        return ""
    return "there is more or less to do than when the plan was made"


def _without_banner(op: Op) -> Op:
    """The operation without the banner lines in which m4 says when it built a cf."""
    if not isinstance(op, WriteFile):
        return op
    lines = op.content.splitlines(keepends=True)
    return replace(op, content=b"".join(x for x in lines if not x.startswith(b"#####")))


def _subject(op: Op) -> str:
    return str(getattr(op, "path", "") or getattr(op, "command", "") or "the host")


def _digest(plan: Plan) -> str:
    return sha256(msgspec.json.encode(replace(plan, digest=""), order="deterministic")).hexdigest()
