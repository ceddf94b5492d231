"""The renderer: geometry that is known by arithmetic, light from the right side, the same picture from one seed."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from inference.network.maps import SURFACE, TYPES
from training.render.blobs import Blobs, draw_blobs
from training.render.camera import linear_to_srgb, srgb_to_linear
from training.render.canvas import Canvas
from training.render.grade import true_scales
from training.render.light import Lamp, Rig, shade
from training.render.marks import places_on
from training.render.picture import RELIEF_UNKNOWN, UNLABELLED, render
from training.render.scars import ATROPHIC, WIDTH_MM, draw_scars
from training.render.scene import draw_scene
from training.render.skin import albedo
from training.render.stamp import DEEPEST_UM, soft_cap, stamp_height, stamp_inside
from training.render.write import ARRAYS, contact_sheet, render_dataset

CPU = torch.device("cpu")
PX_PER_MM = 10.0
SHAPE = (96, 96)


def one_blob(height_um: float, diameter_mm: float = 4.0) -> Blobs:
    """A round blob in the middle of the tile, wall and cone of shape 1."""
    rng = np.random.default_rng(0)
    middle = np.array([[4.8, 4.8]])
    blob = draw_blobs(
        rng,
        middle,
        np.array([diameter_mm]),
        np.array([height_um]),
        elongation=0.0,
        irregular=0.0,
        edge=(0.05, 0.05),
        power=(1.0, 1.0),
    )
    return blob


def test_cone_has_the_volume_of_a_cone() -> None:
    height = stamp_height("icepick", one_blob(-300.0), SHAPE, PX_PER_MM, CPU)
    volume_mm3 = -float(height.clamp(max=0).sum()) / 1000 / PX_PER_MM**2
    cone_mm3 = math.pi * 2.0**2 * 0.3 / 3
    assert volume_mm3 == pytest.approx(cone_mm3, rel=0.03)


def test_rolling_hollow_has_its_depth_in_the_middle_and_ends_softly() -> None:
    height = stamp_height("rolling", one_blob(-200.0), SHAPE, PX_PER_MM, CPU)
    assert float(height.min()) == pytest.approx(-200.0, rel=0.01)
    assert abs(float(height[48, 48 + 26])) < 1e-3


def test_flat_floor_of_a_boxcar_reaches_its_walls() -> None:
    height = stamp_height("boxcar", one_blob(-250.0), SHAPE, PX_PER_MM, CPU)
    assert float(height[48, 48 + 14]) == pytest.approx(-250.0, rel=0.03)
    assert float(height[48, 48 + 22]) > -30.0


def test_outline_has_the_area_of_its_circle() -> None:
    inside = stamp_inside(one_blob(0.0), SHAPE, PX_PER_MM, CPU)
    assert float(inside.sum()) / PX_PER_MM**2 == pytest.approx(math.pi * 2.0**2, rel=0.02)


def test_overlapping_pits_do_not_dig_craters() -> None:
    assert float(soft_cap(torch.tensor([-5000.0]))[0]) >= -DEEPEST_UM
    assert float(soft_cap(torch.tensor([-50.0]))[0]) == pytest.approx(-50.0, rel=0.01)
    assert float(soft_cap(torch.tensor([300.0]))[0]) == 300.0


@pytest.mark.parametrize(("azimuth", "lit_side"), [(0.0, "left"), (math.pi, "right")])
def test_the_wall_that_faces_the_lamp_is_brighter(azimuth: float, lit_side: str) -> None:
    height = stamp_height("rolling", one_blob(-400.0), SHAPE, PX_PER_MM, CPU)
    rig = Rig((Lamp(azimuth, math.radians(35), 1.0),), 0.2, 0.0, 10.0, (0.0, 0.0, 0.0))
    light = shade(height, torch.zeros(2, *SHAPE), rig, PX_PER_MM).diffuse[0]
    left, right = float(light[48, 38]), float(light[48, 58])
    assert (left > right) == (lit_side == "left")


def test_flat_skin_is_evenly_lit_and_light_does_not_depend_on_turning_everything() -> None:
    rig = Rig((Lamp(-math.pi / 2, math.radians(40), 1.0),), 0.2, 0.1, 20.0, (0.1, 0.1, 0.1))
    turned = Rig((Lamp(0.0, math.radians(40), 1.0),), 0.2, 0.1, 20.0, (0.1, 0.1, 0.1))
    flat = shade(torch.zeros(SHAPE), torch.zeros(2, *SHAPE), rig, PX_PER_MM).diffuse
    assert float(flat.std()) < 1e-5
    pit = stamp_height("icepick", one_blob(-300.0, 3.0), SHAPE, PX_PER_MM, CPU)
    upright = shade(pit, torch.zeros(2, *SHAPE), rig, PX_PER_MM).diffuse[0]
    # A quarter turn brings a lamp from above (-y) to the right (+x).
    quarter = shade(torch.rot90(pit, -1), torch.zeros(2, *SHAPE), turned, PX_PER_MM).diffuse[0]
    torch.testing.assert_close(torch.rot90(upright, -1), quarter, atol=0.02, rtol=0.0)


def test_tones_span_the_whole_range() -> None:
    def ita_deg(melanin: float) -> float:
        rgb = albedo(torch.full((1, 1), melanin), torch.full((1, 1), 0.2))[:, 0, 0].numpy()
        xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ rgb
        f = np.cbrt(xyz / np.array([0.9505, 1.0, 1.089]))
        return math.degrees(math.atan2(116 * f[1] - 16 - 50, 200 * (f[1] - f[2])))

    assert ita_deg(0.0) > 55
    assert ita_deg(2.2) < -50
    steps = [ita_deg(m) for m in np.linspace(0, 2.2, 9)]
    assert steps == sorted(steps, reverse=True)


def test_scar_widths_and_depths_follow_their_types() -> None:
    places = places_on(np.ones((448, 448), np.uint8), 6.4)
    drawn: dict[str, list[Blobs]] = {kind: [] for kind in ATROPHIC}
    for seed in range(30):
        scars = draw_scars(np.random.default_rng(seed), places, none_chance=0.0)
        for kind in ATROPHIC:
            drawn[kind].append(scars.by_type[kind])
    for kind, parts in drawn.items():
        table = Blobs.join(parts)
        width_mm = 2 * np.sqrt(table.area_mm2 / np.pi)
        assert width_mm.min() >= 0.8 * WIDTH_MM[kind][0] - 1e-9
        assert width_mm.max() <= 1.4 * WIDTH_MM[kind][1] + 1e-9
        assert (table.height_um < 0).all()
    assert max(sum(len(p[i]) for p in drawn.values()) for i in range(30)) > 100


def test_same_seed_same_picture_and_another_seed_another() -> None:
    first, again, other = (render(draw_scene(seed, 96, [], CPU), CPU) for seed in (3, 3, 4))
    assert np.array_equal(first.rgb, again.rgb)
    assert np.array_equal(first.relief_um, again.relief_um)
    assert not np.array_equal(first.rgb, other.rgb)


def grey_canvas() -> Canvas:
    """A canvas whose right half is no skin."""
    rng = np.random.default_rng(1)
    rgb = rng.normal(150, 4, (300, 300, 3)).clip(0, 255).astype(np.uint8)
    label = np.zeros((300, 300), np.uint8)
    label[:, :150] = 1
    return Canvas("grey", rgb, label, label.copy(), 3.0)


def test_nothing_is_painted_or_labelled_off_the_skin() -> None:
    marked, shares = 0, []
    for seed in range(12):
        scene = draw_scene(seed, 160, [grey_canvas()], CPU, face_share=1.0)
        picture = render(scene, CPU)
        off = scene.paintable == 0
        for x0, y0, x1, y1, _ in scene.others.bars:
            off[y0:y1, x0:x1] = False
        assert not np.isin(picture.types[off], (1, 2, 3, 4, UNLABELLED)).any()
        assert (picture.relief_um[off] == RELIEF_UNKNOWN).all()
        skin_bit = 1 << SURFACE.index("skin")
        if scene.paintable.any():  # a tile may be a bare wall
            shares.append(float(((picture.surface & skin_bit) > 0)[scene.paintable > 0].mean()))
        marked += int(np.isin(picture.types, (1, 2, 3)).sum())
    assert marked > 0
    assert np.median(shares) > 0.9  # a plaster or a strand of hair may cover one tile


def test_scars_that_the_photograph_does_not_show_are_not_asked_of_anybody() -> None:
    """The same scarred skin as it is, in the dark and blown out: its scars are labelled only in the first."""
    scenes = (draw_scene(seed, 128, [], torch.device("cpu")) for seed in range(40))
    shown = next(s for s in scenes if (render(s, torch.device("cpu")).types % UNLABELLED > 0).mean() > 0.05)
    for exposure in (1e-4, 1e4):
        lost = replace(shown, camera=replace(shown.camera, exposure=exposure))
        picture = render(lost, torch.device("cpu"))
        assert not (picture.types % UNLABELLED > 0).any()
        assert (picture.types == UNLABELLED).any()


def test_srgb_curve_there_and_back() -> None:
    values = torch.linspace(0, 1, 101)
    torch.testing.assert_close(srgb_to_linear(linear_to_srgb(values)), values, atol=1e-5, rtol=0.0)


def test_a_folder_of_samples_is_complete_and_does_not_depend_on_workers(tmp_path: Path) -> None:
    for name, workers in (("one", 1), ("two", 2)):
        render_dataset(tmp_path / name, 4, seed=5, size_px=64, workers=workers)
    for array in ARRAYS:
        one, two = (np.load(tmp_path / name / f"{array}.npy") for name in ("one", "two"))
        assert np.array_equal(one, two)
    lines = [json.loads(line) for line in (tmp_path / "two" / "samples.jsonl").read_text().splitlines()]
    assert [line["row"] for line in lines] == [0, 1, 2, 3]
    assert json.loads((tmp_path / "one" / "meta.json").read_text())["types"] == list(TYPES)
    contact_sheet(tmp_path / "one", tmp_path / "sheet.png")
    assert (tmp_path / "sheet.png").stat().st_size > 1000


def test_true_scales_by_hand() -> None:
    icepick = {"type": "icepick", "width_mm": 1.2, "depth_um": 500.0}
    shallow = {"type": "rolling", "width_mm": 5.0, "depth_um": 100.0}
    scales = true_scales([icepick] * 15 + [shallow] * 3)
    # 15 deep punched-out scars: 3 points x 2; three mild dishes: 1 point. ECCA: 15 x 2 and 25 x 1.
    assert scales["goodman_baron_quantitative"] == 7
    assert scales["ecca_atrophic"] == 55
    assert 15 * 2 + 20 < scales["ecca_continuous"] < 15 * 3 + 20 * 2  # past the middles of their bands
    assert set(true_scales([]).values()) == {0}
