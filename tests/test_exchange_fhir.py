"""The FHIR bundle, read back by the models that wrote it and by another library's models of R4 (4.0.1)."""

import base64
import builtins
import io
import json
import sys
from pathlib import Path
from typing import Any

import pypdf
import pytest
from fhir.resources.R4B.bundle import Bundle as BundleR4B
from fhirclient.models.bundle import Bundle as BundleR4
from fhirclient.models.fhirabstractbase import FHIRValidationError
from PIL import Image
from result_folders import (
    build_case,
    comparison_folder,
    hashed,
    measured_comparison,
    series_folder,
    write_photographs,
)
from typer.testing import CliRunner

from inference.cli import app
from inference.exchange.fhir import fhir_bundle
from inference.exchange.fhir_parts import UCUM
from inference.exchange.visits import UNITS, visits_of
from inference.report.make import find_results


def bundle(folder: Path, **more: Any) -> dict[str, Any]:
    results = find_results(folder)
    return json.loads(fhir_bundle(visits_of(results, build_case()), build_case(), "It fell.", **more))


def resources(made: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [e["resource"] for e in made["entry"] if e["resource"]["resourceType"] == kind]


def test_both_libraries_read_it(tmp_path: Path) -> None:
    made = bundle(series_folder(tmp_path))
    assert BundleR4B.model_validate(made).type == "collection"
    read = BundleR4(made)
    assert read.as_json() == made
    kinds = {entry.resource.resource_type for entry in read.entry}
    assert kinds == {
        *("Patient", "Device", "Media", "Observation", "Procedure", "AdverseEvent", "DiagnosticReport")
    }


def test_the_second_reader_would_notice(tmp_path: Path) -> None:
    made = bundle(comparison_folder(tmp_path))
    del resources(made, "Observation")[0]["status"]
    with pytest.raises(FHIRValidationError):
        BundleR4(made)


def test_every_reference_leads_to_an_entry_and_every_entry_is_named_once(tmp_path: Path) -> None:
    made = bundle(series_folder(tmp_path))
    urls = [entry["fullUrl"] for entry in made["entry"]]
    assert len(set(urls)) == len(urls)

    def references(value: Any) -> list[str]:
        if isinstance(value, list):
            return [found for item in value for found in references(item)]
        if isinstance(value, dict):
            own = [value["reference"]] if "reference" in value else []
            return own + [found for item in value.values() for found in references(item)]
        return []

    assert set(references(made)) <= set(urls)
    report = resources(made, "DiagnosticReport")[0]
    assert len(report["result"]) == len(resources(made, "Observation"))
    assert len(report["media"]) == 4


def test_an_observation_says_value_error_change_and_direction(tmp_path: Path) -> None:
    made = bundle(comparison_folder(tmp_path))
    burden = [
        o for o in resources(made, "Observation") if o["code"]["coding"][0]["code"] == "scars.burden_um"
    ]
    after = next(o for o in burden if "interpretation" in o)
    assert after["valueQuantity"] == {
        "value": 20.0,
        "unit": "µm",
        "system": "http://unitsofmeasure.org",
        "code": "um",
    }
    assert after["interpretation"][0]["coding"][0]["code"] == "B"
    assert after["effectiveDateTime"] == "2026-10-02"
    assert after["status"] == "preliminary"
    parts = {c["code"]["coding"][0]["code"]: c["valueQuantity"]["value"] for c in after["component"]}
    assert parts == pytest.approx(
        {"sem": 1, "change": -20, "change-low": -22.77, "change-high": -17.23, "mdc95": 2.77}
    )
    assert "0.1 mm per pixel" in after["method"]["text"]
    assert len(burden) == 4


def test_a_visit_that_does_not_count_is_called_neither_better_nor_worse(tmp_path: Path) -> None:
    made = bundle(series_folder(tmp_path, early=3))
    last = [
        o
        for o in resources(made, "Observation")
        if any("no conclusion" in n["text"] for n in o.get("note", []))
    ]
    assert last
    assert not any("interpretation" in o for o in last)


def test_unknown_figures_are_left_out_and_every_unit_has_a_code(tmp_path: Path) -> None:
    made = bundle(comparison_folder(tmp_path))
    codes = {o["code"]["coding"][0]["code"] for o in resources(made, "Observation")}
    assert "scales.goodman_baron_qualitative" not in codes
    assert set(UNITS.values()) <= set(UCUM)


def test_treatments_and_events_are_told(tmp_path: Path) -> None:
    made = bundle(comparison_folder(tmp_path))
    first, second = resources(made, "Procedure")
    assert first["performedDateTime"] == "2026-03-04"
    assert first["code"]["text"] == "microneedling, motorized pen"
    assert {note["text"] for note in first["note"]} >= {"needle: 1.5 mm", "passes: 4", "combined with: PRP"}
    assert second["bodySite"][0]["text"] == "left cheek"
    assert resources(made, "AdverseEvent")[0]["date"] == "2026-04-01"


def test_a_second_export_names_everything_alike(tmp_path: Path) -> None:
    folder = comparison_folder(tmp_path)
    assert bundle(folder) == bundle(folder)


def test_the_command_shows_photographs_and_the_report(tmp_path: Path) -> None:
    hashes = write_photographs(tmp_path / "photos", ("before.jpg", "after.jpg"))
    folder = comparison_folder(tmp_path / "r", hashed(measured_comparison(), hashes))
    out = tmp_path / "b.json"
    arguments = [
        "export",
        str(folder),
        "--out",
        str(out),
        "--photos",
        str(tmp_path / "photos"),
        "--with-report",
    ]
    run = CliRunner().invoke(app, arguments)
    assert run.exit_code == 0, run.output
    made = json.loads(out.read_text("utf-8"))
    for media in resources(made, "Media"):
        picture = Image.open(io.BytesIO(base64.b64decode(media["content"]["data"])))
        assert picture.size == (media["width"], media["height"]) == (320, 240)
        assert not picture.getexif()
        assert media["identifier"][0]["value"] in hashes.values()
    pdf = base64.b64decode(resources(made, "DiagnosticReport")[0]["presentedForm"][0]["data"])
    assert "Comparison of two photographs" in pypdf.PdfReader(io.BytesIO(pdf)).pages[0].extract_text()


def test_another_photograph_than_the_scored_one_is_refused(tmp_path: Path) -> None:
    write_photographs(tmp_path / "photos", ("before.jpg", "after.jpg"))
    folder = comparison_folder(tmp_path / "r")
    arguments = [
        "export",
        str(folder),
        "--out",
        str(tmp_path / "b.json"),
        "--photos",
        str(tmp_path / "photos"),
    ]
    run = CliRunner().invoke(app, arguments)
    assert run.exit_code == 2
    assert "another photograph" in run.output.replace("\n", " ")
    assert not (tmp_path / "b.json").exists()


@pytest.mark.parametrize(("out", "library"), [("b.json", "fhir"), ("dicom", "highdicom")])
def test_a_missing_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str, library: str
) -> None:
    """As where only the base is installed: the library's own import fails."""
    folder = comparison_folder(tmp_path / "r")
    real = builtins.__import__

    def missing(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.split(".")[0] in ("fhir", "highdicom"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name.split(".")[0])
        return real(name, *args, **kwargs)

    for name in [
        n for n in sys.modules if n.startswith("inference.exchange.") and ("fhir" in n or "dicom" in n)
    ]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(builtins, "__import__", missing)
    arguments = ["export", str(folder), "--out", str(tmp_path / out), "--photos", str(tmp_path)]
    run = CliRunner().invoke(app, arguments)
    assert run.exit_code == 2
    assert f"needs {library}" in run.output
    assert "cicatrix[exchange]" in run.output
