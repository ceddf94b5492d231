"""Light, form and camera: fall-off, shadows and blur by arithmetic, set-ups within their ranges."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from training.render import phone
from training.render.camera import SHARES as CAMERAS
from training.render.camera import Camera, draw_camera, photograph
from training.render.forms import RADII_MM, STEEPEST, draw_part, head_height_mm, head_slope
from training.render.light import Lamp, Rig, oil_map, polarize, shade
from training.render.rigs import SETUPS, SHARES, draw_rig, jittered, polarize_rig

CPU = torch.device("cpu")
SHAPE = (81, 81)
PX_PER_MM = 4.0
PLAIN = Camera(1.0, 0.0, (1.0, 1.0, 1.0), 0.0, 0.0, 1.0, 1.0, 1.0, 0.0, None)


def bare_rig(*lamps: Lamp, ambient: float = 0.0) -> Rig:
    """Lamps without shine or scatter."""
    return Rig(lamps, ambient, 0.0, 10.0, (0.0, 0.0, 0.0))


def lit_flat(lamp: Lamp) -> torch.Tensor:
    return shade(torch.zeros(SHAPE), torch.zeros(2, *SHAPE), bare_rig(lamp), PX_PER_MM).diffuse[0]


def test_a_near_lamp_falls_off_by_distance_and_cosine() -> None:
    light = lit_flat(Lamp(0.0, math.pi / 2, 1.0, distance_mm=20.0))
    sideways_mm = 40 / PX_PER_MM
    assert float(light[40, 40]) == pytest.approx(1.0, abs=1e-4)
    assert float(light[40, 80]) == pytest.approx((20**2 / (20**2 + sideways_mm**2)) ** 1.5, rel=1e-4)


def test_a_very_distant_lamp_lights_as_one_at_infinity() -> None:
    lamp = Lamp(0.4, 0.6, 1.0)
    torch.testing.assert_close(lit_flat(replace(lamp, distance_mm=1e6)), lit_flat(lamp), atol=1e-4, rtol=0.0)


def test_a_wide_lamp_sets_gradually() -> None:
    """Skin at a right angle to the lamp's middle sees half of it; a narrow lamp leaves it dark."""
    away = torch.zeros(2, *SHAPE)
    away[0] = -math.tan(
        math.radians(50)
    )  # falls to the right, where the lamp stands 40 degrees lower than normal
    rig = bare_rig(Lamp(math.pi, math.radians(40), 1.0))
    wide = bare_rig(Lamp(math.pi, math.radians(40), 1.0, half_angle_rad=math.radians(30)))
    narrow_light = shade(torch.zeros(SHAPE), away, rig, PX_PER_MM).diffuse[0, 40, 40]
    wide_light = shade(torch.zeros(SHAPE), away, wide, PX_PER_MM).diffuse[0, 40, 40]
    turned = math.cos(math.radians(40)) * -math.sin(math.radians(50)) + math.sin(math.radians(40)) * math.cos(
        math.radians(50)
    )
    assert turned == pytest.approx(-math.sin(math.radians(10)), abs=1e-6)
    width = math.sin(math.radians(30))
    assert float(narrow_light) == pytest.approx(0.004)
    assert float(wide_light) == pytest.approx(
        (width + turned) ** 2 / (4 * width) / math.sin(math.radians(40)), rel=1e-3
    )


@pytest.mark.parametrize("name", sorted(SETUPS))
def test_no_set_up_throws_a_shadow_on_flat_skin(name: str) -> None:
    for seed in range(6):
        drawn = draw_rig(np.random.default_rng(seed), name=name)
        for lamp in drawn.lamps:
            far = replace(lamp, distance_mm=math.inf)
            lambert = min(1.0, math.sin(far.elevation_rad) / 0.25)
            assert float(lit_flat(far).min()) >= lambert - 0.01


def test_shadows_grow_where_the_form_turns_from_the_lamp() -> None:
    """Behind a wall of 0.5 mm the shadow of a lamp at 45 degrees is 0.5 mm long; where the skin climbs by a half
    towards the lamp the ray rises half as fast over it, and the shadow doubles."""
    scale = 40.0
    wall = torch.zeros(SHAPE)
    wall[:, 60:] = 500.0
    rig = bare_rig(Lamp(0.0, math.radians(45), 1.0), ambient=1e-3)
    lengths = []
    for slope in (0.0, 0.5):
        form = torch.zeros(2, *SHAPE)
        form[0] = slope
        light = shade(wall, form, rig, scale).diffuse[0, 40, :58]
        lengths.append(float((light < 0.5 * light.max()).sum()) / scale)
    assert lengths[0] == pytest.approx(0.5, abs=0.15)
    assert lengths[1] / lengths[0] == pytest.approx(2.0, abs=0.4)


def test_polarizers_take_the_shine_away_or_double_it() -> None:
    rig = replace(bare_rig(Lamp(0.0, 1.2, 1.0)), shine=0.05, sheen=0.02)
    flat, form = torch.zeros(SHAPE), torch.zeros(2, *SHAPE)
    plain, cross, parallel = (
        float(shade(flat, form, polarize_rig(rig, how), PX_PER_MM).specular.mean())
        for how in ("none", "cross", "parallel")
    )
    assert cross == 0.0
    assert parallel == pytest.approx(2 * plain, rel=0.02)
    skin = torch.tensor([0.5, 0.3, 0.2]).view(3, 1, 1)
    spread = {
        h: float(torch.std(polarize(skin, polarize_rig(rig, h)))) for h in ("none", "cross", "parallel")
    }
    assert spread["parallel"] < spread["none"] < spread["cross"]


def test_oil_is_uneven_but_ordinary_in_the_median() -> None:
    rig = replace(bare_rig(Lamp(0.0, 1.2, 1.0)), shine=0.1, oil=0.6, oil_seed=4)
    oil = oil_map(rig, (300, 300), PX_PER_MM, CPU)
    assert oil is not None
    assert 0.5 < float(oil.median()) < 2.0
    assert float(oil.max() / oil.min()) > 1.5
    assert oil_map(polarize_rig(rig, "cross"), (300, 300), PX_PER_MM, CPU) is None


def test_set_ups_keep_to_the_ranges_of_the_trial() -> None:
    rng = np.random.default_rng(0)
    rigs = [draw_rig(rng) for _ in range(600)]
    assert sum(SHARES.values()) == pytest.approx(1.0)
    assert {rig.name for rig in rigs} == set(SHARES) == set(SETUPS)
    for rig in rigs:
        assert 0.06 <= rig.ambient <= 0.6
        assert all(math.radians(11.9) <= lamp.elevation_rad <= math.pi / 2 for lamp in rig.lamps)
        assert (rig.polarization == "cross") == (rig.shine == 0)
    core = [lamp.elevation_rad for rig in rigs if rig.name == "plain" for lamp in rig.lamps]
    assert math.degrees(max(core)) <= 70


def test_jitter_moves_lamps_by_no_more_than_it_says() -> None:
    rng = np.random.default_rng(1)
    moved = []
    for seed in range(60):
        rig = draw_rig(np.random.default_rng(seed), name="soft_box")
        again = jittered(rng, rig)
        for a, b in zip(rig.lamps, again.lamps, strict=True):
            moved.append(math.degrees(math.acos(min(1.0, float(np.dot(a.direction(), b.direction()))))))
        assert again.scatter_mm == rig.scatter_mm
        assert abs(math.log(again.ambient / rig.ambient)) < 0.5
    assert 2 < np.median(moved) < 8
    assert max(moved) < 8 * math.sqrt(2) + 1


@pytest.mark.parametrize("part", sorted(RADII_MM))
def test_parts_of_a_face_bulge_by_their_radii(part: str) -> None:
    for seed in range(5):
        slope = draw_part(np.random.default_rng(seed), (101, 101), 2.0, CPU, part)
        assert float(torch.hypot(slope[0], slope[1]).max()) <= STEEPEST + 1e-5
        across_mm = 20 / 2.0
        bend = (slope[0, 50, 60] - slope[0, 50, 40]) + (slope[1, 60, 50] - slope[1, 40, 50])
        expected = [sum(across_mm / r for r in ends) for ends in zip(*RADII_MM[part], strict=True)]
        # Both radii add to the mean curvature whatever the turn; the unevenness of the form blurs it.
        assert -1.6 * expected[0] - 0.25 < float(bend) < -expected[1] + 0.25


def face_points_mm() -> np.ndarray:
    """A plain face: pupils 63 mm apart, chin 115 mm below them, a face 132 mm wide; other points at the pupils."""
    points = np.zeros((189, 2))
    points[0], points[1] = (-31.5, 0), (31.5, 0)
    for index, place in {
        110: (-66, 10), 111: (-64, 30), 125: (-58, 60), 113: (66, 10), 133: (58, 60), 134: (62, 20),
        129: (0, 115), 139: (0, -65), 54: (-3, 42), 60: (3, 42),
    }.items():  # fmt: skip
        points[index] = place
    points[87:109] = (0, 72)
    return points + np.array([100.0, 80.0])


def test_a_head_falls_off_to_its_sides_and_its_nose_stands_out() -> None:
    points = face_points_mm()
    x, y = np.meshgrid(np.arange(200, dtype=np.float32), np.arange(220, dtype=np.float32))
    z = head_height_mm(points, x, y)
    assert (
        np.abs(z - z[:, ::-1][:, list(range(199, 200)) + list(range(199))]).max() < 1.0
    )  # same on both sides
    assert 10 < z[122, 100] - z[122, 122] < 40  # the tip over the cheek beside it
    slope = head_slope(points * 3.0, 448, 3.0)
    assert slope[0, 330, 150] > 0.1  # left of the tile's middle: rises to the right
    turned = points[:, ::-1].copy()  # the face lying on its side
    lying = head_slope(turned * 3.0, 448, 3.0)
    np.testing.assert_allclose(lying[1], slope[0].T, atol=0.05)


def test_lens_kernels_have_the_spread_of_a_disc_and_of_a_line() -> None:
    def spread(kernel: np.ndarray) -> tuple[float, float]:
        side = np.arange(kernel.shape[0]) - kernel.shape[0] // 2
        return float((kernel.sum(0) * side**2).sum()), float((kernel.sum(1) * side**2).sum())

    disc = phone.disc_kernel(4.0)
    assert disc.sum() == pytest.approx(1.0, abs=1e-5)
    assert spread(disc)[0] == pytest.approx(4.0**2 / 4, rel=0.1)
    line = phone.motion_kernel(6.0, 0.0)
    assert line.sum() == pytest.approx(1.0, abs=1e-5)
    assert spread(line)[0] == pytest.approx(6.0**2 / 12, rel=0.1)
    assert spread(line)[1] == pytest.approx(0.0, abs=1e-6)


def test_fringes_move_red_out_and_blue_in() -> None:
    picture = np.zeros((201, 201, 3), np.uint8)
    picture[100, 180] = 255
    moved = phone.fringed(picture, 0.02)
    column = [float((moved[100, :, c] * np.arange(201.0)).sum() / moved[100, :, c].sum()) for c in range(3)]
    assert column == pytest.approx([100 + 80 * 1.02, 180.0, 100 + 80 * 0.98], abs=0.3)


def test_a_phone_wipes_faint_detail_and_keeps_edges() -> None:
    rng = np.random.default_rng(0)
    picture = np.full((80, 80, 3), 90, np.uint8)
    picture[:, 40:] = 170
    noisy = (picture + rng.normal(0, 4, (80, 80, 1))).clip(0, 255).astype(np.uint8)
    clean = phone.denoised(noisy, 0.9)
    assert clean[:, 5:35].std() < 0.7 * noisy[:, 5:35].std()
    assert float(clean[:, 44:].mean()) - float(clean[:, :36].mean()) == pytest.approx(80, abs=2)


def test_vignette_takes_its_share_from_the_corners() -> None:
    grey = torch.full((3, 64, 64), 0.2)
    even = photograph(grey, PLAIN, np.random.default_rng(0))
    dark = photograph(grey, replace(PLAIN, vignette=0.5), np.random.default_rng(0))
    assert int(even[32, 32, 0]) - int(dark[32, 32, 0]) <= 1
    assert (int(dark[0, 0, 0]) / 255) ** 2.2 == pytest.approx(0.1, rel=0.1)


@pytest.mark.parametrize("kind", sorted(CAMERAS))
def test_every_camera_keeps_the_frame_and_enough_pixels(kind: str) -> None:
    scene = torch.rand(3, 97, 120, generator=torch.Generator().manual_seed(0)) * 0.5
    for seed in range(12):
        camera = draw_camera(np.random.default_rng(seed), 3.0, kind)
        assert camera.reduce <= 3.0 / 1.6 + 1e-6
        one, two = (photograph(scene, camera, np.random.default_rng(seed)) for _ in range(2))
        assert one.shape == (97, 120, 3)
        assert np.array_equal(one, two)
