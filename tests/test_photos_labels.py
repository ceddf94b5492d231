"""Labels of photographs: read from their tables, cut with the pictures, mixed into steps."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install -e '.[training]'")

from drawn_samples import draw_samples  # noqa: E402
from photo_sets import HEIGHT, WIDTH, draw_photos  # noqa: E402

from data.errors import DatasetError, LeakError  # noqa: E402
from data.masks import Classes  # noqa: E402
from inference.network.maps import SURFACE  # noqa: E402
from training.config import AugmentConfig, TrainConfig  # noqa: E402
from training.dataset import TrainingSteps  # noqa: E402
from training.photos.crops import crop, whole  # noqa: E402
from training.photos.labels import ANY_SCAR, class_places, read_labels  # noqa: E402
from training.photos.scales import GradeScales, scales_of  # noqa: E402
from training.photos.shelf import Shelf, maps_of  # noqa: E402
from training.photos.steps import MixedSteps, PhotoCrops, ShardedSteps  # noqa: E402

STILL = AugmentConfig(**dict.fromkeys(AugmentConfig.model_fields, 0.0))


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_photos(tmp_path_factory.mktemp("photos") / "set")


def photo_of(manifest: Path, kind: str):
    labels = read_labels(manifest, manifest.parent / "folds.csv", 1)
    return next(p for p in (*labels.train, *labels.validation) if getattr(p, kind)), labels.classes


def test_every_kind_of_label_is_read_and_photographs_without_any_are_left_out(manifest: Path) -> None:
    labels = read_labels(manifest, manifest.parent / "folds.csv", 1)
    both = (*labels.train, *labels.validation)
    assert {photo.photo_id for photo in both} == {f"p{k:02d}" for k in range(12) if k % 6 != 5}
    assert {photo.photo_id for photo in labels.validation} == {"p02", "p03", "p08", "p09"}
    for kind in ("masks", "boxes", "points", "types"):
        assert sum(bool(getattr(photo, kind)) for photo in both) == 2, kind
    graded = next(photo for photo in both if photo.photo_id == "p04")
    assert ("goodman_baron_qualitative", "two", 2.0) in graded.grades
    assert len(graded.grades) == 3


def test_without_folds_a_fifth_of_the_patients_is_kept_and_a_leak_is_refused(tmp_path: Path) -> None:
    manifest = draw_photos(tmp_path / "set", count=40)
    labels = read_labels(manifest)
    sides = [{photo.patient_id for photo in side} for side in (labels.train, labels.validation)]
    assert sides[1]
    assert not sides[0] & sides[1]
    rows = [
        ["photo_id", "group_id", "fold"],
        *([f"p{k:02d}", k, k % 2] for k in range(40)),
    ]  # two photographs of each patient
    with (tmp_path / "leak.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows(rows)
    with pytest.raises(LeakError, match="patient"):
        read_labels(manifest, tmp_path / "leak.csv", 0)


@pytest.mark.parametrize(
    ("table", "text", "message"),
    [
        ("boxes.csv", "photo_id,rater_id,type,x0_px,y0_px,x1_px,y1_px\np01,,keloid,1,1,5,5\n", "keloid"),
        ("boxes.csv", "photo_id,rater_id,type,x0_px,y0_px,x1_px,y1_px\np01,,,5,5,1,1\n", "must be larger"),
        ("points.csv", "photo_id,rater_id,type,x_px,y_px\np01,,,one,2\n", r"points.csv line 2: x"),
        ("types.csv", "photo_id,rater_id,type\nelsewhere,,boxcar\n", "not in the manifest"),
    ],
)
def test_tables_that_are_wrong_are_refused_by_file_and_line(
    tmp_path: Path, table: str, text: str, message: str
) -> None:
    manifest = draw_photos(tmp_path / "set", count=6)
    (manifest.parent / table).write_text(text)
    with pytest.raises(DatasetError, match=message):
        read_labels(manifest)


def test_mask_classes_become_types_untyped_scars_and_surface() -> None:
    places = class_places(Classes(names=("background", "scar", "rolling", "red")))
    label = np.array([[0, 1, 2, 3, 255]], np.uint8)
    maps = maps_of(label, places)
    assert maps["types"].tolist() == [[0, 255, 3, 255, 255]]
    assert maps["untyped"].tolist() == [[0, 1, 0, 0, 0]]
    red = 1 << SURFACE.index("red")
    assert maps["surface"].tolist() == [[0, 0, 0, red, 0]]
    assert maps["surface_known"].tolist() == [[red, red, red, red, 0]]
    with pytest.raises(DatasetError, match="keloid"):
        class_places(Classes(names=("none", "keloid")))


@pytest.mark.parametrize("turn", [(False, 0), (True, 0), (False, 1), (True, 3)])
def test_boxes_points_and_masks_move_together(tmp_path: Path, turn: tuple[bool, int]) -> None:
    """One pit, labelled in all three ways: whatever is cut, they lie on each other."""
    manifest = draw_photos(tmp_path / "set", count=4, kinds=("mask",))
    root = manifest.parent
    from PIL import Image

    rows, columns = np.nonzero(np.array(Image.open(root / "masks" / "p00.png")))
    x0, y0, x1, y1 = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
    head = "photo_id,rater_id,type,x0_px,y0_px,x1_px,y1_px\n"
    (root / "boxes.csv").write_text(f"{head}p00,,icepick,{x0},{y0},{x1},{y1}\n")
    (root / "points.csv").write_text(
        f"photo_id,rater_id,type,x_px,y_px\np00,,icepick,{(x0 + x1) / 2},{(y0 + y1) / 2}\n"
    )
    photo, classes = photo_of(manifest, "boxes")
    loaded = Shelf(classes, 6.4).get(photo)
    rng = np.random.default_rng(0)
    for sample in (
        whole(loaded, 128, 2, rng, turn),
        *(crop(loaded, 96, 1.5, 2, rng, turn) for _ in range(12)),
    ):
        if sample["boxes"][0, 0] < 0 or sample["points"][0, 0] < 0:
            continue
        left, _, _, bottom = sample["boxes"][0, 1:].tolist()
        lines, across = torch.nonzero(sample["types"] == 1, as_tuple=True)
        if not len(lines):
            continue
        assert left == pytest.approx(int(across.min()), abs=1.6)
        assert bottom == pytest.approx(int(lines.max()) + 1, abs=1.6)
        _, x, y = sample["points"][0].tolist()
        assert sample["types"][int(y), int(x)] == 1


def test_what_lies_beside_the_photograph_is_not_labelled(manifest: Path) -> None:
    photo, classes = photo_of(manifest, "masks")
    sample = whole(Shelf(classes, 6.4).get(photo), 128, 2, np.random.default_rng(0))
    assert sample["image"].shape == (128, 128, 3)
    assert (sample["types"][HEIGHT // 2 :] == 255).all()
    assert sample["inside"].sum() == HEIGHT // 2 * WIDTH // 2
    assert sample["relief_um"].isnan().all()


def test_scars_tell_where_skin_is_and_close_ups_are_all_skin(manifest: Path) -> None:
    photo, classes = photo_of(manifest, "masks")
    bit = 1 << SURFACE.index("skin")
    shares = []
    for close_ups in (False, True):
        sample = whole(Shelf(classes, 6.4, close_ups=close_ups).get(photo), 128, 2, np.random.default_rng(0))
        known = (sample["surface_known"] & bit) > 0
        scar = (sample["types"] > 0) & (sample["types"] < 255)
        assert known[scar].all()
        assert torch.equal(known, (sample["surface"] & bit) > 0)  # nothing is known to be no skin
        assert not known[sample["inside"] == 0].any()
        shares.append(float(known.float().mean() / scar.float().mean()))
    assert 1 < shares[0] < shares[1]
    assert known.sum() == sample["inside"].sum()


def test_clear_boxes_and_complete_boxes_say_where_no_scar_is(tmp_path: Path) -> None:
    manifest = draw_photos(tmp_path / "set", count=4, kinds=("boxes",))
    (manifest.parent / "boxes.csv").write_text(
        "photo_id,rater_id,type,x0_px,y0_px,x1_px,y1_px\np00,,,10,10,40,40\np00,,none,60,60,80,80\n"
    )
    photo, classes = photo_of(manifest, "boxes")
    rng = np.random.default_rng(0)
    plain = whole(Shelf(classes, 6.4).get(photo), 128, 2, rng)
    assert (plain["types"] == 0).sum() == 100  # the clear box alone, at stride 2
    assert plain["boxes"][0, 0] == ANY_SCAR
    complete = whole(Shelf(classes, 6.4, boxes_complete=True).get(photo), 128, 2, rng)
    inside = complete["inside"] == 1
    assert ((complete["types"] == 0) == inside).sum() == complete["types"].numel() - 15 * 15


def test_scales_become_levels_and_severity_goes_to_its_own_head(manifest: Path) -> None:
    scales = scales_of(read_labels(manifest, manifest.parent / "folds.csv", 0).train)
    assert scales.names == ("goodman_baron_qualitative",)
    assert [scales.level("goodman_baron_qualitative", v) for v in (1.0, 4.0)] == [0, len(scales.cuts[0])]
    assert scales.rater("two") == 1
    assert scales.rater("nobody") == -1
    assert GradeScales.SEVERITY not in scales.names


def config_for(manifest: Path, samples: Path | None, **photos: object) -> TrainConfig:
    data = {"crop_px": 64, "batch": 4, "full_tile_px": [96], "workers": 0, "full_tile_every": 5}
    folder = {} if samples is None else {"train": [samples], "validation": [samples]}
    table = {
        "data": data | folder,
        "photos": {"manifest": manifest, "whole_every": 4, "whole_px": 128, **photos},
    }
    return TrainConfig.model_validate(json.loads(json.dumps(table, default=str)))


def steps(config: TrainConfig, shard: int = 0) -> MixedSteps:
    labels = read_labels(config.photos.manifest)
    crops = PhotoCrops(labels, scales_of(labels.train), config.photos, config.augment, 2, 6.4)
    rendered = TrainingSteps(config.data, config.augment, 2, 0, shard) if config.data.train else None
    return MixedSteps(crops, rendered, config, shard)


def test_steps_mix_photographs_and_rendered_samples_in_the_asked_share(
    manifest: Path, tmp_path: Path
) -> None:
    samples = draw_samples(tmp_path / "drawn", count=4, size_px=96)
    mixed = steps(config_for(manifest, samples, share=0.25))
    real = [int(mixed[k]["inside"].flatten(1).any(dim=1).sum()) for k in (0, 1, 2, 5, 6, 8, 10, 12)]
    assert set(real) == {1}
    assert mixed[3]["image"].shape == (1, 3, 128, 128)
    assert mixed[4]["image"].shape == (2, 3, 96, 96)  # whole rendered tiles
    alone = steps(config_for(manifest, None))
    assert alone[0]["inside"].flatten(1).any(dim=1).all()


def test_a_step_is_the_same_again_and_two_shards_are_one_batch(manifest: Path, tmp_path: Path) -> None:
    samples = draw_samples(tmp_path / "drawn", count=4, size_px=96)
    config = config_for(manifest, samples)
    both = ShardedSteps([steps(config, 0), steps(config, 1)])
    for step in (0, 3, 4):
        parts = [steps(config, shard)[step] for shard in (0, 1)]
        together = both[step]
        for name in ("image", "types", "boxes", "level"):
            assert torch.equal(together[name], torch.cat([part[name] for part in parts])), (step, name)
