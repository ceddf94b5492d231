"""Deletion and withdrawal, proven by searching every byte under the data folder."""

import random
import re
import sqlite3
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

import clinic
import pytest

from inference.records.database import Database
from inference.records.entries import ConsentEntry, CorrectionEntry, GradeEntry, PatientEntry, TreatmentEntry
from inference.records.facts import ClinicSettings, Patient
from inference.records.records import Records
from inference.records.scorer import InstrumentScorer
from inference.records.settings import RecordsSettings

CODE, NAME, NOTE = "Zq-7741-erase", "Xanthippe Nowhere", "allergic to wxyzzy"


def traces(folder: Path, secrets: Iterable[str | bytes]) -> list[str]:
    """Files under `folder` that hold any of the secrets, in any case of their letters, or bear its name."""
    sought = [(s.encode() if isinstance(s, str) else s).lower() for s in secrets]
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert any(path.name == "records.sqlite" for path in files)
    return [
        path.name
        for path in files
        if any(one in path.read_bytes().lower() or one in path.name.encode().lower() for one in sought)
    ]


def whole_patient(
    records: Records, scorer: InstrumentScorer, folder: Path, *, compared: bool = True
) -> Patient:
    """A patient with everything that can be kept of one."""
    records.decide(ClinicSettings(keep_names=True))
    added = records.patients.add(PatientEntry(code=CODE, name=NAME, note=NOTE))
    for purpose in ("assessment", "training"):
        records.patients.consent(added.id, ConsentEntry(purpose=purpose, given_on=clinic.BASELINE, note=NOTE))
    for scars, day in ((6, 0), (3, 60)):
        path = clinic.photograph(folder, 0, scars)
        on = clinic.BASELINE + timedelta(days=day)
        kept = clinic.visit(records, added.id, [path], on, note=f"{NOTE} on {on}")
    records.queue.work_off(scorer, limit=None if compared else 2)
    photograph = records.visits.get(kept.id).photographs[0]
    assert photograph.figures is not None
    correction = CorrectionEntry(
        kind="delete", assessment_id=photograph.figures.id, lesion_id=1, note=f"{NOTE}, no scar"
    )
    records.opinions.correct(photograph.id, correction)
    records.opinions.grade(kept.id, GradeEntry(scale="ecca_atrophic", value=60, note=f"{NOTE}, graded"))
    treatment = TreatmentEntry(on=clinic.BASELINE, device="motorized pen", note=f"{NOTE}, treated")
    records.care.add_treatment(added.id, treatment)
    records.documents.keep(
        added.id, "report", f"{CODE}.pdf", "application/pdf", f"%PDF {CODE} {NAME}".encode()
    )
    records.documents.keep(
        added.id, "export", "labels.zip", "application/zip", f"PK {CODE}".encode(), "training"
    )
    return added


def secrets_of(records: Records, patient: Patient) -> list[str | bytes]:
    """What would give the patient away: code, name, notes, and the names and bytes of every file."""
    record = records.patients.record(patient.id)
    hashes: list[str] = [document.sha256 for document in record.documents]
    for visit in record.visits:
        for photograph in visit.photographs:
            assert photograph.figures is not None
            hashes += [photograph.sha256, photograph.thumbnail_sha256, photograph.figures.mask_sha256]
    contents = [records.visits.file(sha256).read_bytes()[-64:] for sha256 in hashes]
    return [patient.code, NAME, NOTE, *hashes, *contents]


def test_nothing_is_left_of_a_deleted_patient(
    sqlite_settings: RecordsSettings, scorer: InstrumentScorer, tmp_path: Path
) -> None:
    records = Records.open(sqlite_settings)
    kept = clinic.patient(records, "P-1")
    clinic.visit(records, kept.id, [clinic.photograph(tmp_path, 9)])
    patient = whole_patient(records, scorer, tmp_path)
    secrets = secrets_of(records, patient)
    assert len(secrets) == 3 + 2 * 8
    found = traces(sqlite_settings.data_folder, secrets)
    assert len(found) >= 9  # the search does find: eight files and the database
    records.patients.delete(patient.id)
    assert traces(sqlite_settings.data_folder, secrets) == []
    assert records.patients.record(kept.id).visits[0].photographs
    assert len(list(records._store.files.kept())) == 3
    records.close()
    assert traces(sqlite_settings.data_folder, secrets) == []


def test_without_consent_no_photograph_is_left_and_the_treatments_stay(
    sqlite_settings: RecordsSettings, scorer: InstrumentScorer, tmp_path: Path
) -> None:
    records = Records.open(sqlite_settings)
    patient = whole_patient(records, scorer, tmp_path)
    secrets = [*secrets_of(records, patient)[3:], "no scar", "graded", '"lesions"', 'burden_um"']
    assert traces(sqlite_settings.data_folder, secrets)
    consent = records.patients.record(patient.id).consents[0]
    records.patients.withdraw(consent.id, date(2026, 9, 1))
    assert traces(sqlite_settings.data_folder, secrets) == []
    assert list(records._store.files.kept()) == []
    record = records.patients.record(patient.id)
    assert [len(visit.photographs) for visit in record.visits] == [0, 0]
    assert (len(record.treatments), record.documents, record.grades, record.comparisons) == (1, (), (), ())
    assert records.queue.waiting() == 0
    records.close()


def test_a_withdrawn_purpose_takes_only_its_documents(
    records: Records, scorer: InstrumentScorer, tmp_path: Path
) -> None:
    patient = whole_patient(records, scorer, tmp_path, compared=False)
    training = next(one for one in records.patients.record(patient.id).consents if one.purpose == "training")
    records.patients.withdraw(training.id, date(2026, 9, 1))
    record = records.patients.record(patient.id)
    assert [document.name for document in record.documents] == [f"{CODE}.pdf"]
    assert [len(visit.photographs) for visit in record.visits] == [1, 1]


def test_a_second_consent_to_the_same_keeps_the_photographs(records: Records, tmp_path: Path) -> None:
    added = clinic.patient(records)
    clinic.visit(records, added.id, [clinic.photograph(tmp_path)])
    second = records.patients.consent(added.id, ConsentEntry(purpose="assessment", given_on=clinic.BASELINE))
    records.patients.withdraw(second.id, clinic.BASELINE)
    assert records.patients.record(added.id).visits[0].photographs


def test_everything_goes_with_the_patient_on_either_database(
    records: Records, scorer: InstrumentScorer, tmp_path: Path
) -> None:
    patient = whole_patient(records, scorer, tmp_path)
    records.patients.delete(patient.id)
    with records._store.database.read() as session:
        from inference.records.tables import Base

        left = {
            name: session.execute(table.select()).all()
            for name, table in Base.metadata.tables.items()
            if name != "settings"
        }
    assert {name for name, rows in left.items() if rows} == set()
    assert list(records._store.files.kept()) == []


def test_a_file_that_another_patient_has_too_stays(records: Records, tmp_path: Path) -> None:
    path = clinic.photograph(tmp_path)
    one, two = clinic.patient(records, "P-1"), clinic.patient(records, "P-2")
    clinic.visit(records, one.id, [path])
    kept = clinic.visit(records, two.id, [path])
    records.patients.delete(one.id)
    assert records.visits.file(kept.photographs[0].sha256).read_bytes() == path.read_bytes()


def test_a_deletion_that_a_crash_cut_off_is_finished_at_the_next_start(
    sqlite_settings: RecordsSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows are gone, and then the power: files and traces are left."""
    records = Records.open(sqlite_settings)
    added = records.patients.add(PatientEntry(code=CODE, note=NOTE))
    records.patients.consent(added.id, ConsentEntry(purpose="assessment", given_on=clinic.BASELINE))
    clinic.visit(records, added.id, [clinic.photograph(tmp_path)], note=NOTE)

    def power_cut(sha256: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(records._store.files, "remove", power_cut)
    with pytest.raises(KeyboardInterrupt):
        records.patients.delete(added.id)
    assert len(list(records._store.files.kept())) == 2
    assert traces(sqlite_settings.data_folder, [NOTE])
    again = Records.open(sqlite_settings)
    assert list(again._store.files.kept()) == []
    assert traces(sqlite_settings.data_folder, [CODE, NOTE]) == []
    again.close()
    records.close()


def test_traces_are_wiped_when_nobody_reads_any_more(
    sqlite_settings: RecordsSettings, caplog: pytest.LogCaptureFixture
) -> None:
    records = Records.open(sqlite_settings)
    added = records.patients.add(PatientEntry(code=CODE))
    reader = sqlite3.connect(sqlite_settings.data_folder / "records.sqlite", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM patient").fetchone()
    with records._store.database.read() as session:
        session.connection().exec_driver_sql("PRAGMA busy_timeout = 100")
    records.patients.delete(added.id)
    assert "still to be wiped" in caplog.text
    reader.execute("COMMIT")
    reader.close()
    records.close()
    again = Records.open(sqlite_settings)
    assert traces(sqlite_settings.data_folder, [CODE]) == []
    again.close()


def test_names_that_are_forgotten_leave_no_trace(sqlite_settings: RecordsSettings) -> None:
    records = Records.open(sqlite_settings)
    records.decide(ClinicSettings(keep_names=True))
    for number in range(300):
        records.patients.add(PatientEntry(code=f"P-{number}", name=f"{NAME} {number}"))
    assert traces(sqlite_settings.data_folder, [NAME])
    records.patients.forget_names()
    assert traces(sqlite_settings.data_folder, [NAME]) == []
    records.close()


def test_rebuilt_pages_hold_no_old_copies(tmp_path: Path) -> None:
    """secure_delete alone leaves copies on pages that were rebuilt; how many depends on what was written."""
    database = Database(f"sqlite:///{tmp_path / 'records.sqlite'}")
    left_without, left_with = 0, 0
    for seed in range(4):
        live = _churn(database, random.Random(seed))
        left_without += len(_found(tmp_path) - live)
        assert database.wipe()
        left_with += len(_found(tmp_path) - live)
    database.close()
    assert (left_with, left_without > 0) == (0, True)


def _churn(database: Database, chance: random.Random) -> set[str]:
    """Thousands of notes of all lengths written, changed and deleted; returns those that are left."""
    live: dict[int, str] = {}
    with database.write() as session:
        run = session.connection().exec_driver_sql
        run("DROP TABLE IF EXISTS notes")
        run("CREATE TABLE notes (id INTEGER PRIMARY KEY, code TEXT, note TEXT)")
        run("CREATE INDEX by_code ON notes (code)")
        for key in range(4000):
            code, what = f"SECRET{chance.randrange(10**6):06d}", chance.random()
            note = code + "x" * chance.choice((5, 50, 500, 6000))
            if what < 0.6 or not live:
                run("INSERT INTO notes VALUES (?, ?, ?)", (key, code, note))
                live[key] = code
                continue
            other = chance.choice(list(live))
            if what < 0.8:
                run("UPDATE notes SET code = ?, note = ? WHERE id = ?", (code, note, other))
                live[other] = code
            else:
                run("DELETE FROM notes WHERE id = ?", (other,))
                del live[other]
    with database.read() as session:
        session.connection().exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return set(live.values())


def _found(folder: Path) -> set[str]:
    content = b"".join(path.read_bytes() for path in folder.iterdir())
    return {match.decode() for match in re.findall(rb"SECRET\d{6}", content)}
