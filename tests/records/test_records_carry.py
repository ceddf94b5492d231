"""A patient goes out as an archive and comes in again, whole, checked, and only once under one code."""

import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import clinic
import pytest

from inference.exchange.archive import ArchiveError
from inference.records.entries import AdverseEventEntry, GradeEntry, PatientEntry, PlanEntry, TreatmentEntry
from inference.records.errors import ConsentError, EntryError
from inference.records.facts import ClinicSettings, PatientRecord
from inference.records.records import Records
from inference.records.scorer import InstrumentScorer
from inference.records.settings import RecordsSettings


@pytest.fixture
def full(records: Records, scorer: InstrumentScorer, tmp_path: Path) -> int:
    """A patient with two measured visits and something of everything."""
    patient = clinic.patient(records).id
    for days, scars in ((0, 12), (60, 3)):
        on = clinic.BASELINE + timedelta(days=days)
        visit = clinic.visit(records, patient, [clinic.photograph(tmp_path, 3, scars)], on, note="größer")
    treatment = records.care.add_treatment(
        patient, TreatmentEntry(on=clinic.BASELINE, device="roller", agents=("vitamin C",))
    )
    records.care.add_event(
        patient, AdverseEventEntry(treatment_id=treatment.id, kind="redness", starts_on=clinic.BASELINE)
    )
    records.care.plan(patient, PlanEntry(starts_on=clinic.BASELINE))
    records.opinions.grade(visit.id, GradeEntry(scale="ecca_atrophic", value=45))
    records.queue.work_off(scorer)
    records.documents.keep(patient, "report", "report.pdf", "application/pdf", b"%PDF report")
    records.documents.keep(patient, "export", "old.zip", "application/zip", b"PK an archive")
    return patient


def known(record: PatientRecord) -> dict[str, Any]:
    """All of it but numbers, which are given anew, and the export, which stays behind."""
    documents = [one for one in record.documents if one.kind != "export"]
    plain = record.model_copy(update={"documents": tuple(documents)}).model_dump()

    def without_numbers(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                name: without_numbers(one)
                for name, one in value.items()
                if name != "id" and not name.endswith("_id") and name != "created_at"
            }
        return [without_numbers(one) for one in value] if isinstance(value, list | tuple) else value

    return without_numbers(plain)


def test_a_patient_comes_in_as_it_went_out(records: Records, full: int, tmp_path: Path) -> None:
    path = tmp_path / "patient.zip"
    records.carry.write(full, path)
    elsewhere = Records.open(RecordsSettings(data_folder=tmp_path / "elsewhere"))
    clinic.patient(elsewhere, "of there")
    patient = elsewhere.carry.read(path)
    before, after = records.patients.record(full), elsewhere.patients.record(patient.id)
    assert known(before) == known(after)
    assert elsewhere.results.series(after.views[0].id) == records.results.series(before.views[0].id)
    for one, other in zip(before.visits, after.visits, strict=True):
        first, second = one.photographs[0], other.photographs[0]
        assert (
            elsewhere.visits.file(second.sha256).read_bytes()
            == records.visits.file(first.sha256).read_bytes()
        )
        assert elsewhere.visits.file(second.thumbnail_sha256).is_file()
        assert second.figures is not None
        assert elsewhere.results.mask(second.figures.id).is_file()
    assert elsewhere.queue.waiting() == 0
    with pytest.raises(EntryError, match="another patient has the code P-0142"):
        elsewhere.carry.read(path)
    again = elsewhere.carry.read(path, "P-0143")
    elsewhere.patients.delete(again.id)
    assert elsewhere.results.series(after.views[0].id).visits  # the other one keeps its files
    elsewhere.patients.delete(patient.id)
    assert list(elsewhere._store.files.kept()) == []
    elsewhere.close()


def test_photographs_without_a_result_wait_where_they_come_in(records: Records, tmp_path: Path) -> None:
    patient = clinic.patient(records)
    clinic.visit(records, patient.id, [clinic.photograph(tmp_path)])
    records.carry.write(patient.id, tmp_path / "patient.zip")
    records.patients.delete(patient.id)
    records.carry.read(tmp_path / "patient.zip")
    assert records.queue.waiting() == 1


def test_a_name_comes_along_only_where_names_are_kept(records: Records, tmp_path: Path) -> None:
    records.decide(ClinicSettings(keep_names=True))
    patient = clinic.patient(records)
    records.patients.change(patient.id, PatientEntry(code="P-0142", name="Rosa"))
    records.carry.write(patient.id, tmp_path / "patient.zip")
    records.decide(ClinicSettings(keep_names=False))
    come = records.carry.read(tmp_path / "patient.zip", "P-1")
    records.decide(ClinicSettings(keep_names=True))
    assert records.patients.record(come.id).patient.name is None


def rewritten(path: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """The archive with another record, whose manifest is right all the same."""
    from datetime import UTC, datetime

    from inference.exchange.archive import MANIFEST, write_archive

    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist() if name != MANIFEST}
    record = json.loads(files["record.json"])
    change(record)
    out = path.with_name("changed.zip")
    write_archive(out, {**files, "record.json": json.dumps(record).encode()}, "P", "test", datetime.now(UTC))
    return out


def _newer(record: dict[str, Any]) -> None:
    record["layout"] = 2


def _unknown_table(record: dict[str, Any]) -> None:
    record["tables"]["secrets"] = [{}]


def _unknown_field(record: dict[str, Any]) -> None:
    record["tables"]["visit"][0]["evil"] = 1


def _not_a_day(record: dict[str, Any]) -> None:
    record["tables"]["visit"][0]["on"] = "yesterday"


def _foreign_visit(record: dict[str, Any]) -> None:
    record["tables"]["photograph"][0]["visit_id"] = 10**6


def _two_patients(record: dict[str, Any]) -> None:
    record["tables"]["patient"] *= 2


def _no_consent(record: dict[str, Any]) -> None:
    record["tables"]["consent"] = []


def _other_file(record: dict[str, Any]) -> None:
    record["tables"]["photograph"][0]["sha256"] = "0" * 64


@pytest.mark.parametrize(
    "change",
    [
        _newer,
        _unknown_table,
        _unknown_field,
        _not_a_day,
        _foreign_visit,
        _two_patients,
        _no_consent,
        _other_file,
    ],
)
def test_an_archive_that_is_not_ours_leaves_nothing(
    change: Callable[[dict[str, Any]], None], sqlite_settings: RecordsSettings, tmp_path: Path
) -> None:
    records = Records.open(sqlite_settings)
    patient = clinic.patient(records)
    clinic.visit(records, patient.id, [clinic.photograph(tmp_path)])
    path = tmp_path / "patient.zip"
    records.carry.write(patient.id, path)
    records.patients.delete(patient.id)
    with pytest.raises((ArchiveError, ConsentError)):
        records.carry.read(rewritten(path, change))
    assert records.patients.page().total == 0
    assert list(records._store.files.kept()) == []
    records.close()


def test_what_a_crash_leaves_of_documents_in_the_making_is_removed(sqlite_settings: RecordsSettings) -> None:
    records = Records.open(sqlite_settings)
    with records.workspace() as folder:
        (folder / "report.pdf").write_bytes(b"half")
        other = Records.open(sqlite_settings)  # another process: what is in use stays
        assert (folder / "report.pdf").is_file()
        other.close()
    assert not folder.exists()
    folder.mkdir()
    (folder / "report.pdf").write_bytes(b"half")
    folder.with_suffix(".lock").touch()
    records.close()
    Records.open(sqlite_settings).close()
    assert list(folder.parent.iterdir()) == []
