"""What the page asks for: two photographs, or one, in; a finished piece of page out."""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path

from inference.check import NOTHING_SAID, Checked, CheckOptions, Instruments, check, check_photo
from inference.errors import PhotoError
from inference.photo.read import read_photo
from inference.report.laid import display_picture
from inference.report.pictures import pair_pictures
from inference.score import compare_pair, measure
from inference.standard.standardize import standardize
from inference.web.frames import read_frame
from inference.web.framing import Baseline, baseline_of
from inference.web.hint import Hint, hint
from inference.web.look import Side, render_preview, render_verdict, render_waiting
from inference.web.view import render_assessment, render_comparison

_log = logging.getLogger(__name__)
#: Baselines held ready for hints: a few hundred kB each.
_HELD_BASELINES = 8


class Service:
    """Checks, scores and compares photographs and shows the result.

    Keeps nothing of them but, until they are discarded, small copies of those a camera is held against.
    upload_folder: where uploads arrive; the only folder from which `discard` deletes.
    """

    def __init__(self, instruments: Instruments, upload_folder: Path) -> None:
        self._instruments = instruments
        self.upload_folder = upload_folder.resolve()
        self._baselines: OrderedDict[str, Baseline] = OrderedDict()
        # Hints that come faster than they can be answered are dropped; they would be stale.
        self._hinting = threading.Lock()

    @property
    def model_name(self) -> str:
        """Name and version of the model, as in "atrophic 0.1.0"."""
        description = self._instruments.network.bundle.description
        return f"{description.name} {description.version}"

    def look(self, path: Path, options: CheckOptions, side: Side) -> Iterator[tuple[str, str]]:
        """A photograph's preview and its verdict as HTML: at first without the verdict, then with it.

        Raises CicatrixError with a message fit to show, before anything came or after the preview.
        """
        start_s = time.perf_counter()
        photo = read_photo(path, mm_per_px=options.mm_per_px)
        preview = render_preview(photo, side)
        yield preview, render_waiting()
        standard = standardize(photo, self._instruments.finder)
        checked = check(standard, self._instruments.network, options)
        self._hold_baseline(path, checked)
        yield preview, render_verdict(checked, side)
        _log.info("looked at a photograph in %.2f s", time.perf_counter() - start_s)

    def preview(self, path: Path, side: Side) -> str:
        """A photograph's preview alone as HTML; empty for a file that holds none."""
        try:
            return render_preview(read_photo(path), side)
        except PhotoError:
            return ""

    def assess(self, path: Path, options: CheckOptions) -> str:
        """One photograph's assessment as HTML. Raises CicatrixError with a message fit to show."""
        checked = self._check(path, options)
        return render_assessment(measure(checked, self._instruments), display_picture(checked.photo))

    def compare(
        self,
        paths: tuple[Path, Path],
        options: tuple[CheckOptions, CheckOptions],
        titles: tuple[str, str] = ("Before", "After"),
        place: str = "compare",
    ) -> str:
        """The comparison as HTML, with drawings named by their `place` in the document.

        Raises CicatrixError with a message fit to show.
        """
        start_s = time.perf_counter()
        before, after = (self._check(path, option) for path, option in zip(paths, options, strict=True))
        comparison = compare_pair(before, after, self._instruments)
        shown = pair_pictures(comparison, before.photo.rgb, after.photo.rgb)
        html = render_comparison(comparison, shown, titles, place)
        _log.info("compared two photographs in %.1f s", time.perf_counter() - start_s)
        return html

    def hint(self, message: str, baseline: Path) -> tuple[int, Hint] | None:
        """How to hold the camera, for one frame of the live picture, with the frame's number.

        None while another frame is being looked at. Raises CicatrixError for what is no frame or no baseline.
        """
        if not self._hinting.acquire(blocking=False):
            return None
        try:
            frame = read_frame(message)
            finder = self._instruments.finder
            return frame.seq, hint(self._baseline(baseline), frame.rgb, finder, mirrored=frame.mirrored)
        finally:
            self._hinting.release()

    def discard(self, paths: list[str]) -> None:
        """Delete uploaded photographs; whatever is not an upload is left alone."""
        for path in map(Path, paths):
            if path.resolve().is_relative_to(self.upload_folder):
                path.unlink(missing_ok=True)
                self._baselines.pop(str(path), None)

    def _check(self, path: Path, options: CheckOptions) -> Checked:
        return check_photo(path, self._instruments, options)

    def _baseline(self, path: Path) -> Baseline:
        held = self._baselines.get(str(path))
        return self._hold_baseline(path, self._check(path, NOTHING_SAID)) if held is None else held

    def _hold_baseline(self, path: Path, checked: Checked) -> Baseline:
        baseline = baseline_of(checked.photo.rgb, checked.skin, checked.standard.face)
        self._baselines[str(path)] = baseline
        while len(self._baselines) > _HELD_BASELINES:
            self._baselines.popitem(last=False)
        return baseline
