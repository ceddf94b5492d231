"""The thread that works off the queue beside the pages."""

import logging
import threading
from types import TracebackType
from typing import Self

from inference.records.queue import Queue
from inference.records.scorer import Scorer

_log = logging.getLogger(__name__)
#: Another process may have added work, or have left off working.
_LOOK_AGAIN_S = 30.0


class Worker:
    """Works off the queue from entering the context until leaving it; what is under way is finished first.

    with Worker(records.queue, scorer) as worker:
        records.visits.save(...)
        worker.wake()
    """

    def __init__(self, queue: Queue, scorer: Scorer) -> None:
        self._queue, self._scorer = queue, scorer
        self._stop, self._wake = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="scoring", daemon=True)

    def wake(self) -> None:
        """There is new work."""
        self._wake.set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._wake.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.clear()
            try:
                self._queue.work_off(self._scorer, self._stop)
            except Exception:  # as a database that is away for a while: the work is still there
                _log.exception("the queue cannot be worked off; next try in %.0f s", _LOOK_AGAIN_S)
            self._wake.wait(_LOOK_AGAIN_S)
