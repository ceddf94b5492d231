"""Visits, photographs and results: kept first, scored later, never overwritten."""

import threading
from datetime import timedelta
from pathlib import Path

import clinic
import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select

from inference.check import CheckOptions
from inference.errors import PhotoError
from inference.records.entries import PhotographEntry, TreatmentEntry, VisitEntry
from inference.records.errors import ConsentError, EntryError, NotInRecordsError
from inference.records.queue import MAX_ATTEMPTS
from inference.records.records import Records
from inference.records.scorer import InstrumentScorer, Source
from inference.records.tables import TaskRow
from inference.standard.regions import DrawnRegion


def test_a_visit_is_kept_with_its_photographs_before_it_is_scored(records: Records, tmp_path: Path) -> None:
    path = clinic.photograph(tmp_path)
    added = clinic.patient(records)
    kept = clinic.visit(records, added.id, [path], note="slept badly")
    (photograph,) = kept.photographs
    assert (kept.on, kept.note, photograph.view.name) == (clinic.BASELINE, "slept badly", "left cheek")
    assert (photograph.state, photograph.why_not, photograph.figures) == ("waiting", None, None)
    assert (photograph.format, photograph.width_px, photograph.height_px) == ("JPEG", 384, 256)
    assert records.visits.file(photograph.sha256).read_bytes() == path.read_bytes()
    with Image.open(records.visits.file(photograph.thumbnail_sha256)) as thumbnail:
        assert thumbnail.size == (384, 256)
    assert path.exists()
    assert records.patients.record(added.id).visits == (kept,)
    assert records.visits.get(kept.id) == kept


def test_nothing_is_kept_of_a_visit_with_a_file_that_is_no_photograph(
    records: Records, tmp_path: Path
) -> None:
    added = clinic.patient(records)
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no photograph")
    with pytest.raises(PhotoError, match=r"broken\.jpg"):
        clinic.visit(records, added.id, [clinic.photograph(tmp_path), broken])
    assert records.patients.record(added.id).visits == ()
    assert list(records._store.files.kept()) == []


def test_a_photograph_needs_consent_and_comes_once(records: Records, tmp_path: Path) -> None:
    path = clinic.photograph(tmp_path)
    without = clinic.patient(records, "P-1", consents=False)
    assert clinic.visit(records, without.id, []).photographs == ()
    with pytest.raises(ConsentError, match="has not agreed"):
        clinic.visit(records, without.id, [path])
    assert len(records.patients.record(without.id).visits) == 1
    added = clinic.patient(records, "P-2")
    with pytest.raises(EntryError, match="already in this visit"):
        clinic.visit(records, added.id, [path, path])
    kept = clinic.visit(records, added.id, [path])
    with pytest.raises(EntryError, match="already in this visit"):
        records.visits.add_photographs(kept.id, [clinic.entry(path)])
    assert len(list(records._store.files.kept())) == 2  # what was written of refused visits is gone again
    more = records.visits.add_photographs(kept.id, [clinic.entry(clinic.photograph(tmp_path, 1), "front")])
    assert [one.view.name for one in more.photographs] == ["left cheek", "front"]


def test_a_scored_visit_has_figures_result_and_mask(
    records: Records, scorer: InstrumentScorer, tmp_path: Path
) -> None:
    kept = clinic.visit(records, clinic.patient(records).id, [clinic.photograph(tmp_path, scars=4)])
    assert records.queue.work_off(scorer) == 1
    assert records.queue.waiting() == 0
    (photograph,) = records.visits.get(kept.id).photographs
    assert photograph.state == "scored"
    assert photograph.figures is not None
    assert photograph.figures.scar_count == 4
    assert photograph.figures.model_sha256 == scorer.model_sha256
    assessment = records.results.assessment(photograph.figures.id)
    assert assessment.scars.burden_um == photograph.figures.burden_um
    assert assessment.scale.source == "given"
    assert (
        assessment.photo.file == "left cheek 2026-03-04.jpeg"
    )  # not the camera's name, which may be a person's
    with Image.open(records.results.mask(photograph.figures.id)) as mask:
        assert np.unique(np.asarray(mask)).tolist() == [0, 2]


def test_scoring_anew_adds_a_result(records: Records, scorer: InstrumentScorer, tmp_path: Path) -> None:
    kept = clinic.visit(records, clinic.patient(records).id, [clinic.photograph(tmp_path)])
    records.queue.work_off(scorer)
    (before,) = records.visits.get(kept.id).photographs
    newer = clinic.scorer(tmp_path, "0.0.2")
    assert records.queue.ask_outdated(scorer.model_sha256) == 0
    assert records.queue.ask_outdated(newer.model_sha256) in (0, 1)
    records.queue.ask(before.id)
    assert records.queue.waiting() == 1
    (meanwhile,) = records.visits.get(kept.id).photographs
    assert meanwhile.state == "scored"
    records.queue.work_off(newer)
    first, second = records.results.of(before.id)
    assert first == before.figures
    assert (first.model_version, second.model_version) == ("0.0.1", "0.0.2")
    assert records.visits.get(kept.id).photographs[0].figures == second
    assert records.results.assessment(first.id).model.version == "0.0.1"


def test_what_the_user_said_goes_into_the_scoring(
    records: Records, scorer: InstrumentScorer, tmp_path: Path
) -> None:
    corners = ((0.1, 0.1), (0.6, 0.1), (0.6, 0.9), (0.1, 0.9))
    options = CheckOptions(clinic.MM_PER_PX, (DrawnRegion("cheek", corners),))
    added = clinic.patient(records)
    entry = PhotographEntry(clinic.photograph(tmp_path), "left cheek", options)
    kept = records.visits.save(added.id, VisitEntry(on=clinic.BASELINE), [entry])
    records.queue.work_off(scorer)
    figures = records.visits.get(kept.id).photographs[0].figures
    assert figures is not None
    assessment = records.results.assessment(figures.id)
    assert assessment.asked.regions == {"cheek": corners}
    assert list(assessment.regions) == ["cheek"]


def test_a_visit_whose_scoring_fails_stays_and_says_why(
    records: Records, scorer: InstrumentScorer, tmp_path: Path
) -> None:
    added = clinic.patient(records)
    lost = clinic.visit(records, added.id, [clinic.photograph(tmp_path, 0)])
    fine = clinic.visit(records, added.id, [clinic.photograph(tmp_path, 1)])
    path = records.visits.file(lost.photographs[0].sha256)
    content = path.read_bytes()
    path.write_bytes(b"the disk lost it")
    assert records.queue.work_off(scorer) == 2
    (photograph,) = records.visits.get(lost.id).photographs
    assert photograph.state == "not scored"
    assert photograph.why_not is not None
    assert photograph.why_not.startswith("This photograph")
    assert records.visits.get(fine.id).photographs[0].state == "scored"
    assert records.patients.page().rows[0].not_scored == 1
    assert records.queue.work_off(scorer) == 0
    path.write_bytes(content)
    records.queue.ask(photograph.id)
    records.queue.work_off(scorer)
    assert records.visits.get(lost.id).photographs[0].state == "scored"


def test_a_photograph_that_brings_the_program_down_is_set_aside(
    records: Records, scorer: InstrumentScorer, tmp_path: Path
) -> None:
    kept = clinic.visit(records, clinic.patient(records).id, [clinic.photograph(tmp_path)])
    for _ in range(MAX_ATTEMPTS):
        assert records.queue._begin() is not None  # begun, and cut off before it could end
    assert records.queue.work_off(scorer) == 0
    (photograph,) = records.visits.get(kept.id).photographs
    assert photograph.state == "not scored"
    assert photograph.why_not is not None
    assert "cut off 3 times" in photograph.why_not


def test_every_photograph_is_to_be_compared_with_the_first_and_the_one_before(
    records: Records, scorer: InstrumentScorer, tmp_path: Path
) -> None:
    added = clinic.patient(records)
    photographs: list[int] = []
    for scars, day in ((6, 0), (2, 60), (4, 30)):  # entered out of order
        path = clinic.photograph(tmp_path, 0, scars)
        kept = clinic.visit(records, added.id, [path], clinic.BASELINE + timedelta(days=day))
        photographs.append(kept.photographs[0].id)
    first, last, middle = photographs
    assert records.queue.work_off(scorer, limit=3) == 3
    with records._store.database.read() as session:
        asked = {(task.before_id, task.photograph_id) for task in session.scalars(select(TaskRow))}
    assert asked == {(first, last), (first, middle), (middle, last)}


def test_a_comparison_is_kept(records: Records, scorer: InstrumentScorer, tmp_path: Path) -> None:
    added = clinic.patient(records)
    for scars, day in ((6, 0), (2, 30)):
        path = clinic.photograph(tmp_path, 0, scars)
        clinic.visit(records, added.id, [path], clinic.BASELINE + timedelta(days=day))
    before, after = (one.photographs[0] for one in records.patients.record(added.id).visits)
    with pytest.raises(NotInRecordsError, match="not been compared"):
        records.results.comparison(before.id, after.id)
    assert records.queue.work_off(scorer) == 3
    (stored,) = records.patients.record(added.id).comparisons
    assert (stored.before_id, stored.after_id) == (before.id, after.id)
    comparison = records.results.comparison(before.id, after.id)
    assert comparison.after.photo.file == "left cheek 2026-04-03.jpeg"
    assert len(comparison.lesions.resolved) == 4
    assert stored.percent == comparison.overall.percent
    assert records.queue.waiting() == 0


def test_early_visits_are_kept_and_not_counted_unless_the_user_insists(records: Records) -> None:
    added = clinic.patient(records)
    records.care.add_treatment(
        added.id, TreatmentEntry(on=clinic.BASELINE, device="roller", needle_length_mm=1.5)
    )
    same_day = clinic.visit(records, added.id, [])
    assert (same_day.days_since_treatment, same_day.too_early, same_day.counted) == (None, False, True)
    after = records.visits.change(same_day.id, VisitEntry(on=clinic.BASELINE, after_treatment=True))
    assert (after.days_since_treatment, after.too_early, after.counted) == (0, True, False)
    early = clinic.visit(records, added.id, [], clinic.BASELINE + timedelta(days=13))
    assert (early.days_since_treatment, early.too_early, early.counted) == (13, True, False)
    insisted = records.visits.change(early.id, VisitEntry(on=early.on, count_anyway=True))
    assert (insisted.too_early, insisted.counted) == (True, True)
    later = records.visits.change(early.id, VisitEntry(on=clinic.BASELINE + timedelta(days=14)))
    assert (later.days_since_treatment, later.counted) == (14, True)


def test_a_view_can_be_put_right(records: Records, tmp_path: Path) -> None:
    added = clinic.patient(records)
    kept = clinic.visit(records, added.id, [clinic.photograph(tmp_path)])
    records.visits.change_view(kept.photographs[0].id, "  right   cheek ")
    assert records.visits.get(kept.id).photographs[0].view.name == "right cheek"
    with pytest.raises(EntryError, match="name the view"):
        records.visits.change_view(kept.photographs[0].id, " ")


def test_a_result_of_a_photograph_deleted_meanwhile_is_not_kept(
    records: Records, scorer: InstrumentScorer, tmp_path: Path
) -> None:
    kept = clinic.visit(records, clinic.patient(records).id, [clinic.photograph(tmp_path)])

    class DeletesMeanwhile:
        model_sha256 = scorer.model_sha256
        compare = scorer.compare

        def score(self, photograph: Source) -> object:
            assessment = scorer.score(photograph)
            records.visits.delete(kept.id)
            return assessment

    assert records.queue.work_off(DeletesMeanwhile()) == 1  # type: ignore[arg-type]
    assert list(records._store.files.kept()) == []
    assert records.queue.waiting() == 0


def test_one_worker_at_a_time_and_it_can_be_stopped(
    records: Records, scorer: InstrumentScorer, tmp_path: Path
) -> None:
    added = clinic.patient(records)
    for seed in range(2):
        clinic.visit(records, added.id, [clinic.photograph(tmp_path, seed)])
    stop, others = threading.Event(), []

    class Watched:
        model_sha256 = scorer.model_sha256
        compare = scorer.compare

        def score(self, photograph: Source) -> object:
            other = threading.Thread(target=lambda: others.append(records.queue.work_off(scorer)))
            other.start()
            other.join()
            stop.set()
            return scorer.score(photograph)

    assert records.queue.work_off(Watched(), stop) == 1  # type: ignore[arg-type]
    assert others == [0]
    assert records.queue.waiting() == 1
