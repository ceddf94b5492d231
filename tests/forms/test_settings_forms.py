"""What the clinic decides, and the languages of the pages."""

import string
from dataclasses import replace
from pathlib import Path

import pytest
from house import House

from inference.records.entries import PatientEntry, TreatmentEntry
from inference.records.errors import EntryError
from inference.records.facts import Photograph
from inference.web.clinic.words import LANGUAGES, catalogue
from tests.records import clinic as entries
from tests.web_clinic import TODAY


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
