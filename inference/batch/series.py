"""Series of visits from a manifest: every photograph against its baseline and against the visit before."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.manifest import ManifestRow, read_manifest
from inference.change.carry_scale import settle_scales
from inference.change.compare import compare
from inference.change.comparison import Comparison
from inference.change.metrics import BURDEN
from inference.change.series import Series, Visit, series_of
from inference.check import Checked, CheckOptions, Instruments, check_photo, recheck
from inference.errors import ComparisonError
from inference.measure.assessment import Assessment
from inference.report.chart import track_chart
from inference.report.contact_sheet import series_sheet
from inference.report.files import encode_png, series_to_dict, write_bytes, write_comparison, write_json
from inference.report.laid import display_size
from inference.report.scar_rows import scar_rows
from inference.score import measure

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
class MeasuredVisit:
    """One visit, measured. picture: (h, w, 3) uint8 sRGB, the upright photograph at display size."""

    visit: Visit
    assessment: Assessment
    picture: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredSeries:
    """A series with what it rests on. to_baseline: each later visit against the baseline."""

    series: Series
    visits: tuple[MeasuredVisit, ...]
    to_baseline: tuple[Comparison, ...]


def measure_visits(
    checked: Sequence[Checked], visits: Sequence[Visit], instruments: Instruments
) -> list[MeasuredVisit]:
    """Measure every visit once, the baseline first; scales that are only assumed are taken from the surest visit.

    All comparisons of a series then speak of the same measurements. Raises CicatrixError where one cannot be measured.
    """
    photos = list(checked)
    measured = [measure(one, instruments) for one in photos]
    carried = [settle_scales(measured[0], later)[0] for later in measured[1:]]
    if surer := [scale for scale in carried if scale is not None]:
        photos[0] = recheck(photos[0], min(surer, key=lambda scale: scale.relative_sd), instruments.network)
        measured[0] = measure(photos[0], instruments)
    for k in range(1, len(photos)):
        own = settle_scales(measured[0], measured[k])[1]
        if own is not None:
            photos[k] = recheck(photos[k], own, instruments.network)
            measured[k] = measure(photos[k], instruments)
    return [
        MeasuredVisit(visit, assessment, display_size(one.photo.rgb))
        for visit, assessment, one in zip(visits, measured, photos, strict=True)
    ]


def compare_visits(before: MeasuredVisit, after: MeasuredVisit, instruments: Instruments) -> Comparison:
    """Set two visits of a series against each other. Raises ComparisonError."""
    known = instruments.network.bundle.description
    return compare(before.assessment, after.assessment, known.repeatability, known.healing_shown)


def series_from(measured: Sequence[MeasuredVisit], instruments: Instruments) -> MeasuredSeries:
    """The series of measured visits in the order of their days. Raises ComparisonError."""
    to_baseline = [compare_visits(measured[0], later, instruments) for later in measured[1:]]
    to_last = [to_baseline[0], *(compare_visits(a, b, instruments) for a, b in pairwise(measured[1:]))]
    series = series_of([one.visit for one in measured], to_baseline, to_last)
    return MeasuredSeries(series, tuple(measured), tuple(to_baseline))


def measure_series(planned: PlannedSeries, root: Path, instruments: Instruments) -> MeasuredSeries:
    """Measure all visits and their pairs. root: the manifest's folder.

    Raises CicatrixError where a photograph cannot be read or scored.
    """
    checked = [_checked(row, root, instruments) for row in planned.rows]
    first = planned.rows[0].days_from_baseline or 0
    visits = [
        Visit(row.photo_id, (row.days_from_baseline or 0) - first, row.days_since_treatment)
        for row in planned.rows
    ]
    return series_from(measure_visits(checked, visits, instruments), instruments)


def _checked(row: ManifestRow, root: Path, instruments: Instruments) -> Checked:
    return check_photo(root / row.image, instruments, CheckOptions(row.mm_per_px))


def write_series(planned: PlannedSeries, measured: MeasuredSeries, folder: Path) -> None:
    """Write each comparison in a folder of its visit's number and name, the charts, every scar at every visit, and at
    last `series.json`.

    Beside the fields of `Series` it names whose it is and the folders of the comparisons.
    """
    series, pictures = measured.series, [one.picture for one in measured.visits]
    names = [f"{k}-{_UNSAFE.sub('_', visit.label)}" for k, visit in enumerate(series.visits)][1:]
    for name, comparison, picture in zip(names, measured.to_baseline, pictures[1:], strict=True):
        write_comparison(comparison, folder / name, (pictures[0], picture))
    for track in series.tracks:
        if track.name in CHARTS and track.values[0] is not None:
            name, title = CHARTS[track.name]
            svg = track_chart(track, series.visits, title)
            write_bytes(folder / f"series.{name}.svg", svg.encode("utf-8"))
    if rows := scar_rows(measured.to_baseline, pictures):
        sheet = series_sheet(rows, [visit.label for visit in series.visits])
        write_bytes(folder / "series.scars.png", encode_png(sheet))
    row = planned.rows[0]
    whose = {"patient_id": row.patient_id, "series_id": row.series_id, "view": row.view}
    write_json(folder / "series.json", {**series_to_dict(series), **whose, "comparisons": names})
