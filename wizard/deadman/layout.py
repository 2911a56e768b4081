"""What the timer consists of: its files and the commands that set it and take it away.

The preview shows what these functions return, and the engine writes and runs it.
"""

from __future__ import annotations

import re
import time

from msgspec import Struct

from wizard.deadman.texts import CRON_TEXT, SCRIPT_TEXT, SERVICE_TEXT, TIMER_TEXT
from wizard.errors import StepdownError
from wizard.plans import Command

NAME = "stepdown-unless-confirmed"
TIMER = f"{NAME}.timer"
SERVICE = f"{NAME}.service"
UNITS = "/etc/systemd/system"
CRONTAB = f"/etc/cron.d/{NAME}"
SCRIPT = "unless-confirmed"
"In the run's directory: what is started."
TIMER_STEP = "unless-confirmed"
"Under which the preview shows it, before the plan's own steps."
DEADLINE = "deadline"
"In the run's directory: seconds since the epoch. Without it the script does nothing."
LINKS = (f"{UNITS}/timers.target.wants", f"{UNITS}/multi-user.target.wants")
"Where systemd links the timer and the service that are enabled."
SYSTEMCTL = "/usr/bin/systemctl"
TITLE = "a timer, so that it undoes itself unless it is kept"
LEGEND = "DEADLINE stands for the time, RUN for the run's id."
WHY = (
    "Whoever changes a relay from afar may be cut off, and nobody would know. A timer outside the "
    "wizard undoes everything unless stepdown confirm is given in time, whatever becomes of this "
    "terminal, of the engine, and of the host, a reboot included."
)
_PLAIN = re.compile(r"/[\w./+@:-]+", re.ASCII)


class TimerFile(Struct, frozen=True):
    """One file of the timer; its owner is root."""

    path: str
    content: bytes
    mode: int
    note: str = ""


class Deed(Struct, frozen=True):
    """One command of the timer."""

    command: Command
    meaning: str


class Timer(Struct, frozen=True):
    """The timer of one run, as this host keeps it."""

    run: str
    "The run's id."
    place: str
    "The run's directory."
    port: int
    "Where the relay listens: at a boot its own start is waited for."
    systemd: bool

    @property
    def how(self) -> str:
        """What keeps the deadline."""
        return TIMER if self.systemd else CRONTAB

    @property
    def script(self) -> str:
        """What runs when the time has come."""
        return f"{self.place}/{SCRIPT}"

    def private_files(self, deadline: str) -> tuple[TimerFile, ...]:
        """What lies in the run's directory. deadline: seconds since the epoch."""
        text = SCRIPT_TEXT.replace("@PORT@", f"{self.port:04X}")
        return (
            TimerFile(f"{self.place}/{DEADLINE}", f"{deadline}\n".encode(), 0o600),
            TimerFile(self.script, text.encode(), 0o700, "what runs when the time has come"),
        )

    def host_files(self, deadline: str) -> tuple[TimerFile, ...]:
        """What starts the script, across a reboot too. deadline: as `moment` has it."""
        if not self.systemd:
            about = "each minute and at a boot, by cron; it runs once"
            return (TimerFile(CRONTAB, self._filled(CRON_TEXT), 0o644, about),)
        timer = self._filled(TIMER_TEXT.replace("@DEADLINE@", deadline))
        return (
            TimerFile(f"{UNITS}/{SERVICE}", self._filled(SERVICE_TEXT), 0o644, "runs the script"),
            TimerFile(f"{UNITS}/{TIMER}", timer, 0o644, "starts it at the deadline"),
        )

    def host_paths(self) -> tuple[str, ...]:
        """Where these lie."""
        return tuple(one.path for one in self.host_files(""))

    def links(self) -> tuple[str, ...]:
        """What systemd makes of them, so that a boot starts them."""
        timers, services = LINKS
        return (f"{timers}/{TIMER}", f"{services}/{SERVICE}") if self.systemd else ()

    def _filled(self, text: str) -> bytes:
        return text.replace("@PLACE@", self.place).replace("@RUN@", self.run).encode()

    def setting(self) -> tuple[Deed, ...]:
        """The commands that set it, at first and anew."""
        if not self.systemd:
            return (self.apart(),)
        return (
            Deed(Command((SYSTEMCTL, "daemon-reload")), ""),
            Deed(Command((SYSTEMCTL, "--quiet", "enable", TIMER, SERVICE)), "after a boot too"),
            Deed(Command((SYSTEMCTL, "restart", TIMER)), "at first, and anew after the proof"),
        )

    def apart(self) -> Deed:
        """The script itself, where nothing of the host's starts it."""
        argv = ("/usr/bin/setsid", "--fork", "/bin/sh", self.script)
        return Deed(Command(argv), "waits for the deadline, apart from this terminal")

    def keeping(self) -> tuple[Deed, ...]:
        """The command that has systemd's links on disk: it does not wait for that itself."""
        argv = ("/usr/bin/sync", *LINKS)
        return (Deed(Command(argv), "after a power cut too"),) if self.systemd else ()

    def late(self) -> tuple[Deed, ...]:
        """What is run only where the deadline has passed while the timer was set."""
        if not self.systemd:
            return ()
        argv = (SYSTEMCTL, "--no-block", "start", SERVICE)
        return (Deed(Command(argv), "only where the deadline has passed by then"),)

    # --- for the preview ---------------------------------------------------------------------

    def shown_files(self) -> tuple[TimerFile, ...]:
        """Every file, with DEADLINE where the time will stand."""
        return (*self.host_files("DEADLINE"), *self.private_files("DEADLINE"))

    def shown_undo(self) -> tuple[str, ...]:
        """How it is taken away when the run ends, however it ends."""
        ending, forgetting = taking_away()
        removed = [f"remove {one.path}" for one in self.host_files("")]
        if not self.systemd:
            return (*removed, f"remove {self.place}/{DEADLINE}: who waits for it ends")
        before = [f"run {command}" for command in ending]
        return (*before, *removed, f"remove {self.place}/{DEADLINE}", f"run {forgetting}")


def planned(port: int, *, systemd: bool) -> Timer:
    """The timer of a run that is not there yet, in the usual place."""
    return Timer("RUN", "/var/lib/stepdown/runs/RUN", port, systemd)


def taking_away() -> tuple[tuple[Command, ...], Command]:
    """What ends systemd's part before its files are removed, and what forgets them after that."""
    ending = (
        Command((SYSTEMCTL, "--quiet", "disable", "--now", TIMER)),
        Command((SYSTEMCTL, "--quiet", "disable", SERVICE)),
    )
    return ending, Command((SYSTEMCTL, "daemon-reload"))


def moment(deadline: int) -> str:
    """Seconds since the epoch as systemd.time(7) has it."""
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(deadline))


def demand_plain(place: str) -> None:
    """Refuse a path that a unit file or a crontab would read as something else."""
    if not _PLAIN.fullmatch(place):
        raise StepdownError(
            f"{place!r} cannot stand in a unit file or a crontab as it is",
            "Set STEPDOWN_STATE_DIR to a path of letters and digits, or give --confirm-within 0.",
        )
