"""The tables of the records, in SQLAlchemy. Pages and reports get the facts of `inference.records.facts` instead."""

from inference.records.tables.base import Base
from inference.records.tables.care import AdverseEventRow, ChecklistRow, PlanRow, TreatmentRow
from inference.records.tables.people import ConsentRow, PatientRow, SettingsRow, ViewRow
from inference.records.tables.readings import ReadingDesignRow, ReadingRow
from inference.records.tables.results import (
    AssessmentRow,
    ComparisonRow,
    CorrectionRow,
    DocumentRow,
    GradeRow,
    TaskRow,
)
from inference.records.tables.visits import PhotographRow, VisitRow

__all__ = [
    "AdverseEventRow",
    "AssessmentRow",
    "Base",
    "ChecklistRow",
    "ComparisonRow",
    "ConsentRow",
    "CorrectionRow",
    "DocumentRow",
    "GradeRow",
    "PatientRow",
    "PhotographRow",
    "PlanRow",
    "ReadingDesignRow",
    "ReadingRow",
    "SettingsRow",
    "TaskRow",
    "TreatmentRow",
    "ViewRow",
    "VisitRow",
]
