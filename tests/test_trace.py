"""The path tracer's own geometry, solved by arithmetic; one picture is traced where Mitsuba is installed."""

import importlib.util
import json
import subprocess
import sys

import numpy as np
import pytest

from inference.network.maps import TYPES
from training.trace.form import Camera, Cheek, grid, triangles
from training.trace.lamps import RIG_NAMES, Lamp, draw_rig
from training.trace.scatter import kernel, spread
from training.trace.shapes import LABEL_REACH, Scar, depth_share, draw_scars, scar_height_um, scar_index
from training.trace.skin import Complexion
from training.trace.tracer import Traced, grid_normals
from training.trace.write import Skin, healed, truth, views_of

FLAT = Cheek(1e7, 1e7)
needs_mitsuba = pytest.mark.skipif(
    importlib.util.find_spec("mitsuba") is None,
    reason="Mitsuba 3 is not installed: pip install 'cicatrix[trace]'",
)


def at(*places: float) -> np.ndarray:
    return np.array(places, float)


def test_a_cone_is_as_deep_as_it_says_and_half_as_deep_half_way_out() -> None:
    scar = Scar("icepick", 1.0, 2.0, 2.0, 800.0, wall=0.0)
    height = scar_height_um([scar], at(1.0, 1.5, 1.0, 2.1), at(2.0, 2.0, 1.5, 2.0))
    assert height == pytest.approx([-800, -400, -400, 0], abs=1e-6)


def test_a_boxcar_has_a_flat_floor_and_a_steep_wall_half_way_down_at_its_outline() -> None:
    scar = Scar("boxcar", 0.0, 0.0, 4.0, 300.0, wall=0.2)
    height = scar_height_um([scar], at(0, 1.0, 1.79, 2.0, 2.21), np.zeros(5))
    assert height == pytest.approx([-300, -300, -300, -150, 0], abs=0.5)


def test_a_rolling_scar_has_no_edge() -> None:
    rho = np.linspace(0, 1.2, 500)
    assert np.abs(np.diff(depth_share("rolling", rho, 0.2))).max() < 0.005
    assert depth_share("rolling", at(0.5), 0.2) == pytest.approx(0.5)


@pytest.mark.parametrize("stretch", [1.0, 1.7])
def test_area_of_a_scar_is_that_of_its_ellipse(stretch: float) -> None:
    scar = Scar("boxcar", 0.3, -0.2, 3.0, 300.0, stretch=stretch, turn_rad=0.7)
    u_mm, v_mm = grid(8.0, 0.02)
    covered = (scar_index([scar], u_mm, v_mm) == 0).sum() * 0.02**2
    assert covered == pytest.approx(np.pi * 1.5**2, rel=0.005)
    assert scar.area_mm2() == pytest.approx(covered, rel=0.005)


def test_healed_scars_keep_their_outline_and_lose_depth() -> None:
    rng = np.random.default_rng(4)
    scars = draw_scars(rng, 50.0)
    u_mm, v_mm = grid(50.0, 0.25)
    half = healed(scars, 0.5)
    assert scar_height_um(half, u_mm, v_mm) == pytest.approx(0.5 * scar_height_um(scars, u_mm, v_mm))
    assert (scar_index(half, u_mm, v_mm) == scar_index(scars, u_mm, v_mm)).all()
    assert scar_height_um(scars, u_mm, v_mm).min() < -50


def test_drawn_scars_do_not_overlap_and_stay_in_their_ranges() -> None:
    for seed in range(5):
        for scar in draw_scars(np.random.default_rng(seed), 60.0):
            least, most = {"icepick": (0.6, 2), "boxcar": (1.5, 4), "rolling": (4, 8)}[scar.kind]
            assert least <= scar.width_mm <= most
            assert 0 < scar.depth_um <= 1300


def test_the_form_keeps_lengths_on_the_skin() -> None:
    cheek = Cheek(90.0, 150.0)
    u_mm, v_mm = grid(40.0, 0.1)
    points = cheek.points(u_mm, v_mm, np.zeros_like(u_mm))
    across = np.linalg.norm(np.diff(points, axis=1), axis=-1)
    down = np.linalg.norm(np.diff(points, axis=0), axis=-1)
    assert across == pytest.approx(0.1, rel=0.04)
    assert down == pytest.approx(0.1, rel=0.001)
    raised = cheek.points(u_mm, v_mm, np.full_like(u_mm, 500.0))
    assert np.linalg.norm(raised - points, axis=-1) == pytest.approx(0.5)
    assert grid_normals(points) == pytest.approx(cheek.normals(u_mm, v_mm), abs=2e-3)


def test_triangles_face_out_of_the_skin() -> None:
    u_mm, v_mm = grid(1.0, 0.25)
    points = FLAT.points(u_mm, v_mm, np.zeros_like(u_mm)).reshape(-1, 3)
    a, b, c = (points[corner] for corner in triangles(u_mm.shape[0]).T)
    twice_area = np.cross(b - a, c - a)[:, 2]
    assert twice_area == pytest.approx(0.25**2)  # each half a cell, turned towards +z
    assert twice_area.sum() / 2 == pytest.approx(1.0)


def test_the_camera_has_the_scale_it_says() -> None:
    camera = Camera(400.0, 8.0, 512, yaw_deg=12.0, pitch_deg=-7.0, roll_deg=20.0, aim_mm=(3.0, -2.0))
    right, up, _ = camera.axes()
    shown = camera.project(np.stack((camera.target, camera.target + 5 * right, camera.target + 5 * up)))
    assert shown == pytest.approx(np.array([[256, 256], [296, 256], [256, 216]]), abs=1e-6)
    nearer = camera.target - 40 * camera.axes()[2] + 5 * right  # 360 mm away: nine tenths of the distance
    assert camera.project(nearer)[0] == pytest.approx(256 + 40 / 0.9)
    assert np.tan(np.radians(camera.fov_deg / 2)) == pytest.approx(32 / 400)


def test_label_map_of_a_disc_covers_its_area_at_the_cameras_scale() -> None:
    scars = (
        Scar("boxcar", 5.0, 3.0, 4.0, 300.0),
        Scar("rolling", -8.0, -6.0, 8.0, 400.0),
    )
    camera = Camera(400.0, 8.0, 512)
    middle = (np.arange(512) + 0.5 - 256) / 8
    u_mm, v_mm = np.meshgrid(middle, -middle)
    flat = np.ones((512, 512, 3), np.float32)
    seen = Traced(flat, flat, flat, u_mm, v_mm)
    places = grid(64.0, 0.5)
    skin = Skin(
        FLAT, Complexion(0, 0, 0, 0.3, 1, 0.5), scars, (), (), *places, places[0], np.ones((129, 129, 3))
    )
    maps, listed = truth(skin, 0.5, camera, seen, np.ones((512, 512), np.float32))
    for scar, entry in zip(scars, listed, strict=True):
        pixels = (maps["types"] == TYPES.index(scar.kind)).sum()
        assert pixels == pytest.approx(
            np.pi * (scar.width_mm / 2 * LABEL_REACH[scar.kind] * 8) ** 2, rel=0.02
        )
        assert entry["area_px"] == pixels
        assert (entry["x_px"], entry["y_px"]) == pytest.approx(
            (256 + 8 * scar.u_mm, 256 - 8 * scar.v_mm), abs=0.15
        )
        assert entry["depth_um"] == scar.depth_um / 2
        x, y = int(entry["x_px"]), int(entry["y_px"])
        assert maps["relief_um"][y, x] == pytest.approx(-scar.depth_um / 2, abs=2)
    dim, nothing = truth(skin, 0.5, camera, seen, np.zeros((512, 512), np.float32))
    assert not nothing
    assert (dim["types"] == 255).sum() == (maps["types"] > 0).sum()


def test_scattering_keeps_the_light_and_red_goes_farthest() -> None:
    light = np.zeros((161, 161, 3), np.float32)
    light[80, 80] = 1
    out = spread(light, at(0.5, 0.3, 0.2), 8.0, 0.5)
    assert out.sum(axis=(0, 1)) == pytest.approx(1, abs=0.02)
    assert out[80, 80, 0] < out[80, 80, 1] < out[80, 80, 2] < 1
    weights = kernel(1.0, 0.33, 8.0)
    assert weights == pytest.approx(weights.T)
    assert weights == pytest.approx(weights[::-1])


@pytest.mark.parametrize("name", RIG_NAMES)
def test_lamps_stand_before_the_skin_and_move_little(name: str) -> None:
    rng = np.random.default_rng(2)
    rig = draw_rig(rng, name)
    again = rig.jittered(rng)
    assert abs(again.ambient / rig.ambient - 1) <= 0.1
    for lamp, moved in zip(rig.lamps, again.lamps, strict=True):
        one, other = lamp.place_mm(), moved.place_mm()
        assert one[2] > 0
        assert np.linalg.norm(one) == pytest.approx(lamp.distance_mm)
        cosine = one @ other / np.linalg.norm(one) / np.linalg.norm(other)
        assert 0 < np.degrees(np.arccos(cosine)) < 8.0


def test_a_lamps_radiance_gives_its_power() -> None:
    lamp = Lamp(0.0, 90.0, 500.0, 50.0, power=2.0)
    assert lamp.radiance() * 50.0**2 / 500.0**2 == pytest.approx(2.0)


def test_views_of_one_state_repeat_and_every_second_skin_heals() -> None:
    assert [left for left, _ in views_of(1)] == [1.0, 1.0, 1.0]
    assert {left for left, same in views_of(0) if same} == {1.0, 0.7, 0.4}


def test_the_package_is_not_imported_before_it_is_needed() -> None:
    code = "import sys, training.trace.write; sys.exit('mitsuba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


TRACE_A_CHEEK = """
import json, sys
import numpy as np
from training.trace.form import Camera, Cheek, grid
from training.trace.lamps import Lamp, Rig
from training.trace.skin import Complexion

from training.trace.tracer import Surface, load_mitsuba, skin_mesh, trace
mi = load_mitsuba()
u, v = grid(44.0, 0.25)
cheek = Cheek(80.0, 120.0)
surface = Surface(cheek.points(u, v, np.zeros_like(u)), u, v, np.full((*u.shape, 3), 0.3), cheek)
skin = Complexion(0.0, 0.0, 0.0, 0.3, 1.0, 0.5)
camera = Camera(400.0, 4.0, 96, 8.0, -5.0, 10.0, (1.0, -2.0))
rig = Rig("one", (Lamp(0.0, 90.0, 2000.0, 60.0),), 0.0)
seen = trace(mi, skin_mesh(mi, surface, skin), surface, skin, rig, camera, 16, 1)
shown = camera.project(cheek.points(seen.u_mm, seen.v_mm, np.zeros_like(seen.u_mm)))
rows, columns = np.indices((96, 96)) + 0.5
off = np.nanmax(np.abs(shown - np.stack((columns, rows), axis=-1)))
missed = np.isnan(seen.u_mm).mean()  # a ray may slip through the seam of two triangles
top = np.hypot(seen.u_mm, seen.v_mm) < 2.0  # some pixels: one has the noise of 16 rays
print(json.dumps({"off_px": float(off), "missed": float(missed), "light": float(seen.light[top][:, 1].mean())}))
"""


@needs_mitsuba
def test_traced_places_agree_with_the_cameras_arithmetic() -> None:
    """In a process of its own, which loads the compiler."""
    run = subprocess.run(
        [sys.executable, "-c", TRACE_A_CHEEK], capture_output=True, text=True, check=False, timeout=120
    )
    if "TracerMissingError" in run.stderr:
        pytest.skip(run.stderr.splitlines()[-1])
    assert run.returncode == 0, run.stderr[-2000:]
    found = json.loads(run.stdout.splitlines()[-1])
    assert found["off_px"] < 0.1
    assert found["missed"] < 0.001
    # Radiance over albedo of a Lambertian plane under irradiance 1.
    assert found["light"] == pytest.approx(1 / np.pi, rel=0.05)
