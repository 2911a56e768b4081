"""The host as its remedies will leave it, for facts to be gathered from.

Files come from the overlay. A command that reads the cf is given a candidate in its place, with
the planned aliases built into a database beside it: what Sendmail answers is then its own answer
about the planned host, not our idea of it.
"""

from __future__ import annotations

from msgspec.structs import replace

from wizard.facts.aliases import parse_alias_option
from wizard.facts.cf import active_options
from wizard.host.base import HostReader, Unreadable
from wizard.host.overlay import OverlayHost
from wizard.host.scratch import Scratch
from wizard.plans import Command, Completed, Op
from wizard.platforms.base import Platform
from wizard.steps.cf_edit import option_setter

DATABASES = (".db", ".pag", ".dir", ".cdb")
"What newaliases makes beside the text, by map class."


class PlannedHost(OverlayHost):
    """An overlay whose Sendmail reads what was laid over."""

    def __init__(self, below: HostReader, platform: Platform) -> None:
        super().__init__(below)
        self._host = below
        self._platform = platform
        self._scratch: Scratch | None = None
        self._instead: dict[str, str] = {}
        "Paths that commands name, to what they get in their place."

    def lay(self, op: Op) -> None:
        """As OverlayHost.lay; the candidates are made anew for the next command."""
        super().lay(op)
        self._scratch = None

    def probe(self, command: Command) -> Completed:
        """As HostReader.probe, on candidates. Raises Unreadable where they cannot be made."""
        if self.written() and self._scratch is None:
            self._place()
        argv = tuple(self._instead.get(word, word) for word in command.argv)
        return self._host.probe(replace(command, argv=argv))

    def _place(self) -> None:
        """Put every file that was laid over where a command can read it."""
        try:
            scratch = Scratch()
            self._instead = self._candidates(scratch)
        except OSError as problem:
            raise Unreadable(f"no room for a candidate: {problem}") from problem
        self._scratch = scratch

    def _candidates(self, scratch: Scratch) -> dict[str, str]:
        cf_path = self._platform.cf_path
        cf = self.state(self.resolve(cf_path), content=True).text()
        written = self.written()
        aliases: list[str] = []
        instead: dict[str, str] = {}
        for number, source in enumerate(parse_alias_option(tuple(active_options(cf, "AliasFile")))):
            text = written.get(self.resolve(source.spec)) if source.spec[:1] == "/" else None
            place = source.spec
            if text is not None:
                place = scratch.put(f"aliases{number}", text)
                instead |= {source.spec + end: place + end for end in DATABASES}
            aliases.append(f"{source.map_class}:{place}")
        if not instead and self.resolve(cf_path) not in written:
            return {}
        if instead:
            cf = option_setter("AliasFile", ",".join(aliases))(cf)
        candidate = scratch.put("candidate.cf", cf.encode("utf-8", "surrogateescape"))
        if instead:
            newaliases = (self._platform.sendmail, "-C", candidate, "-bi")
            self._host.probe(Command(newaliases, ok_codes=tuple(range(256))))
        return {**instead, cf_path: candidate, self.resolve(cf_path): candidate}
