"""Folders as `cicatrix compare` and `cicatrix series` write them, of arithmetic pictures, and a case beside them."""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path

from builders import build_comparison, build_photo

from data.manifest import ManifestRow
from inference.batch.series import MeasuredSeries, MeasuredVisit, PlannedSeries, write_series
from inference.change.comparison import Comparison, LesionChange, LesionTrace, Metric, Overall
from inference.change.metrics import KINDS
from inference.change.series import Visit, series_of
from inference.report.case import AdverseEvent, Case, CaseVisit, Note, OwnGrade, Treatment
from inference.report.files import encode_png, write_comparison

#: Letters and signs that a font for reports must have.
CLINIC = "Hautpraxis Müller-Łęcki, Gießen"


def measured_comparison(after: float = 20.0, file: str = "after.jpg") -> Comparison:
    """Every figure falls from 40 to `after` with an error of 1, two scars are healed, one is not."""
    built = build_comparison()
    verdict = "improved" if 40 - after > 2.77 else "within measurement error"
    metrics = tuple(
        Metric(
            kind.name, kind.unit, 40.0, after, after - 40, 2.5 * (after - 40), 2.77, verdict, None, 1.0,
            after - 42.77, after - 37.23, 2.5 * (after - 43), 2.5 * (after - 37),
        )
        for kind in KINDS
    )  # fmt: skip
    lesions = LesionChange((1,), (2,), (3,), (), (), traces=tuple(map(trace, (1, 2, 3))))
    statement = f"Scar burden fell by {2.5 * (40 - after):.0f} % (40 to {after:.0f} µm)."
    overall = Overall(verdict, 2, 3, statement, gais_probability={"3": 0.9}, quartile_probability={"2": 0.8})
    return replace(
        built,
        after=replace(built.after, photo=replace(built.after.photo, file=file, sha256="2" * 64)),
        metrics=metrics,
        lesions=lesions,
        overall=overall,
    )


def trace(number: int) -> LesionTrace:
    """A scar of `build_assessment`, less deep by half."""
    x, y = ((60, 60), (160, 80), (240, 170))[number - 1]
    verdict = ("resolved", "improved", "unchanged")[number - 1]
    return LesionTrace(
        number,
        "single",
        (number,),
        (number,),
        x,
        y,
        300.0,
        150.0,
        90.0,
        4.0,
        3.0,
        5.0,
        1.0,
        None,
        None,
        verdict,
    )


def write_photographs(folder: Path, files: Iterable[str]) -> dict[str, str]:
    """The photographs that the assessments describe, as PNG whatever their names; returns their SHA-256 by name."""
    folder.mkdir(parents=True, exist_ok=True)
    hashes: dict[str, str] = {}
    for k, file in enumerate(files):
        content = encode_png(build_photo(1 - 0.1 * k).rgb)
        (folder / file).write_bytes(content)
        hashes[file] = hashlib.sha256(content).hexdigest()
    return hashes


def hashed(comparison: Comparison, hashes: dict[str, str]) -> Comparison:
    """The comparison of photographs that lie in a folder."""
    sides = {
        side: replace(one, photo=replace(one.photo, sha256=hashes[one.photo.file]))
        for side, one in (("before", comparison.before), ("after", comparison.after))
    }
    return replace(comparison, **sides)


def comparison_folder(folder: Path, comparison: Comparison | None = None) -> Path:
    comparison = comparison or measured_comparison()
    write_comparison(comparison, folder, (build_photo().rgb, build_photo(0.6).rgb))
    return folder


def series_folder(
    folder: Path, later: tuple[float, ...] = (36.0, 28.0, 20.0), early: int | None = None
) -> Path:
    """A series of as many later visits; `early` is the place of one that lies five days after a treatment."""
    pairs = [measured_comparison(after, f"visit-{k}.jpg") for k, after in enumerate(later, start=2)]
    visits = [Visit(f"visit-{k + 1}", 30.0 * k, 5.0 if k == early else None) for k in range(len(later) + 1)]
    rows = tuple(
        ManifestRow(photo_id=visit.label, patient_id="P-7", view="left cheek", image=f"{visit.label}.jpg")
        for visit in visits
    )
    assessments = [pairs[0].before, *(pair.after for pair in pairs)]
    measured = tuple(
        MeasuredVisit(visit, one, build_photo(1 - 0.1 * k).rgb)
        for k, (visit, one) in enumerate(zip(visits, assessments, strict=True))
    )
    series = MeasuredSeries(series_of(visits, pairs, pairs), measured, tuple(pairs))
    write_series(PlannedSeries("P-7", Path(), rows), series, folder)
    return folder


def build_case() -> Case:
    """The case of `comparison_folder`, and of `series_folder`'s baseline and last visit."""
    return Case(
        patient_code="P-0142",
        region="left cheek",
        visits=(
            CaseVisit("before.jpg", date(2026, 3, 4), "Baseline"),
            CaseVisit("after.jpg", date(2026, 10, 2), "6 months", "no make-up"),
            CaseVisit("visit-4.jpg", date(2026, 6, 2), "3 months"),
        ),
        treatments=(
            Treatment(
                date(2026, 3, 4),
                "microneedling",
                "motorized pen",
                1.5,
                4,
                "both cheeks",
                None,
                "lidocaine",
                ("PRP",),
            ),
            Treatment(date(2026, 4, 1), "laser", "fractional CO2", energy="20 mJ", operator="AK"),
        ),
        adverse_events=(AdverseEvent("redness", date(2026, 4, 1), date(2026, 4, 4), "mild"),),
        notes=(Note("Sunscreen daily.", date(2026, 3, 4), "LM"),),
        own_grades=(OwnGrade("before.jpg", "goodman_baron_qualitative", 3, "LM"),),
        clinic=CLINIC,
        clinician="Dr. Łucja Šahin",
    )
