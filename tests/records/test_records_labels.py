"""Corrections leave as training labels: read back with the project's manifest, and with Pillow alone."""

import zipfile
from pathlib import Path

import clinic
import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from data.manifest import ManifestRow, read_manifest
from data.masks import IGNORE, read_classes, read_mask
from inference.cli import app
from inference.photo.read import read_photo
from inference.records.entries import ConsentEntry, CorrectionEntry, GradeEntry
from inference.records.errors import RecordsError
from inference.records.facts import Figures, Photograph
from inference.records.labels import export_labels, label_archive
from inference.records.records import Records
from inference.records.scorer import InstrumentScorer
from inference.records.settings import RecordsSettings

OUTLINE = ((0.8, 0.8), (0.9, 0.8), (0.9, 0.9), (0.8, 0.9))


@pytest.fixture
def sqlite_records(sqlite_settings: RecordsSettings) -> Records:
    return Records.open(sqlite_settings)


def scored(records: Records, scorer: InstrumentScorer, folder: Path) -> tuple[Photograph, Figures]:
    """A photograph with three scars of a patient who has agreed to training."""
    added = clinic.patient(records)
    records.patients.consent(added.id, ConsentEntry(purpose="training", given_on=clinic.BASELINE))
    photograph = clinic.visit(records, added.id, [clinic.photograph(folder)]).photographs[0]
    records.queue.work_off(scorer)
    return photograph, records.results.of(photograph.id)[-1]


def correct(records: Records, photograph: Photograph, figures: Figures, *entries: CorrectionEntry) -> None:
    for entry in entries:
        of_result = {} if entry.kind == "draw" else {"assessment_id": figures.id}
        records.opinions.correct(photograph.id, entry.model_copy(update=of_result))


def labels(folder: Path) -> tuple[ManifestRow, np.ndarray]:
    """The only row, and its mask as Pillow reads it: an indexed PNG of the photograph's size."""
    (row,) = read_manifest(folder / "manifest.csv")
    assert row.mask is not None
    with Image.open(folder / row.mask) as image:
        assert image.mode == "P"
        mask = np.array(image)
    assert np.array_equal(mask, read_mask(folder / row.mask, read_classes(folder / "classes.json")))
    with Image.open(folder / row.image) as photograph:
        assert photograph.size == mask.shape[::-1]
        assert not photograph.getexif()
    return row, mask


def test_what_nobody_spoke_of_is_not_labelled(
    sqlite_records: Records, scorer: InstrumentScorer, tmp_path: Path
) -> None:
    records = sqlite_records
    photograph, figures = scored(records, scorer, tmp_path)
    first, second, third = records.results.assessment(figures.id).lesions
    result = np.array(Image.open(records.results.mask(figures.id)))
    correct(
        records,
        photograph,
        figures,
        CorrectionEntry(
            kind="retype", assessment_id=1, lesion_id=first.id, scar_type="rolling", author="Dr. B"
        ),
        CorrectionEntry(kind="delete", assessment_id=1, lesion_id=second.id, author="Dr. B"),
        CorrectionEntry(kind="draw", scar_type="icepick", outline=OUTLINE, author="Dr. B"),
    )
    taken_back = records.opinions.correct(
        photograph.id,
        CorrectionEntry(
            kind="retype", assessment_id=figures.id, lesion_id=third.id, scar_type="raised", author="Dr. B"
        ),
    )
    records.opinions.take_back(taken_back.id)
    records.opinions.grade(
        photograph.visit_id,
        GradeEntry(scale="goodman_baron_quantitative", value=14, author="Dr. B"),
        photograph.view.id,
    )
    export_labels(records, tmp_path / "labels")
    row, mask = labels(tmp_path / "labels")
    assert (row.rater_id, row.view, row.mm_per_px) == ("Dr. B", "left cheek", clinic.MM_PER_PX)
    assert row.grades == {"goodman_baron_quantitative": 14}
    assert row.patient_id == "patient-1"
    at = [mask[round(one.y_px), round(one.x_px)] for one in (first, second, third)]
    assert at == [3, 0, IGNORE]
    assert np.count_nonzero(mask == 3) == first.area_px == np.count_nonzero(result[mask == 3])
    assert np.count_nonzero(mask == 0) == second.area_px
    assert mask[round(0.85 * 256), round(0.85 * 384)] == 1
    assert np.count_nonzero(mask == 1) == pytest.approx(0.1 * 256 * 0.1 * 384, rel=0.1)
    assert np.array_equal(
        read_photo(tmp_path / "labels" / row.image).rgb,
        read_photo(records.visits.file(photograph.sha256)).rgb,
    )


def test_a_photograph_that_was_gone_through_is_labelled_all_over(
    sqlite_records: Records, scorer: InstrumentScorer, tmp_path: Path
) -> None:
    records = sqlite_records
    photograph, figures = scored(records, scorer, tmp_path)
    result = np.array(Image.open(records.results.mask(figures.id)))
    lesion = records.results.assessment(figures.id).lesions[0]
    correct(
        records,
        photograph,
        figures,
        CorrectionEntry(kind="delete", assessment_id=1, lesion_id=lesion.id),
        CorrectionEntry(kind="accept", assessment_id=1),
    )
    archive = tmp_path / "labels.zip"
    archive.write_bytes(label_archive(records, records.visits.get(photograph.visit_id).patient_id))
    zipfile.ZipFile(archive).extractall(tmp_path / "labels")
    row, mask = labels(tmp_path / "labels")
    assert row.rater_id is None
    assert not (mask == IGNORE).any()
    assert np.count_nonzero(mask) == np.count_nonzero(result) - lesion.area_px
    assert np.array_equal(mask[mask > 0], result[mask > 0])


def test_each_clinician_has_a_row(sqlite_records: Records, scorer: InstrumentScorer, tmp_path: Path) -> None:
    records = sqlite_records
    photograph, _ = scored(records, scorer, tmp_path)
    for author in ("Dr. A", "Dr. B"):
        drawn = CorrectionEntry(kind="draw", scar_type="boxcar", outline=OUTLINE, author=author)
        records.opinions.correct(photograph.id, drawn)
    done = export_labels(records, tmp_path / "labels")
    assert (done.photographs, done.masks) == (1, 2)
    assert {row.rater_id for row in read_manifest(tmp_path / "labels" / "manifest.csv")} == {"Dr. A", "Dr. B"}


def test_only_patients_who_agreed_to_training_are_in_it(
    sqlite_records: Records, sqlite_settings: RecordsSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = sqlite_records
    added = clinic.patient(records)
    photograph = clinic.visit(records, added.id, [clinic.photograph(tmp_path)]).photographs[0]
    drawn = CorrectionEntry(kind="draw", scar_type="boxcar", outline=OUTLINE)
    records.opinions.correct(photograph.id, drawn)
    with pytest.raises(RecordsError, match=r"agreed to training \(1 have not"):
        export_labels(records, tmp_path / "labels")
    assert not (tmp_path / "labels").exists()
    records.patients.consent(added.id, ConsentEntry(purpose="training", given_on=clinic.BASELINE))
    monkeypatch.setenv("CICATRIX_DATA_FOLDER", str(sqlite_settings.data_folder))
    runner = CliRunner()
    ran = runner.invoke(app, ["export-labels", "--out", str(tmp_path / "labels")])
    assert ran.exit_code == 0
    assert ran.output.endswith("photographs 1, masks 1\n")
    assert labels(tmp_path / "labels")[0].view == "left cheek"
    again = runner.invoke(app, ["export-labels", "--out", str(tmp_path / "labels")])
    assert again.exit_code == 1
    assert "not an empty folder" in again.output
