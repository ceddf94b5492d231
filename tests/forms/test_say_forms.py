"""The clinician's say beside the model's result, and its way out as labels."""

import io
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from house import House

from data.masks import read_channel
from inference.records.entries import PatientEntry
from inference.records.errors import EntryError, NotInRecordsError
from inference.records.facts import Photograph
from inference.web.clinic.scars_view import shapes_of
from tests.records import clinic as entries


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
