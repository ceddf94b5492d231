"""The pages of the records on a real database: the router, the list, one patient, papers; in two languages."""

import base64
import io
import re
import string
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from inference.records.entries import PlanEntry, TreatmentEntry
from inference.records.facts import ClinicSettings, SparkPoint
from inference.records.records import Records
from inference.records.scorer import InstrumentScorer
from inference.web.clinic.papers import PaperError, Papers
from inference.web.clinic.route import Route, RouteError, read_route
from inference.web.clinic.spark import spark_svg
from inference.web.clinic.words import LANGUAGES, catalogue
from inference.web.environment import private_environment
from tests.records import clinic as entries
from tests.web_clinic import TODAY, Tab, clinic_in

BASELINE = TODAY - timedelta(days=200)


@pytest.fixture(scope="module")
def upload_folder() -> Iterator[Path]:
    with private_environment() as folder:
        yield folder


@pytest.fixture(scope="module")
def scorer(tmp_path_factory: pytest.TempPathFactory) -> InstrumentScorer:
    return entries.scorer(tmp_path_factory.mktemp("bundle"))


@pytest.fixture
def clinic(tmp_path: Path, scorer: InstrumentScorer, upload_folder: Path) -> Iterator[Any]:
    with clinic_in(tmp_path / "records", scorer.instruments, upload_folder) as clinic:
        yield clinic


@pytest.fixture
def tab(clinic: Any) -> Tab:
    return Tab(clinic)


@pytest.fixture(scope="module")
def measured(
    tmp_path_factory: pytest.TempPathFactory, scorer: InstrumentScorer, upload_folder: Path
) -> Iterator[tuple[Any, Tab, int]]:
    """A clinic with one measured patient, P-0142, and one without a visit; for tests that change neither."""
    folder = tmp_path_factory.mktemp("measured")
    with clinic_in(folder / "records", scorer.instruments, upload_folder) as clinic:
        patient = add_series(clinic.records, folder, scorer)
        entries.patient(clinic.records, "P-0007")
        yield clinic, Tab(clinic), patient


def add_series(records: Records, folder: Path, scorer: InstrumentScorer, visits: int = 3) -> int:
    """A patient with up to three measured visits, two treatments and a plan of three."""
    patient = entries.patient(records)
    for k, (days, scars) in enumerate(((0, 12), (42, 9), (84, 2))[:visits]):
        on = BASELINE + timedelta(days=days)
        entries.visit(records, patient.id, [entries.photograph(folder, 3, scars)], on, note=f"visit {k}")
    records.care.plan(patient.id, PlanEntry(starts_on=BASELINE, treatments=3, weeks_apart=6))
    for days in (0, 42):
        on = BASELINE + timedelta(days=days)
        records.care.add_treatment(patient.id, TreatmentEntry(on=on, device="roller", needle_length_mm=1.5))
    records.queue.work_off(scorer)
    return patient.id


@pytest.mark.parametrize(
    "text", ["{}", '{"page":"secrets"}', '{"page":"patient","patient":"x"}', '{"page":"patient","evil":1}']
)
def test_only_routes_of_ours_are_followed(text: str, measured: tuple[Any, Tab, int]) -> None:
    _, tab, _ = measured
    with pytest.raises(RouteError):
        read_route(text)
    assert "There is no such page" in tab._router._show(text, tab._request)[tab._router._here]


def test_a_route_fills_its_own_page_alone(measured: tuple[Any, Tab, int]) -> None:
    _, tab, _ = measured
    shown = tab.go("patients")
    assert set(shown) == {"cx-patients-head", "cx-patients", "cx-here"}
    assert 'data-n="7"' in shown["cx-here"]
    assert set(tab.go("patients", renew=True)) == {"cx-patients", "cx-here"}  # nothing that is typed into


def test_what_is_not_in_the_records_is_said(measured: tuple[Any, Tab, int]) -> None:
    _, tab, _ = measured
    shown = tab.go("patient", patient=99)
    assert set(shown) == {"cx-here"}
    assert "data-failed" in shown["cx-here"]
    assert "no longer, in the records" in shown["cx-here"]


def test_a_patient_is_added_with_consents_and_opened(clinic: Any, tab: Tab) -> None:
    tab.go("patients")
    answer = tab.do(
        "patient.add", code=" P-7 ", note="first\nsecond", **{"purposes[]": ["assessment", "teaching"]},
        given_on=TODAY.isoformat(),
    )  # fmt: skip
    assert answer.go == Route(page="patient", patient=1)
    record = clinic.records.patients.record(1)
    assert record.patient.code == "P-7"
    assert [consent.purpose for consent in record.consents] == ["assessment", "teaching"]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"code": " "}, "code"),
        ({"code": "p-0142"}, "code"),
        ({"code": "P-8", "name": "Rosa"}, "name"),
        ({"code": "P-8", "purposes[]": ["assessment"], "given_on": ""}, "given_on"),
    ],
)
def test_what_cannot_be_added_is_told_by_field_and_nothing_is_kept(
    values: dict[str, Any], field: str, clinic: Any, tab: Tab
) -> None:
    entries.patient(clinic.records)
    answer = tab.do("patient.add", **values)
    assert list(answer.fields) == [field]
    assert answer.go is None
    assert clinic.records.patients.page().total == 1


def test_the_list_tells_what_is_due_and_what_changed(measured: tuple[Any, Tab, int]) -> None:
    _, tab, _ = measured
    page = tab.go("patients")["cx-patients"]
    assert page.index("P-0007") < page.index("P-0142")
    assert "3rd treatment" in page
    assert "overdue" in page
    assert page.count('<svg class="cx-spark"') == 1
    by_due = tab.go("patients", sort="due")["cx-patients"]
    assert by_due.index("P-0142") < by_due.index("P-0007")
    assert 'aria-sort="ascending"' in by_due
    assert "P-0142" not in tab.go("patients", search="0007")["cx-patients"]
    assert "<script" not in tab.go("patients", search="<script>")["cx-patients"]


def test_names_are_searched_only_where_they_are_kept(clinic: Any, tab: Tab) -> None:
    clinic.records.decide(ClinicSettings(keep_names=True))
    tab.do("patient.add", code="P-9", name="Rosa Luz")
    assert "Rosa Luz" in tab.go("patients", search="luz")["cx-patients"]
    clinic.records.decide(ClinicSettings(keep_names=False))
    assert "P-9" not in tab.go("patients", search="luz")["cx-patients"]


def test_a_patient_reads_from_the_finding_to_the_files(measured: tuple[Any, Tab, int]) -> None:
    _, tab, patient = measured
    shown = tab.go("patient", patient=patient)
    live, side = shown["cx-patient-live"], shown["cx-patient-side"]
    finding = re.search(r"<h1>(.*?)</h1>", live)
    assert finding
    assert "lower than on 30 Mar 2026" in finding[1]
    assert "measurement error" in finding[1]
    assert live.count('class="cx-figure"') == 6
    assert live.count("<title>Scar burden, µm</title>") == 2
    treatments = re.search(r'data-chart="scars-burden_um".*?</figure>', live)
    assert treatments
    assert treatments[0].count('fill="#D55E00"') == 2 * (
        2 + 1
    )  # wide and narrow; two treatments and the legend
    assert live.count('name="cx-pick"') == 3
    assert live.count(" checked aria-label") == 2  # the baseline and the last visit that counts
    assert "3rd treatment" in live  # planned
    assert "http" not in re.sub(r'xmlns="[^"]*"', "", live + side)
    assert "data-renew" not in live
    for text in ("1st treatment", "visit 2", "Assessment", "all visits, left cheek"):
        assert text in side


def test_a_photograph_soon_after_a_treatment_is_marked(clinic: Any, tab: Tab, tmp_path: Path) -> None:
    patient = entries.patient(clinic.records)
    clinic.records.care.add_treatment(patient.id, TreatmentEntry(on=BASELINE, device="laser"))
    on = BASELINE + timedelta(days=3)
    entries.visit(clinic.records, patient.id, [entries.photograph(tmp_path)], on)
    live = tab.go("patient", patient=patient.id)["cx-patient-live"]
    assert "Too early to judge: 3 days after a treatment" in live
    assert "data-renew" in live  # it waits to be measured
    assert "1 photograph to be measured" in live


def test_a_photograph_that_cannot_be_measured_says_why_and_can_be_asked_for_again(
    clinic: Any, tab: Tab, scorer: InstrumentScorer, tmp_path: Path
) -> None:
    patient = entries.patient(clinic.records)
    visit = entries.visit(clinic.records, patient.id, [entries.photograph(tmp_path)])
    clinic.records.visits.file(visit.photographs[0].sha256).write_bytes(b"damaged")
    clinic.records.queue.work_off(scorer)
    live = tab.go("patient", patient=patient.id)["cx-patient-live"]
    assert "No photograph of this view could be measured" in live
    assert "Measure again" in live
    assert tab.do("photograph.ask", photograph=str(visit.photographs[0].id)).said
    assert clinic.records.queue.waiting() == 1


def test_consents_are_added_and_withdrawn(clinic: Any, tab: Tab, tmp_path: Path) -> None:
    patient = entries.patient(clinic.records).id
    entries.visit(clinic.records, patient, [entries.photograph(tmp_path)])
    assert "data:image" in tab.go("patient", patient=patient)["cx-patient-live"]
    assert tab.do("consent.add", purpose="training", given_on=TODAY.isoformat()).said
    consent = clinic.records.patients.record(patient).consents[0]
    assert tab.do("consent.withdraw", consent=str(consent.id), withdrawn_on="2020-01-01").fields
    assert tab.do("consent.withdraw", consent=str(consent.id), withdrawn_on=TODAY.isoformat()).said
    live = tab.go("patient", patient=patient)["cx-patient-live"]
    assert "data:image" not in live
    assert "no photograph" in live
    assert list(clinic.records._store.files.kept()) == []


def test_a_patient_is_deleted_only_with_the_code_typed(clinic: Any, tab: Tab) -> None:
    patient = entries.patient(clinic.records)
    tab.go("patient", patient=patient.id)
    assert list(tab.do("patient.delete", typed="P-0143").fields) == ["typed"]
    assert clinic.records.patients.page().total == 1
    assert tab.do("patient.delete", typed="p-0142").go == Route(page="patients")
    assert clinic.records.patients.page().total == 0


def test_two_photographs_are_compared_from_the_records(measured: tuple[Any, Tab, int]) -> None:
    clinic, tab, patient = measured
    first, _, last = (visit.photographs[0].id for visit in clinic.records.patients.record(patient).visits)
    where = {"patient": patient, "photograph": last, "other": first}  # in whatever order they were picked
    waiting = tab.go("pair", **where)
    assert 'data-renew="0"' in waiting["cx-pair"]
    assert "lower than on 30 Mar 2026" in waiting["cx-pair"]
    result = tab.go("pair", **where, renew=True)
    assert set(result) == {"cx-pair", "cx-here"}
    assert "<figcaption>30 Mar 2026</figcaption>" in result["cx-pair"]
    other = clinic.records.patients.find("P-0007").id
    assert "data-failed" in tab.go("pair", patient=other, photograph=first, other=last)["cx-here"]


def test_papers_are_made_handed_out_in_parts_and_go_with_the_patient(
    clinic: Any, tab: Tab, scorer: InstrumentScorer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inference.web.clinic.desk._PART_BYTES", 50_000)
    patient = add_series(clinic.records, tmp_path, scorer, visits=2)
    tab.go("patient", patient=patient)
    working = set((tmp_path / "records" / "working").iterdir())  # the place of what is not yet saved
    view = clinic.records.patients.record(patient).views[0].id
    papers = {}
    for form in ("pdf", "csv", "dicom"):
        answer = tab.do("paper.make", what=f"series-{view}", format=form)
        assert answer.document, answer.error
        papers[form] = clinic.records.documents.get(answer.document)
    content = clinic.records.documents.path(papers["pdf"].id).read_bytes()
    received, more = b"", True
    while more:
        part = tab.do("document.part", document=str(papers["pdf"].id), offset=str(len(received)))
        assert part.said == f"application/pdf {papers['pdf'].name}"
        assert part.part is not None
        received, more = received + base64.b64decode(part.part), part.more
    assert received == content
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    assert "P-0142" in text
    assert "30 Mar 2026" in text
    with zipfile.ZipFile(clinic.records.documents.path(papers["dicom"].id)) as archive:
        assert len(archive.namelist()) == 6  # photograph, segmentation and report of each visit
    assert set((tmp_path / "records" / "working").iterdir()) == working
    assert tab.do("paper.delete", document=str(papers["csv"].id)).said
    clinic.records.patients.delete(patient)
    assert list(clinic.records._store.files.kept()) == []


def test_all_views_make_one_table_and_nothing_else(measured: tuple[Any, Tab, int]) -> None:
    clinic, _, patient = measured
    table = Papers(clinic).table(patient, "csv")
    lines = clinic.records.documents.path(table.id).read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("patient,visit")
    assert any("left cheek" in line and "scars.burden_um" in line for line in lines)
    with pytest.raises(PaperError, match="CSV or Parquet"):
        Papers(clinic).table(patient, "pdf")


def test_both_languages_have_the_same_words_and_places() -> None:
    english, german = (catalogue(language).texts for language in LANGUAGES)
    assert set(english) == set(german)
    for key, text in english.items():
        places = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
        assert places == {
            name for _, name, _, _ in string.Formatter().parse(german[key]) if name is not None
        }, key


def test_the_pages_speak_german_where_the_browser_does(measured: tuple[Any, Tab, int]) -> None:
    clinic, _, patient = measured
    tab = Tab(clinic, "fr, de-AT;q=0.8, en;q=0.5")
    assert "Neuer Patient" in tab.go("patients")["cx-patients-head"]
    shown = tab.go("patient", patient=patient)
    assert "niedriger als am 30. März 2026" in shown["cx-patient-live"]
    assert ">Behandlung</text>" in shown["cx-patient-live"]


def test_numbers_are_written_as_the_language_has_them() -> None:
    english, german = catalogue("en"), catalogue("de")
    assert (english.number(1.25, 1), german.number(1.25, 1)) == ("1.2", "1,2")
    assert (english.signed(-0.2), english.signed(3.0), english.signed(-3.0)) == ("0", "+3", "−3")
    assert english.number(None) == "–"
    assert (english.nth(2), german.nth(2), english.nth(13)) == ("2nd", "2.", "13th")


def test_the_little_curve_says_in_words_what_it_shows() -> None:
    def point(day: int, percent: float | None, verdict: str | None) -> SparkPoint:
        return SparkPoint(on=date(2026, 1, day), burden_um=20.0, verdict=verdict, percent=percent)

    points = [
        point(1, 0.0, None),
        point(5, -10.0, "within measurement error"),
        point(9, None, None),
        point(12, -40.0, "improved"),
    ]
    svg = spark_svg(points, "left cheek", catalogue("en"))
    assert svg.count("<circle") == 3
    assert svg.count('fill="#0072b2"') == 1
    assert "−40 % on 12 Jan 2026, improved, beyond measurement error" in svg
    assert "<rect" in spark_svg([point(1, 0.0, None), point(5, 30.0, "worse")], "x", catalogue("en"))
    assert spark_svg([], "x", catalogue("en")) == ""


def test_a_renewal_answers_with_what_changes_by_itself_alone(measured: tuple[Any, Tab, int]) -> None:
    _, tab, patient = measured
    assert set(tab.go("patient", patient=patient, renew=True)) == {"cx-patient-live", "cx-here"}


def test_a_deed_that_no_page_of_ours_asks_for_is_refused(measured: tuple[Any, Tab, int]) -> None:
    _, tab, _ = measured
    assert tab.do("drop.everything").error
