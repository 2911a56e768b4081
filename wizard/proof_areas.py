"""What the proofs are about: areas with headings, told by how a proof's id begins."""

from __future__ import annotations

AREAS = (
    (
        "The conversation",
        ("smtp", "child", "message", "ehlo", "starttls", "milters", "daemon.ports", "sessions"),
    ),
    ("Who runs", ("master", "delivery", "runner", "msp", "pid", "control", "processes")),
    (
        "What the account can reach",
        ("maps", "aliases", "classes", "files", "keys", "status", "logins"),
    ),
    ("The queue", ("queue",)),
    ("That it stays", ("cf", "daemon", "living", "account", "escape", "guard", "guarded")),
    ("The log", ("log",)),
)
"Heading and what the ids under it begin with, in the order in which they are shown."
OTHER = "More"


def area_of(proof_id: str) -> str:
    """The heading under which a proof is shown: of the longest beginning that fits."""
    found, length = OTHER, 0
    for heading, beginnings in AREAS:
        for beginning in beginnings:
            fits = proof_id == beginning or proof_id.startswith(f"{beginning}.")
            if fits and len(beginning) > length:
                found, length = heading, len(beginning)
    return found


def headings() -> tuple[str, ...]:
    """All headings in their order."""
    return (*(heading for heading, _beginnings in AREAS), OTHER)
