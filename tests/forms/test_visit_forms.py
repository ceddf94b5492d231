"""Visits entered: nothing half-saved, nothing lost, nothing guessed."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from house import House, confirmed
from PIL import Image

from inference.records.entries import PatientEntry, PhotographEntry, VisitEntry
from inference.records.errors import EntryError
from inference.web.clinic.route import Route
from tests.records import clinic as entries
from tests.web_clinic import TODAY


def test_a_visit_is_saved_whole_once_everything_is_confirmed(house: House, tmp_path: Path) -> None:
    house.consent()
    one, two = house.drop(entries.photograph(tmp_path, 0), entries.photograph(tmp_path, 1))
    said = confirmed(one, two, note="typed")
    del said[f"sure.{two}"]
    with pytest.raises(EntryError) as refused:
        house.do("visit.save", said)
    assert set(refused.value.fields) == {f"sure.{two}", ""}
    assert house.record().visits == ()
    said |= {f"view.{two}": "*", f"other.{two}": "upper back", f"sure.{two}": "yes"}
    answer = house.do("visit.save", said)
    assert answer.go == Route(page="patient", patient=house.patient)
    (visit,) = house.record().visits
    assert (visit.on, visit.note) == (TODAY, "typed")
    assert [(one.view.name, one.state) for one in visit.photographs] == [
        ("left cheek", "waiting"),
        ("upper back", "waiting"),
    ]
    assert "cx-photo-card" not in house.show("visit")
    assert list(house.clinic.upload_folder.rglob("*.jpg")) == []
    house.records.queue.work_off(house.scorer)
    assert [one.state for one in house.record().visits[0].photographs] == ["scored", "scored"]


def test_a_save_that_fails_loses_nothing(house: House, tmp_path: Path) -> None:
    (key,) = house.drop(entries.photograph(tmp_path))
    with pytest.raises(Exception, match="enter the consent first"):
        house.do("visit.save", confirmed(key))
    assert house.record().visits == ()
    assert house.record().views == ()
    house.show("treatment")
    assert f'data-key="{key}"' in house.show("visit")
    house.consent()
    (upload,) = house.pages["visit"]._drafts.uploads(  # type: ignore[attr-defined]
        next(iter(house.pages["visit"]._places.values()))  # type: ignore[attr-defined]
    )
    whole = upload.path.read_bytes()
    upload.path.write_bytes(whole[:900])
    with pytest.raises(Exception, match=re.escape(upload.name)):
        house.do("visit.save", confirmed(key))
    assert house.record().visits == ()
    upload.path.write_bytes(whole)
    house.do("visit.save", confirmed(key))
    assert len(house.record().visits) == 1


def test_photographs_stay_with_the_patient_and_the_tab_they_were_dropped_in(
    house: House, tmp_path: Path
) -> None:
    house.consent()
    (key,) = house.drop(entries.photograph(tmp_path))
    assert f'data-key="{key}"' not in house.show("visit", house.request(session="other tab"))
    other = house.records.patients.add(PatientEntry(code="P-2"))
    first, house.patient = house.patient, other.id
    assert f'data-key="{key}"' not in house.show("visit")
    with pytest.raises(EntryError, match="nothing to save yet"):
        house.do("visit.save", confirmed(key))
    house.patient = first
    assert f'data-key="{key}"' in house.show("visit")
    house.pages["visit"].leave(house.request())
    assert f'data-key="{key}"' not in house.show("visit")


@pytest.mark.parametrize("end", ["deleted", "withdrawn"])
def test_what_is_not_yet_saved_goes_with_the_patient(house: House, tmp_path: Path, end: str) -> None:
    """Every byte of the records' folder is searched: nothing of the photograph is left."""
    house.consent()
    path = entries.photograph(tmp_path)
    house.drop(path)
    kept = [one for one in house.records.place[0].rglob("*") if one.is_file()]
    assert any(one.read_bytes() == path.read_bytes() for one in kept)
    if end == "deleted":
        house.do("patient.delete", {"typed": "p-0142"}, page="patient")
    else:
        consent = house.record().consents[0].id
        house.do("consent.withdraw", {"consent": str(consent), "withdrawn_on": str(TODAY)}, page="patient")
    kept = [one for one in house.records.place[0].rglob("*") if one.is_file()]
    assert not any(path.read_bytes()[200:600] in one.read_bytes() for one in kept)


def test_days_of_photographs_and_visit_have_to_agree(house: House, tmp_path: Path) -> None:
    house.consent()
    path = tmp_path / "right cheek.jpg"
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = "2026:10:01 10:11:12"
    Image.open(entries.photograph(tmp_path)).save(path, exif=exif)
    (key,) = house.drop(path)
    shown = house.show("visit")
    assert 'data-day="2026-10-01"' in shown
    assert "name says “right cheek”" in shown
    assert '<option value="right cheek" selected>' in shown
    with pytest.raises(EntryError) as refused:
        house.do("visit.save", confirmed(key))
    assert set(refused.value.fields) == {f"day.{key}", ""}
    house.do("visit.save", confirmed(key, **{f"day.{key}": "yes"}))
    with pytest.raises(EntryError, match="a visit on this day already"):
        house.do("visit.save", {"on": str(TODAY), "note": "again"})
    with pytest.raises(EntryError, match="still to come"):
        house.do("visit.save", {"on": str(TODAY + timedelta(days=1)), "note": "too early"})
    with pytest.raises(EntryError, match="no scale"):
        house.do("visit.save", {"on": "2026-10-02", "note": "x", "mm_per_px": "much"})


def test_a_file_that_is_no_photograph_is_named_and_can_be_let_go(house: House, tmp_path: Path) -> None:
    house.consent()
    text = tmp_path / "letter.txt"
    text.write_text("Dear colleague")
    (key,) = house.drop(text)
    with pytest.raises(EntryError, match=r"letter\.txt is no photograph"):
        house.do("visit.save", confirmed(key))
    visit = house.pages["visit"]
    assert visit._remove(f'{{"key": "{key}"}}', house.request()) == ""  # type: ignore[attr-defined]
    house.do("visit.save", {"on": str(TODAY), "note": "came without photographs"})
    assert house.record().visits[0].note == "came without photographs"


def test_more_is_added_to_a_visit_and_it_is_corrected(house: House, tmp_path: Path) -> None:
    house.consent()
    visit = house.visit(tmp_path)
    (key,) = house.drop(entries.photograph(tmp_path, 1), visit=visit.id)
    said = confirmed(key, view="chin", note="two now", after_treatment="yes")
    house.do("visit.save", said, visit=visit.id)
    (changed,) = house.record().visits
    assert (changed.note, changed.after_treatment) == ("two now", True)
    assert [one.view.name for one in changed.photographs] == ["left cheek", "chin"]
    first = str(changed.photographs[0].id)
    house.do("photograph.view", {"photograph": first, "view": "right cheek"}, visit=visit.id)
    house.do("photograph.delete", {"photograph": str(changed.photographs[1].id)}, visit=visit.id)
    assert [one.view.name for one in house.record().visits[0].photographs] == ["right cheek"]
    house.do("visit.delete", {}, visit=visit.id)
    assert house.record().visits == ()


def test_a_scoring_that_fails_says_why_and_is_tried_again(house: House, tmp_path: Path) -> None:
    house.consent()
    path = entries.photograph(tmp_path)
    saved = house.records.visits.save(
        house.patient, VisitEntry(on=TODAY, note="kept"), [PhotographEntry(path, "chin")]
    )
    file = house.records.visits.file(saved.photographs[0].sha256)
    file.rename(tmp_path / "away")
    house.records.queue.work_off(house.scorer)
    shown = house.show("visit", visit=saved.id)
    assert "Not scored." in shown
    assert "This photograph" in shown
    assert "kept" in shown
    (tmp_path / "away").rename(file)
    house.do("photograph.again", {"photograph": str(saved.photographs[0].id)}, visit=saved.id)
    house.records.queue.work_off(house.scorer)
    assert house.record().visits[0].photographs[0].state == "scored"
    assert "Look at the scars" in house.show("visit", visit=saved.id)
