"""Groups of views: the same relief in all, healed by what they say, labels that move with the picture."""

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from training.dataset import SampleFolder
from training.render.pairs import (
    IDENTITY,
    burden_um,
    draw_affine,
    draw_views,
    healed_scars,
    moved,
    render_views,
)
from training.render.picture import RELIEF_UNKNOWN, UNLABELLED, Picture
from training.render.scene import Scene, draw_scene
from training.render.sheet import beside_real
from training.render.write import ARRAYS, render_dataset

CPU = torch.device("cpu")


def scarred_scene(size_px: int = 96) -> Scene:
    """The first drawn scene with several pits."""
    for seed in range(60):
        scene = draw_scene(seed, size_px, [], CPU)
        if sum(len(table) for table in scene.scars.by_type.values()) >= 4:
            return scene
    raise AssertionError("no scene with scars in 60 seeds")


def test_views_are_drawn_from_the_scene_alone_and_mix_rigs() -> None:
    scene = scarred_scene()
    one, two = (draw_views(scene, 4) for _ in range(2))
    assert [(v.same_rig, v.healed, v.depth_left) for v in one] == [
        (v.same_rig, v.healed, v.depth_left) for v in two
    ]
    assert one[0].scene is scene
    assert {v.same_rig for v in one[1:]} == {True, False}
    for view in one[1:]:
        assert (view.scene.rig.name == scene.rig.name) or not view.same_rig
        assert view.scene.others is scene.others
        assert np.array_equal(view.affine, IDENTITY)


def test_views_show_the_same_relief_and_healed_ones_less_of_it() -> None:
    scene = scarred_scene()
    views = draw_views(scene, 5)
    later, _ = healed_scars(np.random.default_rng(0), scene.scars)
    views = [
        replace(v, healed=k == 4, scene=replace(v.scene, scars=later if k == 4 else scene.scars))
        for k, v in enumerate(views)
    ]
    pictures = render_views(views, CPU)
    first = pictures[0]
    for picture in pictures[1:4]:
        np.testing.assert_array_equal(
            first.relief_um[first.relief_um < 0], picture.relief_um[first.relief_um < 0]
        )
        assert not np.array_equal(first.rgb, picture.rgb)
    assert burden_um(pictures[4].relief_um) < burden_um(first.relief_um)


def test_each_scar_heals_by_its_share() -> None:
    scars = scarred_scene().scars
    later, left = healed_scars(np.random.default_rng(3), scars)
    kept = np.concatenate(
        [
            after.height_um / before.height_um
            for after, before in zip(later.by_type.values(), scars.by_type.values(), strict=True)
            if len(before)
        ]
    )
    assert (kept >= 0.05 - 1e-9).all()
    assert (kept <= 1).all()
    assert 0.05 <= left <= 1
    assert abs(float(kept.mean()) - left) < 0.3


def test_burden_is_the_mean_depth_of_known_skin() -> None:
    relief = np.array([[-100, 50], [-300, RELIEF_UNKNOWN]], np.int16)
    assert burden_um(relief) == pytest.approx(400 / 3)
    assert burden_um(np.full((2, 2), RELIEF_UNKNOWN, np.int16)) == 0.0


def test_labels_move_with_the_picture() -> None:
    zero = np.zeros((60, 60), np.uint8)
    types, rgb = zero.copy(), np.zeros((60, 60, 3), np.uint8)
    types[20:25, 30:35], rgb[20:25, 30:35] = 2, 200
    scar = {"type": "boxcar", "x_px": 32.5, "y_px": 22.5, "width_mm": 2.0, "depth_um": 100.0, "area_px": 25.0}
    relief = np.where(types > 0, -100, 0).astype(np.int16)
    picture = Picture(rgb, types, zero, zero + 255, relief, roughness_sa_um=None, scars=[scar])
    affine = np.array([[1.0, 0, 10], [0, 1.0, -4]])
    there = moved(picture, affine)
    assert (there.types[16:21, 40:45] == 2).all()
    assert (there.rgb[16:21, 40:45] == 200).all()
    assert (there.relief_um[16:21, 40:45] == -100).all()
    assert (there.scars[0]["x_px"], there.scars[0]["y_px"]) == (42.5, 18.5)
    assert (there.types[:, :10] == UNLABELLED).all()
    assert (there.relief_um[56:] == RELIEF_UNKNOWN).all()
    assert (there.surface_known[:, :10] == 0).all()


def test_poses_are_small() -> None:
    rng = np.random.default_rng(0)
    corners = np.array([[0.0, 0, 1], [447, 0, 1], [0, 447, 1], [447, 447, 1]]).T
    for _ in range(200):
        affine = draw_affine(rng, (448, 448))
        assert abs(np.sqrt(np.linalg.det(affine[:, :2])) - 1) <= 0.03 + 1e-9
        assert np.abs(affine @ corners - corners[:2]).max() < 60


def test_a_folder_of_groups_is_read_as_samples_and_does_not_depend_on_workers(tmp_path: Path) -> None:
    for name, workers in (("one", 1), ("two", 2)):
        render_dataset(tmp_path / name, 6, seed=2, size_px=64, workers=workers, views=3, posed=True)
    for array in ARRAYS:
        assert np.array_equal(*(np.load(tmp_path / name / f"{array}.npy") for name in ("one", "two")))
    folder = SampleFolder(tmp_path / "one")
    assert len(folder) == 6
    assert folder.tile(4).rgb.shape == (64, 64, 3)
    assert json.loads((tmp_path / "one" / "meta.json").read_text())["views"] == 3
    assert [(s["group"], s["view"]) for s in folder.samples] == [(g, v) for g in range(2) for v in range(3)]
    assert folder.samples[0]["affine"] == IDENTITY.tolist()
    assert folder.samples[1]["affine"] != IDENTITY.tolist()
    assert all(s["healed_share"] == 0 for s in folder.samples if not s["healed"])


def test_samples_that_do_not_fill_their_groups_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="multiple of 3"):
        render_dataset(tmp_path, 4, seed=0, size_px=64, views=3)


def test_a_sheet_lays_rendered_over_real_pixel_for_pixel(tmp_path: Path) -> None:
    samples, real = tmp_path / "samples", tmp_path / "real"
    samples.mkdir()
    real.mkdir()
    np.save(samples / "rgb.npy", np.full((2, 50, 50, 3), 60, np.uint8))
    with pytest.raises(FileNotFoundError, match="No photographs"):
        beside_real(samples, real, tmp_path / "sheet.png")
    for k in range(2):
        cv2.imwrite(str(real / f"{k}.png"), np.full((30, 20, 3), 200, np.uint8))
    beside_real(samples, real, tmp_path / "sheet.png", rows=2, columns=2, cell_px=40)
    sheet = cv2.imread(str(tmp_path / "sheet.png"))
    assert sheet.shape == (80, 80, 3)
    assert (sheet[:40] == 60).all()
    assert (sheet[40:70, :20] == 200).all()
    assert (sheet[70:] == 0).all()
