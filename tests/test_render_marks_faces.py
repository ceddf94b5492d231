"""Faces as canvases: what is skin on them, where tiles lie, and what stands behind them."""

from pathlib import Path

import numpy as np
import pytest
import torch

import training.render.canvas as canvas_module
from inference.network.maps import SURFACE
from training.render.backdrops import draw_backdrop
from training.render.canvas import HARD_SHARE, Canvas, _middle, cut_tile, find_faces, load_canvas
from training.render.coats import PUPILS, _glasses
from training.render.face_regions import HARD_PLACES, _off_backdrop
from training.render.picture import RELIEF_UNKNOWN, render
from training.render.scene import draw_scene

CPU = torch.device("cpu")
DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
LIP, BROW, LEFT_CHEEK, NOSE_TIP = 90, 84, 166, 54


def plain_canvas() -> Canvas:
    """A canvas of skin whose points all lie at its middle, on a studio's backdrop in its upper half."""
    rgb = np.full((300, 300, 3), 200, np.uint8)
    label = np.ones((300, 300), np.uint8)
    smooth = np.zeros((300, 300), np.uint8)
    smooth[250:] = 1
    backdrop = np.zeros((300, 300), np.uint8)
    backdrop[:100] = 255
    return Canvas("plain", rgb, label, smooth, 3.0, np.full((189, 2), 150.0), backdrop, (200.0, 200.0, 200.0))


def test_a_third_of_the_tiles_lie_about_hard_places() -> None:
    rng = np.random.default_rng(0)
    middles = np.array([_middle(rng, plain_canvas()) for _ in range(1500)])
    hard = np.hypot(*(middles - 150).T) < 60
    on_skin = middles[:, 1] >= 250
    assert hard.mean() == pytest.approx(HARD_SHARE, abs=0.06)
    assert on_skin.mean() == pytest.approx(1 - HARD_SHARE - 0.08 * 5 / 6, abs=0.06)


def test_a_bare_backdrop_is_known_not_to_be_skin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canvas_module, "BARE_SHARE", 1.1)
    picture = render(draw_scene(1, 96, [plain_canvas()], CPU, face_share=10.0), CPU)
    assert not picture.types.any()
    assert not (picture.surface >> SURFACE.index("skin") & 1).any()
    assert ((picture.surface_known >> SURFACE.index("skin")) & 1).all()
    assert (picture.relief_um == RELIEF_UNKNOWN).all()
    assert picture.scars == []


def test_another_backdrop_changes_only_the_backdrop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canvas_module, "BARE_SHARE", 0.0)
    monkeypatch.setattr(canvas_module, "BACKDROP_SHARE", 1.1)
    monkeypatch.setattr(canvas_module, "draw_backdrop", lambda rng, size: np.full((*size, 3), 50, np.uint8))
    for seed in range(6):
        tile = cut_tile(np.random.default_rng(seed), plain_canvas(), 96, 3.0)
        assert set(np.unique(tile.rgb[8:-8, 8:-8].reshape(-1, 3), axis=0)[:, 0]) <= set(range(50, 201))
        assert tile.points is not None
    # The whole tile shows either the face or the new backdrop, and both are seen among the seeds.
    levels = [cut_tile(np.random.default_rng(s), plain_canvas(), 200, 3.0).rgb for s in range(8)]
    assert any((rgb == 200).any() for rgb in levels)
    assert any((rgb == 50).any() for rgb in levels)


def test_points_follow_the_cut() -> None:
    spot = plain_canvas()
    spot.rgb[148:153, 148:153] = 0
    found = 0
    for seed in range(40):
        tile = cut_tile(np.random.default_rng(seed), spot, 160, 3.0)
        x, y = np.round(tile.points[0]).astype(int) if tile.points is not None else (-1, -1)
        if tile.label.any() and 4 <= x < 156 and 4 <= y < 156:
            assert tile.rgb[y - 2 : y + 3, x - 2 : x + 3].min() < 60
            found += 1
    assert found >= 5


def test_backdrops_differ_and_keep_their_size() -> None:
    drawn = [draw_backdrop(np.random.default_rng(seed), (96, 96)) for seed in range(12)]
    assert all(one.shape == (96, 96, 3) and one.dtype == np.uint8 for one in drawn)
    means = np.array([one.mean((0, 1)) for one in drawn])
    assert np.ptp(means, axis=0).min() > 40
    again = draw_backdrop(np.random.default_rng(3), (96, 96))
    assert np.array_equal(again, drawn[3])


def test_a_sloping_backdrop_is_told_from_what_stands_before_it() -> None:
    y, x = np.mgrid[:80, :60].astype(np.float32)
    lab = np.stack([200 + 0.2 * x - 0.15 * y, 128 + 0.02 * x, 128 - 0.02 * y], -1)
    lab[30:, 20:40] = (140, 145, 150)
    gap = _off_backdrop(lab)
    assert gap[:28].max() < 2
    assert gap[35:75, 22:38].min() > 20


def test_glasses_leave_the_eyes_free_and_go_round_them() -> None:
    points = np.zeros((189, 2))
    points[list(PUPILS)] = (100.0, 150.0), (289.0, 150.0)  # 63 mm apart at 3 px/mm
    for seed in range(5):
        cover = _glasses(np.random.default_rng(seed), (300, 400), 3.0, points).cover
        for x in (100, 289):
            assert not cover[140:170, x - 20 : x + 20].any()
            assert cover[150:240, x].any()
            assert cover[60:150, x].any()


@pytest.mark.skipif(not (DATA / "london").exists(), reason="needs the London faces in ../shared/data")
def test_real_faces_have_skin_where_they_have_skin() -> None:
    for path in find_faces(DATA, held_out=False)[:40:13]:
        face = load_canvas(path)
        assert face.points is not None
        assert face.backdrop is not None

        def at(index: int, array: np.ndarray = face.label, points: np.ndarray = face.points) -> int:
            x, y = points[index].round().astype(int)
            return int(np.median(array[y - 3 : y + 4, x - 3 : x + 4]))

        lips = face.points[[90, 106]].mean(0).round().astype(int)
        assert face.label[lips[1], lips[0]] == 0
        assert at(0) == at(1) == 0  # pupils
        assert at(LEFT_CHEEK) == at(NOSE_TIP) == 1
        assert face.label[5, 5] == 0
        assert face.backdrop[5, 5] > 200
        assert at(LEFT_CHEEK, face.backdrop) == at(NOSE_TIP, face.backdrop) == 0
        assert 0.3 < (face.smooth > 0).sum() / (face.label == 1).sum() <= 1
        assert not (face.smooth[face.label != 1] > 0).any()
        assert all(0 <= i < len(face.points) for group in HARD_PLACES for i in group)
