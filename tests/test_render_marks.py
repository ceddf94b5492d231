"""Look-alikes: what they are by arithmetic, what they are labelled, and that none of them is called a scar."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from inference.network.maps import SURFACE
from training.render.blobs import Blobs, draw_blobs
from training.render.coats import Solid
from training.render.lesions import Acne, acne_height, acne_mask, acne_pigment, pus_cover
from training.render.marks import LookAlikes, draw_look_alikes, places_on
from training.render.mood import Mood, set_mood
from training.render.overlays import Overlays, lay_over
from training.render.picture import RELIEF_UNKNOWN, colour_of, render
from training.render.pigment import Patch
from training.render.scars import draw_scars
from training.render.scene import Scene, Tone, draw_scene
from training.render.strokes import Strokes, arc, bundle, draw_strokes
from training.render.wrinkles import EYE_CORNERS, _crows_feet

CPU = torch.device("cpu")
SIZE, SCALE = (120, 120), 10.0
NOTHING = Blobs.empty()


def disc(diameter_mm: float, height_um: float = 0.0) -> Blobs:
    """One round blob in the middle of the tile."""
    rng = np.random.default_rng(0)
    middle, size, height = np.array([[6.0, 6.0]]), np.array([diameter_mm]), np.array([height_um])
    return draw_blobs(
        rng, middle, size, height, elongation=0.0, irregular=0.0, edge=(0.1, 0.1), power=(2.0, 2.0)
    )


def bare_skin(**marks: object) -> Scene:
    """Rendered skin of 12 x 12 mm with no scars and only the look-alikes given, in a plain picture."""
    scene = draw_scene(5, SIZE[0], [], CPU)
    places = places_on(np.ones(SIZE, np.uint8), SCALE)
    none = LookAlikes(
        NOTHING, NOTHING, NOTHING, NOTHING, 0.6, NOTHING, Strokes(), 100.0, Strokes(), Strokes(), ()
    )
    return replace(
        scene,
        px_per_mm=SCALE,
        scars=draw_scars(np.random.default_rng(0), places, none_chance=1.1),
        others=replace(none, **marks),  # type: ignore[arg-type]
    )


def bit(picture_surface: np.ndarray, name: str) -> np.ndarray:
    return (picture_surface >> SURFACE.index(name)) & 1


def test_a_line_covers_its_length_times_its_width() -> None:
    path = np.array([[20.0, 60.0], [100.0, 60.0]])
    cover = draw_strokes(bundle([path], [5.0], [1.0]), SIZE)
    # Round ends of radius 2.5 add a circle, and smooth edges a little.
    assert float(cover.sum()) == pytest.approx(80 * 5 + math.pi * 2.5**2, rel=0.15)
    thin = draw_strokes(bundle([path], [0.5], [1.0]), SIZE)
    assert float(thin[:, 60].sum()) == pytest.approx(0.5, abs=0.1)


def test_an_arc_has_its_length_and_turns_by_its_angle() -> None:
    path = arc(np.zeros(2), 0.3, 50.0, 1.2, points=40)
    steps = np.diff(path, axis=0)
    headings = np.arctan2(steps[:, 1], steps[:, 0])
    assert np.hypot(*steps.T).sum() == pytest.approx(50.0)
    assert headings[0] == pytest.approx(0.3)
    assert headings[-1] == pytest.approx(0.3 + 1.2, abs=1.2 / 39 + 1e-9)


def test_a_papule_is_acne_and_stands_out_and_is_no_scar() -> None:
    picture = render(bare_skin(papules=disc(4.0, 300.0)), CPU)
    assert not picture.types.any()
    assert picture.scars == []
    assert int(bit(picture.surface, "acne").sum()) == pytest.approx(math.pi * 20**2, rel=0.03)
    assert int(picture.relief_um[60, 60]) == pytest.approx(300, rel=0.02)
    assert int(picture.relief_um[5, 5]) == 0


@pytest.mark.parametrize("kind", ["pustules", "open", "closed", "crusts"])
def test_every_kind_of_acne_rises_and_is_labelled(kind: str) -> None:
    acne = replace(Acne.none(), **{kind: disc(3.0, 100.0), "cap": np.full(int(kind == "pustules"), 0.5)})
    height = acne_height(np.random.default_rng(0), acne, NOTHING, SIZE, SCALE, CPU)
    mask = acne_mask(acne, NOTHING, SIZE, SCALE, CPU)
    assert bool(mask[60, 60])
    assert not bool(mask[60, 60 + 17])
    assert float(height[60, 60]) > 15
    assert float(height[5, 5].abs()) < 1e-3


@pytest.mark.parametrize("melanin", [0.0, 0.7, 2.2])
def test_papules_redden_and_moles_darken_skin_of_every_tone(melanin: float) -> None:
    def colour(**marks: object) -> torch.Tensor:
        scene = replace(bare_skin(**marks), tone=Tone(melanin, 0.2))
        return colour_of(scene, np.random.default_rng(1), CPU)[:, 60, 60]

    skin, papule, mole = colour(), colour(papules=disc(4.0, 200.0)), colour(moles=disc(4.0))
    # Haemoglobin takes green and blue and leaves red; melanin takes blue most and all of them.
    assert papule[1] / papule[0] < 0.9 * skin[1] / skin[0]
    assert papule[0] > 0.7 * skin[0]
    assert (mole < 0.85 * skin).all()
    assert mole[2] / mole[0] < skin[2] / skin[0]


def test_pus_is_lighter_and_yellower_than_the_papule_around_it() -> None:
    acne = replace(Acne.none(), pustules=disc(4.0, 200.0), cap=np.array([0.5]))
    linear = colour_of(bare_skin(acne=acne), np.random.default_rng(1), CPU)
    cap, ring = linear[:, 60, 60], linear[:, 60, 60 + 16]
    assert float(cap[1]) > 1.2 * float(ring[1])
    assert float(cap[2] / cap[1]) < 1.0
    cover = pus_cover(acne, SIZE, SCALE, CPU)
    assert float(cover[60, 60]) > 0.7
    assert float(cover[60, 60 + 19]) < 0.15


def test_no_acne_leaves_the_skin_as_it_is() -> None:
    melanin, haemoglobin = acne_pigment(np.random.default_rng(0), Acne.none(), NOTHING, 1.0, SIZE, SCALE, CPU)
    assert not melanin.any()
    assert not haemoglobin.any()


def test_a_patch_is_of_its_own_bit() -> None:
    for pigment, other in (("brown", "red"), ("red", "brown")):
        picture = render(bare_skin(patches=(Patch(6.0, 6.0, 3.0, pigment, 0.3),)), CPU)
        assert bit(picture.surface, pigment)[60, 60]
        assert not bit(picture.surface, pigment)[:4, :4].any()
        assert not bit(picture.surface, other).any()


def test_what_an_editor_laid_over_is_no_skin_and_a_watermark_hides_nothing() -> None:
    rgb = np.full((*SIZE, 3), 120, np.uint8)
    overlays = Overlays(panels=((0, 0, 120, 12, (255, 255, 255)),), mark=("logo", 5, 90, 30, 0.4))
    hidden = lay_over(rgb, ((50, 40, 90, 60, 0.0),), overlays)
    assert int(hidden.sum()) == 120 * 12 + 40 * 20
    assert (rgb[:12] == 255).all()
    assert not rgb[40:60, 50:90].any()
    assert 120 < int(rgb[60:95].max()) < 200
    picture = render(bare_skin(bars=((50, 40, 90, 60, 0.0),), papules=disc(8.0, 200.0)), CPU)
    box = (slice(40, 60), slice(50, 90))
    assert not picture.surface[box].any()
    assert (picture.surface_known[box] == 255).all()
    assert (picture.relief_um[box] == RELIEF_UNKNOWN).all()
    assert bit(picture.surface, "skin")[100, 100]


def test_thick_hair_and_stickers_hide_skin_and_thin_hair_does_not() -> None:
    lock = bundle([np.array([[x, 0.0], [x, 119.0]]) for x in np.arange(30.0, 60.0)], [2.0] * 30, [1.0] * 30)
    strand = bundle([np.array([[90.0, 0.0], [90.0, 119.0]])], [1.0], [1.0])
    cover = np.zeros(SIZE, np.uint8)
    cover[100:] = 255
    sticker = Solid(np.full((*SIZE, 3), 200, np.uint8), cover)
    skin = bit(render(bare_skin(hairs=lock, stubble=strand, solid=sticker), CPU).surface, "skin")
    assert not skin[:, 38:52].any()
    assert skin[:95, 70:].all()
    assert not skin[100:].any()


def test_bare_look_alikes_keep_marks_and_lose_what_lies_over() -> None:
    places = places_on(np.ones((448, 448), np.uint8), 5.0)
    drawn = [draw_look_alikes(np.random.default_rng(k), places, (448, 448), 5.0) for k in range(60)]
    assert any(len(one.stubble.paths) for one in drawn)
    assert any(one.ink is not None for one in drawn)
    assert any(len(one.acne.pustules) for one in drawn)
    for one in drawn:
        bare = one.bare()
        assert bare.moles is one.moles
        assert bare.overlays == Overlays()
        assert [one for one in (bare.hairs, bare.stubble, bare.vellus) if one.paths] == []
        assert bare.bars == ()
        assert bare.ink is None
        assert bare.solid is None
        assert not len(bare.acne.pustules)


def test_crows_feet_run_away_from_the_other_eye() -> None:
    points = np.zeros((189, 2))
    points[EYE_CORNERS[0]], points[EYE_CORNERS[1]] = (100.0, 200.0), (300.0, 200.0)
    for seed in range(10):
        for path, _ in _crows_feet(np.random.default_rng(seed), (448, 448), 3.0, points):
            gaps = np.hypot(*(path - (200.0, 200.0)).T)
            assert gaps[-1] > gaps[0] > 100


def test_mood_darkens_adds_light_on_skin_only_and_may_do_nothing() -> None:
    linear = torch.full((3, *SIZE), 0.3)
    skin = torch.zeros(SIZE)
    skin[:, 60:] = 1
    form = torch.zeros(2, *SIZE)

    def mood(gloss: float, shade: float) -> torch.Tensor:
        rng = np.random.default_rng(2)
        return set_mood(rng, linear, Mood(gloss, shade, 2.0, 1.0), skin, form, SCALE)

    assert torch.equal(mood(0.0, 1.0), linear)
    shaded = mood(0.0, 0.2)
    assert float(shaded.max()) <= 0.3 + 1e-6
    assert float(shaded.min()) >= 0.2 * 0.3 - 1e-6
    assert float(shaded.min()) < 0.15
    glossy = mood(0.4, 1.0)
    assert float((glossy - linear)[:, :, 85:].mean()) > 0.02
    assert float((glossy - linear)[:, :, :5].abs().max()) < 1e-6


def test_an_underexposed_picture_is_darker() -> None:
    plain = bare_skin()
    dim = replace(plain, others=replace(plain.others, mood=Mood(0.0, 1.0, 10.0, 0.3)))
    assert render(dim, CPU).rgb.mean() < 0.8 * render(plain, CPU).rgb.mean()


def test_bare_scenes_are_the_same_skins_without_look_alikes() -> None:
    for seed in range(6):
        full, bare = (draw_scene(seed, 96, [], CPU, bare=b) for b in (False, True))
        assert (bare.px_per_mm, bare.tone, bare.furrow_um, bare.rig, bare.camera) == (
            full.px_per_mm, full.tone, full.furrow_um, full.rig, full.camera,
        )  # fmt: skip
        assert torch.equal(bare.form, full.form)
        assert len(bare.scars.tables) == len(full.scars.tables)
        picture = render(bare, CPU)
        for name in ("red", "brown", "wrinkles", "acne"):
            assert not bit(picture.surface, name).any()
        assert (picture.surface_known > 0).all()
