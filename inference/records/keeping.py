"""A result becomes part of the records, and its task goes, in one step."""

from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from inference.change.comparison import Comparison
from inference.measure.assessment import Assessment
from inference.records.series import pairs_of, standing
from inference.records.store import Store
from inference.records.tables import AssessmentRow, ComparisonRow, PhotographRow, TaskRow
from inference.report.files import assessment_to_dict, comparison_to_dict, encode_png, scar_mask


def ask(session: Session, photograph_id: int, before_id: int | None = None) -> None:
    """A task for a photograph, or for a pair; one that failed is given new tries."""
    task = session.scalar(select(TaskRow).filter_by(photograph_id=photograph_id, before_id=before_id))
    if task is None:
        session.add(TaskRow(photograph_id=photograph_id, before_id=before_id))
    elif task.error is not None:
        task.error, task.attempts = None, 0
    session.flush()


def keep_assessment(store: Store, task_id: int, assessment: Assessment) -> None:
    """Add a result with its mask, and ask for the comparisons that have become possible.

    A photograph that was deleted meanwhile keeps nothing. Raises ValueError for an assessment without evidence.
    """
    if assessment.evidence is None:
        raise ValueError("this assessment has no pictures; keep it from the run that measured it")
    mask = encode_png(scar_mask(assessment.evidence, assessment.photo.width_px, assessment.photo.height_px))
    with store.adding() as session:
        task = session.get(TaskRow, task_id)
        if task is None:
            return
        photograph = session.get_one(PhotographRow, task.photograph_id)
        named = _named(assessment, photograph)
        scars = assessment.scars
        burden = scars.intervals.get("burden_um")
        session.add(
            AssessmentRow(
                photograph_id=photograph.id,
                model_name=assessment.model.name,
                model_version=assessment.model.version,
                model_sha256=assessment.model.sha256,
                burden_um=scars.burden_um,
                burden_low_um=None if burden is None else burden.low,
                burden_high_um=None if burden is None else burden.high,
                scar_count=scars.count,
                skin_area_cm2=assessment.skin.area_cm2,
                usable=assessment.quality.usable,
                quality_score=assessment.quality.score,
                mask_sha256=store.files.add(mask),
                result=assessment_to_dict(named),
            )
        )
        session.delete(task)
        session.flush()
        _ask_comparisons(session, photograph.view_id, assessment.model.sha256)


def keep_comparison(store: Store, task_id: int, comparison: Comparison) -> None:
    """Add a comparison. Photographs that were deleted meanwhile keep nothing."""
    with store.database.write() as session:
        task = session.get(TaskRow, task_id)
        if task is None or task.before_id is None:
            return
        before = session.get_one(PhotographRow, task.before_id)
        after = session.get_one(PhotographRow, task.photograph_id)
        values: dict[str, Any] = {
            "before_id": before.id,
            "after_id": after.id,
            "model_sha256": comparison.after.model.sha256,
        }
        named = replace(
            comparison, before=_named(comparison.before, before), after=_named(comparison.after, after)
        )
        overall = comparison.overall
        row = session.scalar(select(ComparisonRow).filter_by(**values))
        if row is not None:
            session.delete(row)
            session.flush()
        session.add(
            ComparisonRow(
                **values,
                verdict=overall.verdict,
                percent=overall.percent,
                percent_low=overall.percent_low,
                percent_high=overall.percent_high,
                result=comparison_to_dict(named),
            )
        )
        session.delete(task)


def _named(assessment: Assessment, photograph: PhotographRow) -> Assessment:
    """The result under a name made of view and day: the camera's, or the patient's, is not kept."""
    stem = f"{photograph.view.name} {photograph.visit.on}"
    suffix = (photograph.format or "").lower()
    photo = replace(assessment.photo, file=f"{stem}.{suffix}" if suffix else stem)
    return replace(assessment, photo=photo, masks={**assessment.masks, "scars": f"{stem}.scars.png"})


def _ask_comparisons(session: Session, view_id: int, model_sha256: str) -> None:
    """Tasks for the pairs that the series of a view needs and nobody has compared, as far as this model has scored
    both."""
    photographs = [one.photograph_id for one in standing(session, view_id, model_sha256)]
    if len(photographs) < 2:
        return
    compared = select(ComparisonRow.before_id, ComparisonRow.after_id).where(
        ComparisonRow.model_sha256 == model_sha256, ComparisonRow.after_id.in_(photographs)
    )
    asked = select(TaskRow.before_id, TaskRow.photograph_id).where(TaskRow.photograph_id.in_(photographs))
    known = {tuple(row) for query in (compared, asked) for row in session.execute(query)}
    for before_id, after_id in pairs_of(photographs):
        if (before_id, after_id) not in known:
            ask(session, after_id, before_id)
