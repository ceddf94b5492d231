"""A clinic's pages for one test, with one patient."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from house import House

from inference.records.entries import PatientEntry
from inference.records.facts import Photograph
from inference.records.scorer import InstrumentScorer
from inference.web.environment import private_environment
from tests.records import clinic as entries
from tests.web_clinic import clinic_in


@pytest.fixture(scope="module")
def upload_folder() -> Iterator[Path]:
    with private_environment() as folder:
        yield folder


@pytest.fixture(scope="module")
def scorer(tmp_path_factory: pytest.TempPathFactory) -> InstrumentScorer:
    return entries.scorer(tmp_path_factory.mktemp("bundle"))


@pytest.fixture
def house(tmp_path: Path, upload_folder: Path, scorer: InstrumentScorer) -> Iterator[House]:
    with clinic_in(tmp_path / "records", scorer.instruments, upload_folder) as clinic:
        house = House(clinic, scorer)
        house.patient = clinic.records.patients.add(PatientEntry(code="P-0142")).id
        yield house


@pytest.fixture
def scored(house: House, tmp_path: Path) -> Photograph:
    house.consent()
    return house.visit(tmp_path).photographs[0]
