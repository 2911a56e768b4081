"""What a cf file says, parsed (facts/cf.py; Sendmail op guide, section 5)."""

from __future__ import annotations

from msgspec import Struct


class CfMap(Struct, frozen=True):
    """A `K` line of the cf."""

    name: str
    type: str
    "hash, btree, dbm, text, sequence, dequote, ldap ..."
    path: str
    "The file or spec, without the type's own suffix; empty for types without one."
    optional: bool
    "-o: absent is fine."
    line: int
    arguments: tuple[str, ...] = ()
    "All that follows the type: flags, the path, or the maps that a sequence asks in turn."

    @property
    def opened(self) -> bool:
        """Whether a child opens something on this host for it: a file, or a local socket."""
        local = ("local:/", "unix:/")
        return bool(self.path) or any(word.startswith(local) for word in self.arguments)

    @property
    def program(self) -> str:
        """What a child runs for it; empty where it is no program."""
        words = (word for word in self.arguments if not word.startswith("-"))
        return next(words, "") if self.type == "program" else ""


class CfMailer(Struct, frozen=True):
    """An `M` line of the cf."""

    name: str
    path: str
    flags: str
    argv: str
    line: int

    @property
    def delivers_here(self) -> bool:
        """Whether it keeps mail on this host: flag l, a program, LMTP to a socket (section 5)."""
        network = self.path in ("[IPC]", "[TCP]") and not self.argv.upper().startswith("FILE")
        return "l" in self.flags or not network


class CfMilter(Struct, frozen=True):
    """An `X` line of the cf: a mail filter (op guide, 5.11)."""

    name: str
    socket: str
    "`local:/run/x.sock`, `unix:/run/x.sock`, `/run/x.sock`, `inet:8891@localhost`."
    flags: str
    "`T`: mail waits while it cannot be asked; `R`: it is refused; `4`: 421; empty: goes through."
    line: int

    @property
    def path(self) -> str:
        """The socket's path; empty where it is asked over the network."""
        kind, colon, rest = self.socket.partition(":")
        if not colon:
            return kind
        return rest if kind.lower() in ("", "unix", "local") else ""


class CfRule(Struct, frozen=True):
    """An `R` line of a ruleset that has a say in where mail goes: 0, 3, 5, and what they call."""

    line: int
    ruleset: str
    text: str
    mailers: tuple[str, ...]
    """Those that its right side names, `$#local` or `< local : host >`, and macros whose value
    does, `$S`; error and discard left out."""
    maps: tuple[str, ...]
    "Those that it asks, `$(mailertable ...)`."


class Cf(Struct, frozen=True, tag="cf"):
    """What a cf file says, parsed (facts/cf.py; Sendmail op guide, section 5)."""

    path: str
    options: dict[str, tuple[str, ...]]
    "Long option names as written, each with all its active values in order; the last wins."
    maps: tuple[CfMap, ...]
    class_files: tuple[tuple[str, str, int], ...]
    "Class name, path, line of each `F` line that names a file."
    mailers: tuple[CfMailer, ...]
    macros: dict[str, str]
    "`D` lines."
    lines: int
    classes: dict[str, tuple[str, ...]] = {}
    "Words of the `C` lines, by class."
    rules: tuple[CfRule, ...] = ()
    "Routing rules that name a mailer or ask a map."
    places: dict[str, int] = {}
    "Last active line of each macro (`DH`), class (`Cw`) and option (`O AliasFile`)."
    milters: tuple[CfMilter, ...] = ()

    @property
    def local_mailers(self) -> tuple[str, ...]:
        """Names of the mailers that deliver here, those that Sendmail brings itself included."""
        own = [mailer.name for mailer in self.mailers if mailer.delivers_here]
        return tuple(dict.fromkeys(("local", "prog", "*file*", "*include*", *own)))

    def place(self, key: str) -> str:
        """`file:line` of `DH`, `CL` or `O DoubleBounceAddress`; the file where there is none."""
        line = next((n for name, n in self.places.items() if name.lower() == key.lower()), 0)
        return f"{self.path}:{line}" if line else self.path

    def option(self, name: str, default: str = "") -> str:
        """The option's last active value, whatever the case of its name."""
        for key, values in self.options.items():
            if key.lower() == name.lower():
                return values[-1]
        return default
