"""What the series page asks for: several photographs in, a finished piece of page out, and any two of them compared."""

import logging
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from inference.batch.series import MeasuredVisit, compare_visits, measure_visits, series_from
from inference.change.series import Visit
from inference.check import Checked, CheckOptions, Instruments, check_photo
from inference.errors import PhotoError
from inference.photo.photo import Photo
from inference.photo.read import read_photo
from inference.report.pictures import pair_pictures
from inference.web.drawing import jpeg_picture
from inference.web.held import HeldSeries
from inference.web.running import Step
from inference.web.samples import SamplePhoto
from inference.web.scale import parse_scale
from inference.web.series_view import render_series
from inference.web.view import render, render_comparison
from inference.web.visits import VisitError, key_of, uploaded_visits

_log = logging.getLogger(__name__)
_THUMBNAIL_PX = 260


class SeriesService:
    """Measures series and compares their visits. Holds the visits of a session until it ends."""

    def __init__(self, instruments: Instruments, upload_folder: Path) -> None:
        self._instruments = instruments
        self.upload_folder = upload_folder
        self._held = HeldSeries()

    def list_visits(self, paths: Sequence[Path]) -> str:
        """The photographs chosen so far as HTML, with the day that their files tell; empty for none."""
        rows = [self._row(path) for path in paths]
        return (
            render("visits.html", rows=sorted(rows, key=lambda row: str(row["day"]) or "9")) if rows else ""
        )

    def _row(self, path: Path) -> dict[str, object]:
        try:
            photo: Photo | None = read_photo(path)
        except PhotoError as error:
            return {"key": key_of(path), "file": path.name, "day": "", "picture": None, "problem": str(error)}
        assert photo is not None
        return {
            "key": key_of(path),
            "file": path.name,
            "day": (photo.provenance.taken_at or "")[:10],
            "picture": jpeg_picture(photo.rgb, _THUMBNAIL_PX),
            "problem": "",
        }

    def measure(
        self, session: str, paths: Sequence[Path], said: str | None, mm_per_px: str | None
    ) -> Iterator[Step]:
        """The series of uploads, step by step; its visits are held for `compare`.

        Raises CicatrixError with a message fit to show.
        """
        uploads = uploaded_visits(paths, said)
        options = CheckOptions(parse_scale(mm_per_px))
        yield from self._measure(session, [(one.path, one.visit, options) for one in uploads])

    def measure_sample(self, session: str, visits: Sequence[SamplePhoto]) -> Iterator[Step]:
        """The sample series, step by step. Raises CicatrixError."""
        photos = [
            (one.path, Visit(_sample_label(one.days), one.days), CheckOptions(one.mm_per_px))
            for one in visits
        ]
        yield from self._measure(session, photos)

    def _measure(self, session: str, photos: Sequence[tuple[Path, Visit, CheckOptions]]) -> Iterator[Step]:
        start_s = time.perf_counter()
        checked: list[Checked] = []
        for k, (path, _, options) in enumerate(photos, start=1):
            yield Step(f"Looking at photograph {k} of {len(photos)}…")
            checked.append(check_photo(path, self._instruments, options))
        yield Step(f"Comparing {len(photos)} visits…")
        measured = measure_visits(checked, [visit for _, visit, _ in photos], self._instruments)
        del checked  # the photographs in full
        series = series_from(measured, self._instruments)
        self._held.hold(session, series.visits)
        html = render_series(series)
        _log.info("measured a series of %d visits in %.1f s", len(measured), time.perf_counter() - start_s)
        yield Step(html=html)

    def compare(self, session: str, one: int, other: int) -> str:
        """Two visits of the held series, by their places, as HTML. Raises CicatrixError."""
        visits = self._held.visits(session)
        if visits is None or not 0 <= min(one, other) < max(one, other) < len(visits):
            raise VisitError(
                "This series is no longer held in memory. Measure it again to compare its visits."
            )
        first, second = (visits[place] for place in sorted((one, other)))
        return self._compare(first, second)

    def _compare(self, before: MeasuredVisit, after: MeasuredVisit) -> str:
        comparison = compare_visits(before, after, self._instruments)
        shown = pair_pictures(comparison, before.picture, after.picture)
        return render_comparison(comparison, shown, (before.visit.label, after.visit.label), "series")

    def discard(self, session: str) -> None:
        """Forget the session's series."""
        self._held.discard(session)


def _sample_label(days: int) -> str:
    """As in "week 12", so that a sentence can go on with it."""
    if days <= 0:
        return "Baseline"
    return f"week {round(days / 7)}" if days < 182 else f"month {round(days / 30.4)}"
