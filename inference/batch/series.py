"""Series of visits from a manifest: every photograph against its baseline and against the visit before."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from data.manifest import ManifestRow, read_manifest
from inference.change.comparison import Comparison
from inference.change.metrics import BURDEN
from inference.change.series import Series, Visit, series_of
from inference.check import Checked, CheckOptions, Instruments, check_photo
from inference.errors import ComparisonError
from inference.report.chart import track_chart
from inference.report.files import series_to_dict, write_bytes, write_comparison, write_json
from inference.report.pictures import Shown, display_pair
from inference.score import compare_pair

#: Figures that get a chart of their own, with the chart's name.
CHARTS = {
    BURDEN: ("burden", "Scar burden, µm"),
    "scars.count": ("count", "Scars"),
    "texture.roughness_sa_um": ("roughness", "Roughness Sa, µm"),
    "pigment.erythema_index": ("erythema", "Redness, erythema index"),
}
_UNSAFE = re.compile(r"[^\w.-]+")


@dataclass(frozen=True, slots=True)
class PlannedSeries:
    """One region of one patient over all visits. folder: of its results, relative to the out folder."""

    name: str
    folder: Path
    rows: tuple[ManifestRow, ...]


def planned_series(manifest: Path) -> list[PlannedSeries]:
    """The series of a manifest: rows of one patient, series and view, by their days.

    Raises DatasetError for a manifest that cannot be read, ComparisonError where a row has no day or a series only one
    visit.
    """
    groups: dict[tuple[str, str, str], list[ManifestRow]] = {}
    for row in {row.photo_id: row for row in read_manifest(manifest)}.values():
        groups.setdefault((row.patient_id, row.series_id or "", row.view or ""), []).append(row)
    return [_planned([part for part in key if part], rows) for key, rows in groups.items()]


def _planned(parts: Sequence[str], rows: Sequence[ManifestRow]) -> PlannedSeries:
    name = ", ".join(dict.fromkeys(parts))
    undated = [row.photo_id for row in rows if row.days_from_baseline is None]
    if undated:
        raise ComparisonError(f"{name}: days_from_baseline is missing for {', '.join(undated)}.")
    ordered = sorted(rows, key=lambda row: row.days_from_baseline or 0)
    days = [row.days_from_baseline for row in ordered]
    if len(ordered) < 2 or len(set(days)) < len(days):
        raise ComparisonError(f"{name}: a series needs two visits or more, with one photograph a day.")
    return PlannedSeries(name, Path(*(_UNSAFE.sub("_", part) for part in parts)), tuple(ordered))


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredSeries:
    """A series with what it rests on. to_baseline: each later visit against the baseline; shown: its photographs."""

    series: Series
    to_baseline: tuple[Comparison, ...]
    shown: tuple[Shown, ...]


def measure_series(planned: PlannedSeries, root: Path, instruments: Instruments) -> MeasuredSeries:
    """Measure all pairs. root: the manifest's folder.

    Raises CicatrixError where a photograph cannot be read or scored.
    """
    checked = [_checked(row, root, instruments) for row in planned.rows]
    to_baseline = [compare_pair(checked[0], later, instruments) for later in checked[1:]]
    to_last = [
        to_baseline[0],
        *(compare_pair(a, b, instruments) for a, b in pairwise(checked[1:])),
    ]
    first = planned.rows[0].days_from_baseline or 0
    visits = [
        Visit(row.photo_id, (row.days_from_baseline or 0) - first, row.days_since_treatment)
        for row in planned.rows
    ]
    shown = [
        display_pair(comparison, checked[0].photo, later.photo)
        for comparison, later in zip(to_baseline, checked[1:], strict=True)
    ]
    return MeasuredSeries(series_of(visits, to_baseline, to_last), tuple(to_baseline), tuple(shown))


def _checked(row: ManifestRow, root: Path, instruments: Instruments) -> Checked:
    return check_photo(root / row.image, instruments, CheckOptions(row.mm_per_px))


def write_series(planned: PlannedSeries, measured: MeasuredSeries, folder: Path) -> None:
    """Write each comparison in a folder of its visit's number and name, the charts, and at last `series.json`.

    Beside the fields of `Series` it names whose it is and the folders of the comparisons.
    """
    series = measured.series
    names = [f"{k}-{_UNSAFE.sub('_', visit.label)}" for k, visit in enumerate(series.visits)][1:]
    for name, comparison, shown in zip(names, measured.to_baseline, measured.shown, strict=True):
        write_comparison(comparison, folder / name, shown)
    for track in series.tracks:
        if track.name in CHARTS and track.values[0] is not None:
            name, title = CHARTS[track.name]
            svg = track_chart(track, series.visits, title)
            write_bytes(folder / f"series.{name}.svg", svg.encode("utf-8"))
    row = planned.rows[0]
    whose = {"patient_id": row.patient_id, "series_id": row.series_id, "view": row.view}
    write_json(folder / "series.json", {**series_to_dict(series), **whose, "comparisons": names})
