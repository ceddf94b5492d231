"""Entering things on the pages of the records: real records, real photographs, and forms as the browser sends them."""

import io
import re
import shutil
import string
import time
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from data.masks import read_channel
from inference.records.entries import ConsentEntry, PatientEntry, PhotographEntry, TreatmentEntry, VisitEntry
from inference.records.errors import EntryError, NotInRecordsError
from inference.records.facts import PatientRecord, Photograph, Visit
from inference.records.scorer import InstrumentScorer
from inference.web.clinic.clinic import Clinic
from inference.web.clinic.deed import Answer, Deed
from inference.web.clinic.route import Route
from inference.web.clinic.scars_view import shapes_of
from inference.web.clinic.words import LANGUAGES, catalogue
from inference.web.environment import private_environment
from tests.records import clinic as entries
from tests.web_clinic import TODAY, clinic_in


@pytest.fixture(scope="module")
def upload_folder() -> Iterator[Path]:
    with private_environment() as folder:
        yield folder


@pytest.fixture(scope="module")
def scorer(tmp_path_factory: pytest.TempPathFactory) -> InstrumentScorer:
    return entries.scorer(tmp_path_factory.mktemp("bundle"))


class House:
    """The pages of a clinic, asked as the browser asks."""

    def __init__(self, clinic: Clinic, scorer: InstrumentScorer) -> None:
        import gradio as gr

        from inference.web.clinic.pages import build_clinic_pages

        self.clinic, self.records, self.scorer = clinic, clinic.records, scorer
        with gr.Blocks():
            router = build_clinic_pages(clinic)
        self.pages, self._deeds = router._pages, router._deeds
        self.patient = 0

    def request(self, language: str = "en", session: str = "tab", cookie: str = "") -> Any:
        import gradio as gr
        from starlette.requests import Request

        headers = [(b"accept-language", language.encode()), (b"cookie", cookie.encode())]
        return gr.Request(Request({"type": "http", "headers": headers}), session_hash=session)

    def show(self, page: str, request: Any = None, **where: Any) -> str:
        """All pieces of the page as one text."""
        route = Route(page=page, patient=self.patient, **where)  # type: ignore[arg-type]
        updates = self.pages[route.page].show(route, request or self.request())
        return " ".join(value for value in updates.values() if isinstance(value, str))

    def do(self, name: str, values: Mapping[str, Any], request: Any = None, **where: Any) -> Answer:
        page = where.pop("page", "visit")
        route = Route(page=page, patient=self.patient, **where)
        return self._deeds[name](Deed(do=name, route=route, values=dict(values)), request or self.request())

    def drop(self, *paths: Path, session: str = "tab", **where: Any) -> list[str]:
        """Drop copies of files on the visit's page; returns what names them there, once all is looked at."""
        uploads: list[str] = []
        for path in paths:
            place = self.clinic.upload_folder / f"{time.monotonic_ns()}" / path.name
            place.parent.mkdir()
            shutil.copy(path, place)
            uploads.append(str(place))
        page = self.pages["visit"]
        self.show("visit", self.request(session=session), **where)
        shown = [step for step in page._take(uploads, self.request(session=session))][-1]  # type: ignore[attr-defined]
        return re.findall(r'data-key="(u\d+)"', shown[page._cards])[::2]  # type: ignore[attr-defined]

    def consent(self, purpose: Any = "assessment") -> None:
        self.records.patients.consent(self.patient, ConsentEntry(purpose=purpose, given_on=TODAY))

    def record(self) -> PatientRecord:
        return self.records.patients.record(self.patient, TODAY)

    def visit(self, folder: Path, on: date = TODAY, seed: int = 0) -> Visit:
        """A scored visit."""
        path = entries.photograph(folder, seed)
        saved = self.records.visits.save(self.patient, VisitEntry(on=on), [entries.entry(path)])
        self.records.queue.work_off(self.scorer)
        return self.records.visits.get(saved.id)


@pytest.fixture
def house(tmp_path: Path, upload_folder: Path, scorer: InstrumentScorer) -> Iterator[House]:
    with clinic_in(tmp_path / "records", scorer.instruments, upload_folder) as clinic:
        house = House(clinic, scorer)
        house.patient = clinic.records.patients.add(PatientEntry(code="P-0142")).id
        yield house


def confirmed(*keys: str, view: str = "left cheek", **values: str) -> dict[str, str]:
    said = {f"view.{key}": view for key in keys} | {f"sure.{key}": "yes" for key in keys}
    return {"on": str(TODAY), "mm_per_px": str(entries.MM_PER_PX), **said, **values}


# ---- visits ----


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


# ---- treatments ----

PEN = {
    "on": str(TODAY),
    "device": "radiofrequency",
    "needle_length_mm": "1.5",
    "passes": "4",
    "area": "left cheek",
    "energy": "20",
    "energy_unit": "mJ",
    "anaesthetic": "topical",
    "agents[]": ["vitamin C", "minoxidil"],
    "operator": "R. Klein",
    "answer.herpes": "yes",
    "answer.age under 22": "no",
    "answered_by": "Dr. Berger",
}


def test_a_treatment_is_kept_with_the_answers_before_it(house: House) -> None:
    house.do("treatment.save", PEN, page="treatment")
    record = house.record()
    (treatment,) = record.treatments
    assert (treatment.device, treatment.needle_length_mm, treatment.energy) == ("radiofrequency", 1.5, 20)
    assert treatment.agents == ("vitamin C", "minoxidil")
    assert record.checklists[0].treatment_id == treatment.id
    assert record.checklists[0].answers == {"herpes": True, "age under 22": False}
    shown = house.show("treatment")
    assert "2 of 9 questions answered" in shown
    assert "yes: Herpes" in shown
    changed = {**PEN, "device": "peel", "needle_length_mm": "", "answer.herpes": "no"}
    house.do("treatment.save", changed, page="treatment", treatment=treatment.id)
    record = house.record()
    assert (record.treatments[0].device, record.treatments[0].needle_length_mm) == ("peel", None)
    assert record.checklists[0].answers["herpes"] is False
    house.do("treatment.delete", {}, page="treatment", treatment=treatment.id)
    assert house.record().treatments == ()


def test_answers_alone_are_kept_where_nobody_was_treated(house: House) -> None:
    with pytest.raises(EntryError, match="Choose a device"):
        house.do("treatment.save", {"on": str(TODAY)}, page="treatment")
    house.do("treatment.save", {**PEN, "device": ""}, page="treatment")
    record = house.record()
    assert record.treatments == ()
    assert record.checklists[0].treatment_id is None
    house.do("checklist.delete", {"checklist": str(record.checklists[0].id)}, page="treatment")
    assert house.record().checklists == ()


def test_what_cannot_be_is_refused_beside_its_input(house: House) -> None:
    german = house.request("de-AT,de;q=0.9")
    for name, value in (
        ("needle_length_mm", "9"),
        ("passes", "0"),
        ("on", "2027-01-01"),
        ("on", ""),
        ("energy", "-1"),
    ):
        for request, words in (
            (None, r"still to come|Enter a day|Needles|Passes|energy"),
            (german, r"kommt erst|Geben Sie|Nadeln|Durchgänge|Energie"),
        ):
            with pytest.raises(EntryError, match=words) as refused:
                house.do("treatment.save", {**PEN, name: value}, request, page="treatment")
            assert list(refused.value.fields) == [name]
    assert house.record().treatments == ()


def test_events_and_the_plan(house: House) -> None:
    house.do("plan.save", {"starts_on": str(TODAY), "treatments": "3", "weeks_apart": "6"}, page="treatment")
    assert [row.due_on for row in house.record().schedule][1] == TODAY + timedelta(weeks=6)
    house.do("treatment.save", PEN, page="treatment")
    treatment = house.record().treatments[0]
    said = {"kind": "bruising", "starts_on": str(TODAY), "treatment_id": str(treatment.id), "note": "cheek"}
    house.do("event.save", said, page="treatment")
    (event,) = house.record().adverse_events
    with pytest.raises(EntryError, match="ends before it starts"):
        house.do("event.end", {"event": str(event.id), "ends_on": "2026-10-01"}, page="treatment")
    house.do("event.end", {"event": str(event.id), "ends_on": str(TODAY)}, page="treatment")
    assert house.record().adverse_events[0].ends_on == TODAY
    assert "after treatment 1" in house.show("treatment")
    house.do("event.delete", {"event": str(event.id)}, page="treatment")
    house.do("plan.end", {}, page="treatment")
    assert (house.record().adverse_events, house.record().plan) == ((), None)


def test_photographs_give_hints_and_no_answers(house: House, tmp_path: Path) -> None:
    house.consent()
    house.visit(tmp_path)
    shown = house.show("treatment")
    assert re.search(r"left cheek: (no raised scar|\d+ raised scars?) found", shown)
    assert "does not tell acne from other redness" in shown
    assert 'value="yes" checked' not in shown
    assert 'value="no" checked' not in shown


def test_pigment_that_changed_beyond_error_is_offered_as_an_event(house: House, tmp_path: Path) -> None:
    """The comparison's own verdict decides: a change within error gives no hint."""
    from sqlalchemy import update

    from inference.records.tables import ComparisonRow
    from inference.web.clinic.hints import pigment_hints

    house.consent()
    house.visit(tmp_path, TODAY - timedelta(days=60))
    later = entries.photograph(tmp_path, 0, scars=1)
    house.records.visits.save(house.patient, VisitEntry(on=TODAY), [entries.entry(later)])
    house.records.queue.work_off(house.scorer)
    (compared,) = house.record().comparisons
    result = house.records.results.comparison_json(compared.before_id, compared.after_id)
    for verdict, expected in (("within measurement error", 0), ("worse", 1)):
        for metric in result["metrics"]:
            if metric["name"] == "pigment.melanin_index":
                metric |= {"before": 40.0, "after": 46.0, "mdc95": 3.0, "verdict": verdict}
            elif metric["name"].startswith("pigment."):
                metric["verdict"] = "unknown"
        with house.records._store.database.write() as session:
            session.execute(update(ComparisonRow).values(result=result))
        assert len(pigment_hints(house.records, house.record())) == expected
    shown = house.show("treatment")
    assert "melanin index went from 40.0" in shown
    assert "beyond its measurement error of 3.0" in shown
    assert "pigment change" in shown


# ---- the clinician's say ----


@pytest.fixture
def scored(house: House, tmp_path: Path) -> Photograph:
    house.consent()
    return house.visit(tmp_path).photographs[0]


def test_corrections_stand_beside_the_result_and_are_taken_back(house: House, scored: Photograph) -> None:
    assert scored.figures is not None
    before = house.records.results.json(scored.figures.id)
    where: dict[str, Any] = {"page": "scars", "photograph": scored.id}
    about = {"assessment_id": str(scored.figures.id), "author": "Dr. Berger"}
    house.do("scars.retype", {**about, "lesion_id": "1", "scar_type": "raised"}, **where)
    house.do("scars.delete", {**about, "lesion_id": "2"}, **where)
    drawn = {"outline": "[[0.1,0.1],[0.2,0.1],[0.2,0.25]]", "scar_type": "icepick", "author": "Dr. Berger"}
    house.do("scars.draw", drawn, **where)
    shapes = shapes_of(house.records, house.record().visits[0].photographs[0])
    say = {(one.say, one.type, one.lesion_id) for one in shapes}
    kept_type = before["lesions"][1]["type"]
    assert {("retyped", "raised", 1), ("deleted", kept_type, 2), ("drawn", "icepick", None)} < say
    assert all(re.fullmatch(r"(M[\d. -]+Z)+", one.path) for one in shapes)
    shown = house.show("scars", photograph=scored.id)
    assert "raised, corrected by Dr. Berger" in shown
    assert shown.count('class="cx-shape cx-say-') == len(shapes) == 4
    for one in house.records.opinions.corrections(scored.id):
        house.do("scars.undo", {"correction": str(one.id)}, **where)
    shapes = shapes_of(house.records, house.record().visits[0].photographs[0])
    assert [one.say for one in shapes] == ["model"] * 3
    assert house.records.results.json(scored.figures.id) == before


def test_corrections_of_an_earlier_result_are_still_shown(
    house: House, scored: Photograph, tmp_path: Path
) -> None:
    assert scored.figures is not None
    about = {"assessment_id": str(scored.figures.id), "lesion_id": "1", "scar_type": "raised"}
    house.do("scars.retype", about, page="scars", photograph=scored.id)
    newer = entries.scorer(tmp_path, "0.0.2")
    house.records.queue.ask_outdated(newer.model_sha256, "0.0.2")
    house.records.queue.work_off(newer)
    shapes = shapes_of(house.records, house.record().visits[0].photographs[0])
    assert sorted(one.say for one in shapes) == ["model", "model", "model", "retyped"]
    assert len(house.records.results.of(scored.id)) == 2


def test_a_say_that_says_nothing_is_refused(house: House, scored: Photograph) -> None:
    assert scored.figures is not None
    about = {"assessment_id": str(scored.figures.id)}
    for deed, values in (
        ("scars.retype", {**about, "lesion_id": "1"}),
        ("scars.retype", {**about, "lesion_id": "99", "scar_type": "raised"}),
        ("scars.draw", {"outline": "[[0.1,0.1],[0.2,0.1]]", "scar_type": "raised"}),
        ("scars.draw", {"outline": "no outline", "scar_type": "raised"}),
        ("scars.grade", {"gais": "6"}),
        ("scars.grade", {"ecca_atrophic": "7"}),
        ("scars.grade", {"gais": "good"}),
        ("scars.grade", {}),
        ("scars.undo", {"correction": "99"}),
        ("scars.grade.delete", {"grade": "99"}),
    ):
        with pytest.raises((EntryError, NotInRecordsError)):
            house.do(deed, values, page="scars", photograph=scored.id)
    assert house.records.opinions.corrections(scored.id) == ()
    assert house.record().grades == ()


def test_own_values_stand_beside_the_estimates(house: House, scored: Photograph) -> None:
    said = {"goodman_baron_quantitative": "14", "gais": "3", "author": "Dr. Berger"}
    house.do("scars.grade", said, page="scars", photograph=scored.id)
    assert {(one.scale, one.value, one.author) for one in house.record().grades} == {
        ("goodman_baron_quantitative", 14, "Dr. Berger"),
        ("gais", 3, "Dr. Berger"),
    }
    assert "Goodman–Baron quantitative: 14" in house.show("scars", photograph=scored.id)
    grade = house.record().grades[0]
    house.do("scars.grade.delete", {"grade": str(grade.id)}, page="scars", photograph=scored.id)
    assert len(house.record().grades) == 1


def test_labels_are_exported_once_the_patient_agrees_to_training(
    house: House, scored: Photograph, tmp_path: Path
) -> None:
    assert scored.figures is not None
    about = {"assessment_id": str(scored.figures.id)}
    house.do("scars.accept", about, page="scars", photograph=scored.id)
    with pytest.raises(Exception, match="agreed to training"):
        house.do("scars.labels", {}, page="scars", photograph=scored.id)
    assert "Export as training labels" not in house.show("scars", photograph=scored.id)
    house.consent("training")
    answer = house.do("scars.labels", {}, page="scars", photograph=scored.id)
    assert answer.document is not None
    content = house.records.documents.path(answer.document).read_bytes()
    zipfile.ZipFile(io.BytesIO(content)).extractall(tmp_path / "labels")
    (mask,) = (tmp_path / "labels" / "masks").iterdir()
    assert (read_channel(mask) == read_channel(house.records.results.mask(scored.figures.id))).all()


def test_a_photograph_of_another_patient_is_not_shown(house: House, scored: Photograph) -> None:
    house.patient = house.records.patients.add(PatientEntry(code="P-2")).id
    with pytest.raises(NotInRecordsError):
        house.show("scars", photograph=scored.id)


# ---- settings and words ----


def test_names_go_for_good_when_they_are_switched_off(house: House) -> None:
    house.do("settings.names", {"names": "on"}, page="settings")
    named = house.records.patients.add(PatientEntry(code="P-3", name="Anna Muster"))
    assert "Names are kept" in house.show("settings")
    house.do("settings.names", {"names": "off"}, page="settings")
    house.do("settings.names", {"names": "on"}, page="settings")
    assert house.records.patients.record(named.id, TODAY).patient.name is None


def test_what_the_clinic_decides_is_proposed(house: House) -> None:
    said = {"clinic_name": "Derma", "raters": "Dr. Berger\n\nR. Klein", "treatments": "3", "weeks_apart": "6"}
    house.do("settings.clinic", said, page="settings")
    house.do("settings.treatment", {"device": "roller", "needle_length_mm": "0.5"}, page="settings")
    settings = house.records.settings()
    assert (settings.raters, settings.treatments) == (("Dr. Berger", "R. Klein"), 3)
    assert settings.upkeep_months is None
    shown = house.show("treatment")
    assert '<option value="roller" data-needles selected>' in shown
    assert 'name="needle_length_mm" value="0.5"' in shown
    with pytest.raises(EntryError, match=r"0\.25 to 3\.5"):
        house.do("settings.treatment", {"device": "roller", "needle_length_mm": "9"}, page="settings")
    with pytest.raises(EntryError):
        house.do("settings.clinic", {**said, "treatments": "99"}, page="settings")
    assert house.records.settings() == settings


def test_scoring_anew_adds_results(house: House, scored: Photograph, tmp_path: Path) -> None:
    assert "0 photographs" in house.do("settings.rescore", {}, page="settings").said
    newer = entries.scorer(tmp_path, "0.0.2")
    pages = House(replace(house.clinic, instruments=newer.instruments), newer)
    pages.patient = house.patient
    assert "Photographs that this version has not scored</dt><dd>1" in pages.show("settings")
    assert pages.do("settings.rescore", {}, page="settings").said == "1 photograph is being scored."
    house.records.queue.work_off(newer)
    assert [one.model_version for one in house.records.results.of(scored.id)] == ["0.0.1", "0.0.2"]


def test_both_languages_say_everything() -> None:
    texts = {language: catalogue(language).texts for language in LANGUAGES}
    assert texts["en"].keys() == texts["de"].keys()
    for key, text in texts["en"].items():
        places = [
            sorted({name for _, name, _, _ in string.Formatter().parse(one) if name})
            for one in (text, texts["de"][key])
        ]
        assert places[0] == places[1], key


def test_pages_are_in_the_language_that_the_browser_asks_for(house: House, scored: Photograph) -> None:
    house.records.care.add_treatment(house.patient, TreatmentEntry(on=TODAY, device="manual pen"))
    visit = house.record().visits[0].id
    german = {
        "visit": "Schon gesicherte Fotos",
        "treatment": "Neigung zu Keloiden",
        "scars": "Ihr Urteil",
        "settings": "Übliche Behandlung",
    }
    for page, words in german.items():
        where = {"visit": {"visit": visit}, "scars": {"photograph": scored.id}}.get(page, {})
        assert words in house.show(page, house.request("de-AT,de;q=0.9,en;q=0.5"), **where)
        assert words not in house.show(page, house.request("fr"), **where)
        assert words in house.show(page, house.request("en", cookie="cx_language=de"), **where)
