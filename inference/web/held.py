"""Measured series while somebody looks at them: in memory only, and gone with the session."""

import threading
from collections import OrderedDict
from dataclasses import dataclass

from inference.batch.series import MeasuredVisit

#: Series held at once, about 30 MB a visit; the one that was longest untouched goes first.
MOST_HELD = 4
#: Nobody looks at one page for longer without doing anything.
HELD_S = 3600.0


@dataclass(slots=True)
class _Entry:
    visits: tuple[MeasuredVisit, ...]
    timer: threading.Timer


class HeldSeries:
    """The visits of a series by the session that asked for them. No session sees another's."""

    def __init__(self, most: int = MOST_HELD, held_s: float = HELD_S) -> None:
        self._most, self._held_s = most, held_s
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._lock = threading.Lock()

    def hold(self, session: str, visits: tuple[MeasuredVisit, ...]) -> None:
        """Hold them in place of what the session held before."""
        timer = threading.Timer(self._held_s, self.discard, (session,))
        timer.daemon = True
        with self._lock:
            self._drop(session)
            self._entries[session] = _Entry(visits, timer)
            while len(self._entries) > self._most:
                self._drop(next(iter(self._entries)))
        timer.start()

    def visits(self, session: str) -> tuple[MeasuredVisit, ...] | None:
        """None where nothing is held any more."""
        with self._lock:
            entry = self._entries.get(session)
            if entry is None:
                return None
            self._entries.move_to_end(session)
            return entry.visits

    def discard(self, session: str) -> None:
        """Forget what the session holds, if anything."""
        with self._lock:
            self._drop(session)

    def _drop(self, session: str) -> None:
        entry = self._entries.pop(session, None)
        if entry is not None:
            entry.timer.cancel()
