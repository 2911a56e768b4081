"""What the proofs are about: areas with headings, told by the first word of a proof's id."""

from __future__ import annotations

AREAS = (
    ("The conversation", ("smtp", "child", "message", "ehlo", "starttls", "milters", "daemon")),
    ("Who runs", ("master", "delivery", "runner", "msp", "processes", "sessions")),
    ("What the account can reach", ("maps", "aliases", "files", "keys", "status", "account")),
    ("The queue", ("queue",)),
    ("That it stays", ("cf", "living", "escape", "guard", "guarded")),
    ("The log", ("log",)),
)
"Heading and first words, in the order in which they are shown."
OTHER = "More"


def area_of(proof_id: str) -> str:
    """The heading under which a proof is shown."""
    word = proof_id.partition(".")[0]
    if proof_id.startswith("account.escape"):
        word = "escape"
    return next((heading for heading, words in AREAS if word in words), OTHER)


def headings() -> tuple[str, ...]:
    """All headings in their order."""
    return (*(heading for heading, _words in AREAS), OTHER)
