"""Commands of a run, undone: what undoes them is run, and the files that they rewrote go back."""

from __future__ import annotations

from wizard.engine.address import smtp_address
from wizard.errors import StepdownError
from wizard.events import JournalRecord, OpState
from wizard.executor import digest_of
from wizard.host.base import HostWriter
from wizard.litter import remove
from wizard.made import made_for
from wizard.model import FileState
from wizard.plans import Command, Completed, Plan, RunCommand
from wizard.snapshot import Snapshot
from wizard.touched import is_as_before, is_generated
from wizard.undo.telling import Telling
from wizard.waiting import smtp_answers
from wizard.waits.base import until

ACCOUNT = ("account-user", "account-group")
"Steps whose undo frees an id: never while something could not be given back."
SERVICE_STOP = "service-stop"
"The step whose command stops the relay and whose undo starts it."
SOON = 3.0
"Seconds for a relay to answer that is said to run already."


def run_marked(
    host: HostWriter, telling: Telling, step_id: str, index: int, command: Command
) -> Completed:
    """Run a command of a rollback's, so that it is known for one where the engine is killed."""
    mark = f"{telling.run}/{step_id}/{index}"
    return host.run(command, lambda text: telling.say(step_id, text), mark=mark)


class Commands:
    """Undoes commands of one plan on one host."""

    def __init__(self, host: HostWriter, plan: Plan, snapshot: Snapshot, telling: Telling) -> None:
        self._host = host
        self._plan = plan
        self._snapshot = snapshot
        self._telling = telling

    def undo(self, step_id: str, index: int, op: RunCommand, record: JournalRecord) -> None:
        """Run what undoes it, and give its files back. Raises StepdownError, OSError."""
        if op.undo is None:
            self._telling.note(step_id, f"{op.command} cannot be undone")
            return
        if step_id in ACCOUNT and self._telling.failures:
            raise StepdownError("the account is kept: something may still be its own")
        befores = {p: self._snapshot.load(saved) for p, saved in record.touched.items()}
        self._tidy(step_id, op, record)
        if (
            befores
            and not op.derived
            and all(is_as_before(self._host, p, befores) for p in befores)
        ):
            self._telling.say(step_id, f"{op.command} changed nothing: there is nothing to undo")
            for path, before in befores.items():
                self._host.restore(path, before)
            return
        if self._is_gone(op.undo):
            self._telling.say(step_id, f"{op.undo}: is gone with what it would end")
            return
        untouched = {
            path for path, left in record.left.items() if digest_of(self._host, path) == left
        }
        done = self._run(step_id, index, op.undo)
        if done.code not in op.undo.ok_codes and not self._runs_already(step_id, index, op):
            told = f"{op.undo} ended with code {done.code}"
            if record.state is not OpState.UNDONE:
                raise StepdownError(told)
            self._telling.say(step_id, f"{told}; it was undone before")
        self._tidy(step_id, op, record)
        if op.derived and (not record.left or record.state is not OpState.INTENT):
            untouched = set(record.touched)  # an earlier undo of it may have made them anew
        self._give_files(step_id, op, befores, untouched)

    def _give_files(
        self, step_id: str, op: RunCommand, befores: dict[str, FileState], untouched: set[str]
    ) -> None:
        """What the command rewrote becomes what it was, unless others have changed it since."""
        own = (self._plan.choices.user, self._plan.choices.group) if step_id in ACCOUNT else ()
        for path, before in befores.items():
            if path in untouched or is_as_before(self._host, path, befores, own):
                self._host.restore(path, before)
            elif op.derived and is_generated(before, now := self._host.state(path, content=True)):
                self._give_generated(step_id, path, before, now)
            else:
                self._telling.note(
                    step_id, f"{path} was changed by others since; left as it is now"
                )

    def give_made_anew(self, step_id: str, path: str, original: FileState) -> None:
        """What a tool made anew after it had been given back, by a start of the relay's, say."""
        now = self._host.state(path, content=True)
        if not is_generated(original, now):
            return
        if now.content == original.content:
            self._host.restore(path, original)
        else:
            self._give_generated(step_id, path, original, now)

    def _give_generated(self, step_id: str, path: str, before: FileState, now: FileState) -> None:
        kept = self._snapshot.keep_aside(path, now.content or b"")
        told = f"{path} was made anew since; that version is kept in {kept}"
        self._telling.note(step_id, told)
        self._host.restore(path, before)

    def _runs_already(self, step_id: str, index: int, op: RunCommand) -> bool:
        """The init script refuses to start a relay that a killed stop had not stopped yet.

        One that another start has begun needs a moment until it answers. One that does not answer
        was started in the middle of an earlier rollback, with a cf that is not the old one.
        """
        if step_id != SERVICE_STOP or op.undo is None:
            return False
        address = smtp_address(self._plan)
        if until(SOON, lambda: smtp_answers(address)):
            return True
        self._telling.say(step_id, f"{address} does not answer: it is stopped first")
        self._run(step_id, index, op.command)
        return self._run(step_id, index, op.undo).code in op.undo.ok_codes

    def _run(self, step_id: str, index: int, command: Command) -> Completed:
        return run_marked(self._host, self._telling, step_id, index, command)

    def _is_gone(self, command: Command) -> bool:
        """A program or unit that this very plan had made, and that an earlier rollback removed."""
        made = made_for(self._plan, command)
        return bool(made) and not any(self._host.state(path).exists for path in made)

    def _tidy(self, step_id: str, op: RunCommand, record: JournalRecord) -> None:
        """Remove what a command left that was killed, the undo's own included."""
        if op.litter:
            keep = {*record.there, *op.touches}
            remove(self._host, op.litter, keep, lambda text: self._telling.say(step_id, text))
