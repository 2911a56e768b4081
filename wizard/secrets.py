"""Host text without its secrets: what a recording, a result or a report must not pass on."""

from __future__ import annotations

import re
from typing import TypeVar

import msgspec

T = TypeVar("T")

SECRETS = (
    re.compile(rb"""(?i)(["']P[:=])([^"'\n]+)"""),
    re.compile(rb"""(?i)((?<![\w/.])(?:password|passwd|secret|bindpw)\b["'\s:=,]+)([^\s"'`]+)"""),
    re.compile(rb"""(?im)^(\s*(?:sql_passwd|ldapdb_pw)\s*:\s*)(\S[^\n]*)"""),
    re.compile(rb"""(\s-w\s*|LDAPDefaultSpec[^\n]*?\s-P\s*)([^\s"'`]+)"""),
    re.compile(
        rb"""(?i)((?:passw(?:or)?d|secret|token|bindpw|pwd|api_?key|\bpass)[\w-]{0,20}["']?=\s?["']?)"""
        rb"""([^\s"'`;|&\\]+)"""
    ),
    re.compile(
        rb"""(?i)(\s--?[\w-]{0,20}(?:passw(?:or)?d|secret|token|api-?key)\s+["']?)([^\s"'`;|&\\]+)"""
    ),
    re.compile(rb"""(://[^\s/:@"']{0,100}:)([^\s@/"']+)(?=@)"""),
    re.compile(rb"""((?:mysql|mariadb)[^\n]{0,300}?\s-p)([^\s"'`;|&\\]+)"""),
    re.compile(
        rb"""(\bcurl\b[^\n]{0,300}?\s(?:-u|--user)[\s=]["']?[^\s:]{1,100}:)([^\s"'`;|&\\]+)"""
    ),
)
"""What is scrubbed: the P of AuthInfo entries, an LDAP bind secret, SASL's own passwords, and those
that crontabs and aliases that run programs have: in variables, options and addresses."""


def scrub(content: bytes) -> bytes:
    """Content with each secret value replaced by a mark."""
    for pattern in SECRETS:
        content = pattern.sub(rb"\g<1>[scrubbed]", content)
    return content


def scrubbed(text: str) -> str:
    """The same for text; bytes that are no UTF-8 survive."""
    return scrub(text.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")


def scrubbed_all(value: T) -> T:
    """The same for every text within a struct."""
    plain = msgspec.to_builtins(value, builtin_types=(bytes,))
    cleaned: T = msgspec.convert(_each(plain), type(value), builtin_types=(bytes,))
    return cleaned


def _each(value: object) -> object:
    if isinstance(value, str):
        return scrubbed(value)
    if isinstance(value, bytes):
        return scrub(value)
    if isinstance(value, dict):
        return {name: _each(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_each(one) for one in value]
    return value
