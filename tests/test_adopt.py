"""A bundle of one's own: exported, calibrated on photographs, seen beside the old one, adopted, and used by name."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

torch = pytest.importorskip("torch", reason="training needs torch: pip install -e '.[training]'")

from photo_sets import draw_photos  # noqa: E402

from data.errors import DatasetError  # noqa: E402
from data.manifest import read_manifest, write_manifest  # noqa: E402
from inference.cli import app as cicatrix  # noqa: E402
from inference.errors import BundleError  # noqa: E402
from inference.network import bundle as bundles  # noqa: E402
from inference.network.bundle import bundle_folder, default_bundle_folder, load_bundle  # noqa: E402
from models.network import ExportedScarNet, ScarNet  # noqa: E402
from training.adopt import adopt, look_at_both, photographs_in, write_page  # noqa: E402
from training.calibrate.photos import calibrate_on_photos, scars_of  # noqa: E402
from training.calibrate.repeats import unchanged_pairs  # noqa: E402
from training.checkpoint import network_of, provenance, take_over  # noqa: E402
from training.cli import app as cicatrix_train  # noqa: E402
from training.config import PhotosConfig  # noqa: E402
from training.export import Plan as BundlePlan  # noqa: E402
from training.export import describe, started_from, training_facts, validation_metrics  # noqa: E402
from training.learner import labels_of  # noqa: E402
from training.plan import plan  # noqa: E402
from training.record import rewrite  # noqa: E402

SHIPPED = bundles.BUNDLES_FOLDER / "atrophic-0.2.3"
OTHER = bundles.BUNDLES_FOLDER / "atrophic-0.1.0"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place for bundles that holds the shipped one."""
    folder = tmp_path / "bundles"
    shutil.copytree(SHIPPED, folder / SHIPPED.name)
    monkeypatch.setattr(bundles, "BUNDLES_FOLDER", folder)
    monkeypatch.delenv("CICATRIX_BUNDLE", raising=False)
    return folder


def renamed(folder: Path, name: str) -> Path:
    """A copy of the small shipped bundle under another name, valid in all."""
    copy = folder / f"{name}-2.0.0"
    shutil.copytree(OTHER, copy)
    description = json.loads((copy / "model.json").read_text())
    (copy / "model.json").write_text(json.dumps(description | {"name": name, "version": "2.0.0"}))
    return copy


def test_the_weights_of_the_shipped_bundle_are_those_of_its_graph() -> None:
    """Training goes on from weights.pt; the graph's own are folded with its norms. Both see the check picture alike:
    what is left is the rounding to half precision, 2^-11 of every weight."""
    network = ScarNet(network_of(SHIPPED))
    take_over(network, SHIPPED)
    picture = (
        torch.from_numpy(np.load(SHIPPED / "check_input.npy").transpose(0, 3, 1, 2).copy()).float() / 255
    )
    with torch.inference_mode():
        seen = ExportedScarNet(network).eval()(picture)
    with np.load(SHIPPED / "check_output.npz") as stored:
        types, relief = stored["types"], stored["relief_um"]
    assert np.abs(seen[0].numpy() - types).max() < 0.02
    assert np.abs(seen[2].numpy() - relief).max() < 0.02 * np.abs(relief).max()


def test_a_bundle_of_another_name_is_used_when_it_is_named_or_adopted(place: Path, tmp_path: Path) -> None:
    clinic = renamed(place, "clinic")
    assert default_bundle_folder().name == SHIPPED.name
    assert bundle_folder("clinic") == clinic
    assert bundle_folder("clinic-2.0.0") == clinic
    assert bundle_folder(str(clinic)) == clinic
    with pytest.raises(BundleError, match=re.escape(f"{SHIPPED.name}, clinic-2.0.0")):
        bundle_folder("elsewhere")
    photo = draw_photos(tmp_path / "photos", count=2).parent / "images" / "p00.png"
    scored = CliRunner().invoke(
        cicatrix, ["score", str(photo), "--out", str(tmp_path / "out"), "--bundle", "clinic"]
    )
    assert scored.exit_code == 0, scored.output
    assert json.loads((tmp_path / "out" / "p00.json").read_text())["model"]["name"] == "clinic"
    wrong = CliRunner().invoke(
        cicatrix, ["score", str(photo), "--out", str(tmp_path / "out"), "--bundle", "no"]
    )
    assert wrong.exit_code == 2


def test_adopting_installs_a_bundle_and_makes_it_the_default(place: Path, tmp_path: Path) -> None:
    clinic = renamed(tmp_path, "clinic")
    assert adopt(clinic) == place / "clinic-2.0.0"
    assert default_bundle_folder() == place / "clinic-2.0.0"
    adopt(place / SHIPPED.name)
    assert default_bundle_folder() == place / SHIPPED.name


def test_an_adoption_is_undone_and_its_bundle_can_still_be_named(place: Path, tmp_path: Path) -> None:
    adopt(renamed(tmp_path, "clinic"))
    undone = CliRunner().invoke(cicatrix_train, ["adopt", "--undo"])
    assert undone.exit_code == 0, undone.output
    assert undone.stdout == f"{SHIPPED.name} is used; clinic-2.0.0 stays installed and can be named.\n"
    assert default_bundle_folder() == place / SHIPPED.name
    assert bundle_folder("clinic") == place / "clinic-2.0.0"
    again = CliRunner().invoke(cicatrix_train, ["adopt", "--undo"])
    assert again.exit_code == 0
    assert "none was adopted" in again.stdout
    assert CliRunner().invoke(cicatrix_train, ["adopt", "--undo", "--yes"]).exit_code == 2
    assert CliRunner().invoke(cicatrix_train, ["adopt"]).exit_code == 2


def test_a_bundle_whose_check_pair_fails_is_refused(place: Path, tmp_path: Path) -> None:
    """Every file is as model.json says, but the network does not give what it gave where it was exported."""
    clinic = renamed(tmp_path, "clinic")
    with np.load(clinic / "check_output.npz") as stored:
        outputs = dict(stored)
    outputs["types"] = outputs["types"][:, ::-1]
    np.savez(clinic / "check_output.npz", **outputs)
    description = json.loads((clinic / "model.json").read_text())
    del description["files"]["check_output.npz"]
    (clinic / "model.json").write_text(json.dumps(description))
    photos = draw_photos(tmp_path / "photos", count=1)
    asked = ["adopt", str(clinic), "--photos", str(photos), "--page", str(tmp_path / "page.html"), "--yes"]
    refused = CliRunner().invoke(cicatrix_train, asked)
    assert refused.exit_code == 2
    assert "does not reproduce its check picture" in refused.output
    assert not (tmp_path / "page.html").exists()
    assert default_bundle_folder().name == SHIPPED.name
    assert not (place / clinic.name).exists()


def test_both_bundles_are_shown_side_by_side(place: Path, tmp_path: Path) -> None:
    clinic = renamed(tmp_path, "clinic")
    photos = draw_photos(tmp_path / "photos", count=3)
    (photos.parent / "images" / "note.txt").write_text("no photograph")
    seen = look_at_both(photographs_in(photos.parent / "images"), place / SHIPPED.name, clinic)
    assert len(seen) == 3
    assert all(one.agreement is None or 0 <= one.agreement <= 1 for one in seen)
    write_page(tmp_path / "page.html", seen, place / SHIPPED.name, clinic)
    page = (tmp_path / "page.html").read_text()
    assert page.count("data:image/jpeg;base64,") == 6
    assert "clinic 2.0.0" in page
    assert not re.search(r"""(?:src|href)=["']https?:""", page)
    assert [path.name for path in photographs_in(photos)] == ["p00.png", "p01.png", "p02.png"]


def test_the_card_of_a_tuned_run_says_what_it_was_made_of(place: Path, tmp_path: Path) -> None:
    """Of a run from another bundle, before and after calibration on photographs that it did not see."""
    manifest = draw_photos(tmp_path / "photos", count=12, kinds=("mask",))
    folds = manifest.parent / "folds.csv"
    tuned = tmp_path / "clinic-2.0.0"
    shutil.copytree(SHIPPED, tuned)
    photos = PhotosConfig(manifest=manifest, folds=folds, fold=1)
    config = plan(str(SHIPPED), photos)
    state = {
        "config": config.model_dump(mode="json"),
        "step": 9,
        "best_step": 7,
        "elapsed_s": 60.0,
        "provenance": provenance((), photos, labels_of(config)),
    }
    figures = {"photos_scar_auc": 0.9, "photos_loss": 0.5}
    facts = training_facts(state, parameters=1000)
    description = describe("clinic", "2.0.0", BundlePlan(), facts, validation_metrics(figures))
    description = started_from(description, str(SHIPPED))
    assert description.thresholds.scar == load_bundle(SHIPPED).description.thresholds.scar
    assert not description.errors  # those of other weights say nothing of these
    rewrite(tuned, description)
    choices = calibrate_on_photos(tuned, manifest, folds, 1)
    after, card = load_bundle(tuned).description, (tuned / "card.md").read_text()
    assert choices["scar"] is not None
    assert after.thresholds.scar == choices["scar"].threshold
    assert after.relief_gain == description.relief_gain
    for said in (
        "8 labelled photographs of 4 patients",
        "masks 8",
        "started from atrophic 0.2.3",
        "7 steps",
        "on 4 labelled photographs of 2 patients that training did not see",
        "encoder.stages.0, encoder.stages.1 stayed as they were",
    ):
        assert said in card, said
    assert "No photograph of a real acne scar" not in card
    assert "patient-" not in (tuned / "model.json").read_text()


def test_scars_of_a_mask_are_listed_one_by_one() -> None:
    types = np.zeros((40, 40), np.uint8)
    types[4:10, 4:10] = 1
    types[20:30, 20:30] = 2
    types[20:30, 30:34] = 3  # of another type, it touches
    scars = scars_of(types, px_per_mm=10.0)
    assert [scar["type"] for scar in scars] == ["icepick", "boxcar", "rolling"]
    assert scars[0]["x_px"] == pytest.approx(6.5)
    assert scars[1]["width_mm"] == pytest.approx(2 * (100 / np.pi) ** 0.5 / 10)


def test_pairs_of_one_visit_are_unchanged_skin(tmp_path: Path) -> None:
    manifest = draw_photos(tmp_path / "photos", count=4, kinds=("mask",))
    rows = [
        row.model_copy(update={"session_index": 0, "split": "validation" if k < 2 else "train"})
        for k, row in enumerate(read_manifest(manifest))
    ]
    write_manifest(manifest, rows)
    pairs = unchanged_pairs(manifest)
    assert [(pair.first.name, pair.second.name, pair.name) for pair in pairs] == [
        ("p00.png", "p01.png", "patient-0")
    ]
    write_manifest(manifest, [rows[0], rows[1].model_copy(update={"session_index": 1}), *rows[2:]])
    assert not unchanged_pairs(manifest)


def test_photographs_without_masks_cannot_choose_thresholds(tmp_path: Path) -> None:
    manifest = draw_photos(tmp_path / "photos", count=12, kinds=("types",))
    with pytest.raises(DatasetError, match="has a mask"):
        calibrate_on_photos(SHIPPED, manifest)
