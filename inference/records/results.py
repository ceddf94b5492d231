"""Results of photographs and pairs, as they were measured. They are added, never changed."""

from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import undefer

from inference.change.comparison import Comparison
from inference.change.series import Series
from inference.measure.assessment import Assessment
from inference.records.errors import NotInRecordsError
from inference.records.facts import Figures
from inference.records.reading import existing
from inference.records.series import ViewFigures, stored_figures, stored_series
from inference.records.store import Store
from inference.records.tables import AssessmentRow, ComparisonRow, PhotographRow, ViewRow
from inference.report.read import assessment_from_dict, comparison_from_dict


class Results:
    """All results. Every method raises NotInRecordsError for what is not in the records."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, photograph_id: int) -> tuple[Figures, ...]:
        """Figures of every scoring of a photograph, oldest first."""
        with self._store.database.read() as session:
            existing(session, PhotographRow, photograph_id)
            query = select(AssessmentRow).filter_by(photograph_id=photograph_id).order_by(AssessmentRow.id)
            return tuple(map(Figures.model_validate, session.scalars(query)))

    def json(self, assessment_id: int) -> dict[str, Any]:
        """A result as in `<photo>.json` of `cicatrix score`."""
        with self._store.database.read() as session:
            return existing(session, AssessmentRow, assessment_id, AssessmentRow.result).result

    def assessment(self, assessment_id: int) -> Assessment:
        """A result as it was measured, without its pictures."""
        return assessment_from_dict(self.json(assessment_id))

    def mask(self, assessment_id: int) -> Path:
        """The mask of scar types: a PNG as `<photo>.scars.png` of `cicatrix score`."""
        with self._store.database.read() as session:
            return self._store.files.path(existing(session, AssessmentRow, assessment_id).mask_sha256)

    def comparison_json(self, before_id: int, after_id: int) -> dict[str, Any]:
        """The newest comparison of two photographs, as comparison.json of `cicatrix compare`."""
        with self._store.database.read() as session:
            query = (
                select(ComparisonRow)
                .filter_by(before_id=before_id, after_id=after_id)
                .order_by(ComparisonRow.id.desc())
                .options(undefer(ComparisonRow.result))
                .limit(1)
            )
            row = session.scalar(query)
            if row is None:
                raise NotInRecordsError("These photographs have not been compared yet: compare them first.")
            return row.result

    def comparison(self, before_id: int, after_id: int) -> Comparison:
        """The newest comparison of two photographs, without its pictures."""
        return comparison_from_dict(self.comparison_json(before_id, after_id))

    def series(self, view_id: int) -> Series:
        """All visits of a view: every figure over time with its error, against the first visit and the one before.

        Also raises NotInRecordsError while fewer than two visits are scored or comparisons are still to be made.
        """
        with self._store.database.read() as session:
            existing(session, ViewRow, view_id)
            return stored_series(session, view_id)

    def figures(self, view_id: int) -> ViewFigures:
        """All visits of a view without their scars, quick enough for every look at a page. Raises as `series` does."""
        with self._store.database.read() as session:
            existing(session, ViewRow, view_id)
            return stored_figures(session, view_id)
