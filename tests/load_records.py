"""`make load`: the records of 2,000 patients with 20,000 visits, and how long each question of a page takes.

python -m tests.load_records [--patients 2000] [--visits 10] [--postgres]

Every visit has a photograph with a result of the size of a real one and three small files; comparisons are of real size
for every hundredth patient, among them the one whose page is asked for. Figures are the slowest of five askings; the
goal of a page, rendered as the browser gets it, is 0.5 s.
"""

import argparse
import hashlib
import json
import logging
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import insert
from sqlalchemy.orm import Session

from inference.change.metrics import KINDS
from inference.check import Instruments
from inference.records.entries import ConsentEntry, PatientEntry, PhotographEntry, VisitEntry
from inference.records.facts import ClinicSettings
from inference.records.records import Records
from inference.records.scorer import InstrumentScorer
from inference.records.settings import RecordsSettings
from inference.records.tables import (
    AssessmentRow,
    ComparisonRow,
    ConsentRow,
    PatientRow,
    PhotographRow,
    PlanRow,
    TreatmentRow,
    ViewRow,
    VisitRow,
)
from inference.records.worker import Worker
from inference.report.files import assessment_to_dict, comparison_to_dict
from inference.web.clinic.clinic import Clinic
from inference.web.clinic.drafts import Drafts
from tests.builders import build_assessment, build_comparison
from tests.test_web_shell import unused_network
from tests.web_clinic import Tab

log = logging.getLogger("load")
FIRST = date(2024, 1, 8)
GOAL_S = 0.5
SAMPLE = Path(__file__).parent.parent / "data" / "sample" / "visit-1.jpg"
FAMILY = ("Abel", "Berg", "Costa", "Dahl", "Eriksen", "Fontana", "Gruber", "Horvat", "Ivanov", "Jensen")


def patient_rows(
    number: int, visits: int, chance: random.Random, result: dict[str, Any], comparison: dict[str, Any]
) -> Iterator[tuple[Any, dict[str, Any]]]:
    """All rows of one patient, those first that others refer to. Numbers follow from the patient's."""
    code = f"P-{number:05d}"
    name = f"{chance.choice(FAMILY)} {number}"
    start = FIRST + timedelta(days=chance.randrange(600))
    yield (
        PatientRow,
        {
            "id": number,
            "code": code,
            "code_key": code.lower(),
            "code_order": code.lower(),
            "name": name,
            "name_key": name.lower(),
            "note": "",
        },
    )
    yield ConsentRow, {"patient_id": number, "purpose": "assessment", "given_on": start, "note": ""}
    yield ViewRow, {"id": number, "patient_id": number, "name": "left cheek"}
    yield (
        PlanRow,
        {
            "patient_id": number,
            "starts_on": start,
            "treatments": 4,
            "weeks_apart": 4,
            "upkeep_months": 12,
            "note": "",
        },
    )
    for k in range(4):
        yield (
            TreatmentRow,
            {
                "patient_id": number,
                "on": start + timedelta(weeks=4 * k),
                "device": "motorized pen",
                "device_name": "",
                "needle_length_mm": 1.5,
                "passes": 6,
                "area": "both cheeks",
                "agents": [],
                "agent_note": "",
                "operator": "",
                "note": "",
            },
        )
    burden_um = chance.uniform(20, 80)
    for k in range(visits):
        key = (number - 1) * visits + k + 1
        files = {name: _sha256(f"{key} {name}") for name in ("photograph", "thumbnail", "mask")}
        burden_um *= chance.uniform(0.85, 1.02)
        yield (
            VisitRow,
            {
                "id": key,
                "patient_id": number,
                "on": start + timedelta(weeks=4 * k),
                "note": "",
                "after_treatment": False,
                "count_anyway": False,
            },
        )
        yield (
            PhotographRow,
            {
                "id": key,
                "visit_id": key,
                "view_id": number,
                "sha256": files["photograph"],
                "thumbnail_sha256": files["thumbnail"],
                "width_px": 3000,
                "height_px": 2000,
                "asked_regions": [],
            },
        )
        yield (
            AssessmentRow,
            {
                "photograph_id": key,
                "model_name": "atrophic",
                "model_version": "0.2.0",
                "model_sha256": "7" * 64,
                "burden_um": burden_um,
                "burden_low_um": burden_um / 2,
                "burden_high_um": burden_um * 2,
                "scar_count": 50,
                "skin_area_cm2": 76.5,
                "usable": True,
                "quality_score": 90.0,
                "mask_sha256": files["mask"],
                "result": result,
            },
        )
        for before in {key - k, key - 1} if k else ():
            yield (
                ComparisonRow,
                {
                    "before_id": before,
                    "after_id": key,
                    "model_sha256": "7" * 64,
                    "verdict": chance.choice(("improved", "within measurement error")),
                    "percent": chance.uniform(-60.0, 10.0),
                    "result": comparison,
                },
            )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def fill(records: Records, patients: int, visits: int) -> None:
    """Put all rows and files there, past the flushes of the real way in."""
    chance = random.Random(1)
    result, comparison = real_sized_result(), real_sized_comparison()
    small = {name: comparison[name] for name in ("comparable", "metrics")}
    log.info(
        "a result has %.0f kB, a comparison %.0f", *(len(json.dumps(r)) / 1000 for r in (result, comparison))
    )
    store = records._store
    for first in range(1, patients + 1, 100):
        rows: dict[Any, list[dict[str, Any]]] = {}
        for number in range(first, min(first + 100, patients + 1)):
            for table, values in patient_rows(
                number, visits, chance, result, small if number % 100 else comparison
            ):
                rows.setdefault(table, []).append(values)
        with store.database.write() as session:
            for table, values in rows.items():
                session.execute(insert(table), values)
            if not store.database.is_sqlite:
                _go_on_counting(session)
        for row in rows[PhotographRow]:
            _touch(store.files.place(row["sha256"]))
            _touch(store.files.place(row["thumbnail_sha256"]))
        for row in rows[AssessmentRow]:
            _touch(store.files.place(row["mask_sha256"]))


def _go_on_counting(session: Session) -> None:
    """PostgreSQL does not notice numbers that were given to it."""
    for table in ("patient", "view", "visit", "photograph"):
        session.connection().exec_driver_sql(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"
        )


def _touch(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(path.name.encode())


def real_sized_result() -> dict[str, Any]:
    """As many scars as the sample photograph has."""
    result = assessment_to_dict(build_assessment())
    lesion = result["lesions"][0]
    lesion["intervals"] = {
        name: {"low": 0.123456789, "high": 1.23456789} for name in ("area_mm2", "diameter_mm", "depth_um")
    }
    result["lesions"] = [{**lesion, "id": number} for number in range(1, 54)]
    return result


def real_sized_comparison() -> dict[str, Any]:
    """Two results, and every figure with its error."""
    burden = build_comparison().metrics[0]
    metrics = tuple(
        replace(burden, name=kind.name, unit=kind.unit, mdc95=8.0, sem=2.9, verdict="improved")
        for kind in KINDS
    )
    comparison = comparison_to_dict(replace(build_comparison(), metrics=metrics))
    return {**comparison, "before": real_sized_result(), "after": real_sized_result()}


def pages(records: Records, patients: int) -> dict[str, Callable[[], Any]]:
    """What the browser asks for, rendered."""
    instruments = Instruments(unused_network(Path()), None)
    worker = Worker(records.queue, InstrumentScorer(instruments))  # does not run
    drafts = Drafts(Path())  # nothing is dropped
    tab = Tab(Clinic(records, worker, instruments, Path(), drafts, today=lambda: FIRST + timedelta(days=900)))
    middle = patients // 2
    photograph = records.patients.record(middle).visits[0].photographs[0].id

    def go(page: str, **where: Any) -> Callable[[], None]:
        def ask() -> None:
            assert "data-failed" not in tab.go(page, **where)["cx-here"], page

        return ask

    return {
        "page: patients": go("patients"),
        "page: patients, searched": go("patients", search="berg 1"),
        "page: patients by what is due": go("patients", sort="due"),
        "page: patients by change": go("patients", sort="change"),
        "page: the last of patients": go("patients", start=patients - 25),
        "page: one patient": go("patient", patient=middle),
        "page: two photographs, at first": go(
            "pair", patient=middle, photograph=photograph, other=photograph + 1
        ),
        "page: a new visit": go("visit", patient=middle),
        "page: a new treatment": go("treatment", patient=middle),
        "page: settings": go("settings"),
    }


def questions(records: Records, patients: int) -> dict[str, Callable[[], Any]]:
    """What pages ask."""
    page, middle = records.patients.page, patients // 2
    return {
        "list, first page": page,
        "list, 100 lines": lambda: page(limit=100),
        "list, last page": lambda: page(offset=patients - 25),
        "list by last visit": lambda: page(sorting="last visit", descending=True),
        "list by name": lambda: page(sorting="name"),
        "list by what is due": lambda: page(sorting="next due", today=FIRST + timedelta(days=900)),
        "list by change": lambda: page(sorting="change"),
        "list by visits": lambda: page(sorting="visits", descending=True),
        "search of a code": lambda: page(f"p-{middle:05d}"),
        "search of a name": lambda: page("berg", "last visit"),
        "search without a find": lambda: page("nobody"),
        "one patient's series": lambda: records.patients.record(middle),
        "one visit": lambda: records.visits.get(middle),
        "one result": lambda: records.results.assessment(middle),
        "work waiting": records.queue.waiting,
    }


def slowest_s(ask: Callable[[], Any]) -> float:
    times: list[float] = []
    for _ in range(5):
        start = time.perf_counter()
        ask()
        times.append(time.perf_counter() - start)
    return max(times)


def once_s(ask: Callable[[], Any]) -> float:
    start = time.perf_counter()
    ask()
    return time.perf_counter() - start


def changes(records: Records) -> Iterator[tuple[str, float]]:
    """What a clinic does, on records of this size."""
    patient = records.patients.add(PatientEntry(code="new"))
    records.patients.consent(patient.id, ConsentEntry(purpose="assessment", given_on=FIRST))
    photographs = [PhotographEntry(SAMPLE, "left cheek")]
    yield "a visit saved", once_s(lambda: records.visits.save(patient.id, VisitEntry(on=FIRST), photographs))
    yield "a patient deleted", once_s(lambda: records.patients.delete(patient.id))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=2000)
    parser.add_argument("--visits", type=int, default=10, help="of each patient")
    parser.add_argument(
        "--postgres", action="store_true", help="on a PostgreSQL server that is started for it"
    )
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    with ExitStack() as stack:
        settings = RecordsSettings(data_folder=Path(stack.enter_context(tempfile.TemporaryDirectory())))
        if options.postgres:
            from tests.records.postgres_server import postgres_server

            address = SecretStr(stack.enter_context(postgres_server()))
            settings = settings.model_copy(update={"database_url": address})
        records = Records.open(settings)
        records.decide(ClinicSettings(keep_names=True))
        log.info("loaded in %.0f s", once_s(lambda: fill(records, options.patients, options.visits)))
        records.close()
        lines = [("opened", once_s(lambda: Records.open(settings).close()))]
        (settings.data_folder / "unfinished" / "mark").touch()
        lines += [("opened after a crash", once_s(lambda: Records.open(settings).close()))]
        records = Records.open(settings)
        asked = {**questions(records, options.patients), **pages(records, options.patients)}
        answers = [(name, slowest_s(ask)) for name, ask in asked.items()]
        lines += [*answers, *changes(records)]
        records.close()
        for name, seconds in lines:
            log.info("%-32s %7.3f s", name, seconds)
        over = [name for name, seconds in answers if seconds > GOAL_S]
        log.info("over %.1f s: %s", GOAL_S, ", ".join(over) or "none")
        sys.exit(bool(over))


if __name__ == "__main__":
    main()
