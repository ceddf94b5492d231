"""What is due next, for many patients at once."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from inference.records.sparks import one_of, treatment_days, visit_days
from inference.records.tables import PlanRow
from inference.records.timing import Due, agenda, outcome_windows, schedule


def next_due(session: Session, patients: Sequence[int] | None, today: date) -> dict[int, Due]:
    """By patient, of all patients for None; patients for whom nothing is to come are missing."""
    plans = {
        patient_id: (starts_on, treatments, weeks_apart, upkeep_months)
        for patient_id, starts_on, treatments, weeks_apart, upkeep_months in session.execute(
            select(
                PlanRow.patient_id,
                PlanRow.starts_on,
                PlanRow.treatments,
                PlanRow.weeks_apart,
                PlanRow.upkeep_months,
            )
            .where(PlanRow.ended_on.is_(None), one_of(PlanRow.patient_id, patients))
            .order_by(PlanRow.id)
        )
    }
    treated = treatment_days(session, patients)
    seen = visit_days(session, patients)
    found: dict[int, Due] = {}
    for patient_id in plans.keys() | treated.keys():
        done, plan = treated.get(patient_id, []), plans.get(patient_id)
        last = max(done, default=None)
        planned = () if plan is None else schedule(*plan[:3], done)
        windows = () if last is None else outcome_windows(last, seen.get(patient_id, []))
        due = agenda(today, planned, windows, last, None if plan is None else plan[3])
        if due:
            found[patient_id] = due[0]
    return found
