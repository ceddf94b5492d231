"""The pictures of blinded readings, made ahead: nobody waits for the next pair while the program reads its files."""

import threading
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor

from inference.reading.design import Shot
from inference.reading.desk import Desk, OpenDesign
from inference.reading.order import Trial
from inference.web.drawing import Picture, jpeg_picture

#: Two pairs for each of a few readers, about 1 MB each.
_KEPT = 12

Plates = tuple[Picture, Picture]


class ReadingPictures:
    """Left and right picture of trials, encoded anew so that nothing of the file is left in them. Threads may share
    it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._maker = ThreadPoolExecutor(1, thread_name_prefix="cicatrix-plates")
        self._made: OrderedDict[tuple[Shot, Shot], Future[Plates]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, opened: OpenDesign, trial: Trial) -> Plates:
        """The pictures, as soon as they are made. Raises ReadingError where one cannot be shown."""
        return self.make(opened, trial).result()

    def make(self, opened: OpenDesign, trial: Trial) -> Future[Plates]:
        """Begin to make them, unless they are there already; what failed is tried again."""
        key = trial.left, trial.right
        with self._lock:
            made = self._made.get(key)
            if made is None or (made.done() and made.exception() is not None):
                made = self._made[key] = self._maker.submit(self._draw, opened, trial)
            self._made.move_to_end(key)
            while len(self._made) > _KEPT:
                self._made.popitem(last=False)
            return made

    def _draw(self, opened: OpenDesign, trial: Trial) -> Plates:
        left, right = self._desk.plates(opened, trial)
        return jpeg_picture(left), jpeg_picture(right)
