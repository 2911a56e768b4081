"""Carrying out many points in several labs at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from threading import Lock, Thread

from tests.torture.model import Outcome, Point
from tests.torture.rooms import Room

RELAYS_EVERY = 12
"After so many points a message is sent through."


def _opened(host: str) -> Room:
    """A room; on a busy machine a relay may not answer in time at the first try."""
    for _try in range(2):
        try:
            return Room(host)
        except Exception as problem:
            print(f"  a lab did not open, once more: {str(problem)[:200]}", flush=True)
    return Room(host)


class Drive:
    """Lanes that work off one queue of points, each in labs of its own."""

    def __init__(self, points: Sequence[Point], tell: Callable[[Outcome], None]) -> None:
        self._jobs: SimpleQueue[Point] = SimpleQueue()
        for point in points:
            self._jobs.put(point)
        self._tell = tell
        self._lock = Lock()
        self._deadline = float("inf")
        self.relayed = 0
        "How often a message was sent through in between, and came."

    def run(self, lanes: int, minutes: float | None) -> None:
        """Until all points are done, or time is up, or Ctrl-C: what was tried by then counts."""
        if minutes:
            self._deadline = time.monotonic() + minutes * 60
        threads = [Thread(target=self._lane) for _n in range(lanes)]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                thread.join()
        except KeyboardInterrupt:
            self._deadline = 0.0
            for thread in threads:
                thread.join()

    def _lane(self) -> None:
        rooms: dict[str, Room] = {}
        done = 0
        try:
            while time.monotonic() < self._deadline:
                try:
                    point = self._jobs.get_nowait()
                except Empty:
                    return
                done += 1
                self._one(rooms, point, relays=done % RELAYS_EVERY == 0)
        finally:
            for room in rooms.values():
                room.close()

    def _one(self, rooms: dict[str, Room], point: Point, *, relays: bool) -> None:
        if point.host not in rooms:
            rooms[point.host] = _opened(point.host)
        outcome = rooms[point.host].point(point)
        relays = relays or bool(outcome.differing)
        if outcome.mended and not outcome.broken and relays:
            self._relays(rooms[point.host], outcome)
        if not outcome.mended or outcome.broken:
            rooms.pop(point.host).close()
        with self._lock:
            self._tell(outcome)

    def _relays(self, room: Room, outcome: Outcome) -> None:
        try:
            came = room.relays(f"torture {time.monotonic_ns()}")  # a long one would be folded
        except Exception as problem:
            came = False
            outcome.troubles.append(f"the relay takes no message: {str(problem)[:300]}")
        if came:
            with self._lock:
                self.relayed += 1
        else:
            outcome.troubles.append("the relay does not relay")
            outcome.broken = True
