"""What the outside tells the inside: one lab's layout, passed as one JSON argument."""

import json
from dataclasses import asdict, dataclass, field

STATE = "/run/stepdown-lab"
HOP_FOLDER = f"{STATE}/hop"
PRACTICE = f"{STATE}/practice"
BOOTED = f"{STATE}/booted"
"""Made by the reaper once the init scripts are through; systemd knows that by itself."""
HOST = "relay1.example.net"
HOP_HOST = "hub.example.org"
RELAY_ADDRESS = "198.51.100.25"
HOP_ADDRESS = "127.0.0.2"


@dataclass(frozen=True)
class Layout:
    """How one lab is put together."""

    scenario: str
    """The scenario's name, like `alias-program`."""
    base: str
    """The unpacked base outside."""
    mountpoint: str
    """An existing directory outside; the lab mounts over it in its own mount namespace."""
    systemd: bool
    """True: systemd is PID 1. False: wizard/lab/reaper.py is."""
    rootless: bool
    """True: the overlay keeps its marks in user.* attributes."""
    foreign_python: bool = False
    """True: the interpreter outside is of another version than the one inside."""
    binds: dict[str, str] = field(default_factory=dict)
    """Path inside -> folder outside, bind-mounted read-only."""

    def dump(self) -> str:
        """This layout as one line of JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def load(cls, text: str) -> "Layout":
        """The layout that dump() wrote."""
        return cls(**json.loads(text))
