"""Scars of every form: geometry by arithmetic, labels that agree with it, healing, and the ranges that are drawn."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from inference.network.maps import SURFACE, TYPES
from training.render import raised, stretch
from training.render.blobs import OUTLINE_ORDERS, Blobs, draw_blobs
from training.render.grade import true_scales
from training.render.light import Lamp
from training.render.marks import places_on
from training.render.owners import scar_owners, scar_types
from training.render.patterns import PATTERNS, draw_pattern
from training.render.picture import UNLABELLED, build_layers, render
from training.render.scars import ATROPHIC, WORN_EDGE, Scars, Tissue, draw_scars
from training.render.scene import Scene, draw_scene
from training.render.shown import of_shown_scars
from training.render.stamp import stamp_height, stamp_inside
from training.render.tissue import gloss_of, lose_texture, scar_paint, scar_relief, tissue_left
from training.render.troughs import POINTS, Troughs, curved_lines, stamp_troughs, stamp_troughs_inside

CPU = torch.device("cpu")
PX_PER_MM = 10.0
SHAPE = (200, 200)
MIDDLE = 10.0


def blob(height_um: float, diameter_mm: float, x_mm: float = MIDDLE, **shape: float) -> Blobs:
    """A round blob with a steep wall; `shape` goes to draw_blobs."""
    settings = {"elongation": 0.0, "irregular": 0.0, "edge": (0.05, 0.05), "power": (1.0, 1.0), **shape}
    place, size, height = np.array([[x_mm, MIDDLE]]), np.array([diameter_mm]), np.array([height_um])
    return draw_blobs(np.random.default_rng(0), place, size, height, **settings)  # type: ignore[arg-type]


def scars_of(tissue: Tissue | None = None, troughs: Troughs | None = None, **by_type: Blobs) -> Scars:
    tables = {kind: by_type.get(kind, Blobs.empty()) for kind in (*ATROPHIC, "raised")}
    return Scars(tables, (0.0, 0.0), 0.0, troughs=troughs or Troughs.empty(), tissue=tissue or Tissue())


def types_of(scars: Scars) -> torch.Tensor:
    return scar_types(scars, scar_owners(scars, SHAPE, PX_PER_MM, CPU))


def straight(width_mm: float, length_mm: float, height_um: float, steep: bool) -> Troughs:
    x = np.linspace(MIDDLE - length_mm / 2, MIDDLE + length_mm / 2, POINTS)
    path = np.column_stack([x, np.full(POINTS, MIDDLE)])[None]
    one = np.ones(1)
    return Troughs(path, one * width_mm, one * height_um, one * 0.1, np.array([steep]))


def test_the_area_of_a_polygon_is_what_is_marked_and_what_was_asked_for() -> None:
    corners = blob(-200.0, 6.0, irregular=0.1, polygons=1.0)
    assert corners.outline[0, :, 0].max() > 0.05
    assert float(corners.area_mm2[0]) == pytest.approx(math.pi * 9, rel=1e-6)
    marked = float(stamp_inside(corners, SHAPE, PX_PER_MM, CPU).sum()) / PX_PER_MM**2
    assert marked == pytest.approx(math.pi * 9, rel=0.02)


def test_a_square_boxcar_reaches_farther_into_its_corners() -> None:
    square = blob(-200.0, 6.0)
    square.angle_rad[:] = 0.0
    square.outline[0, OUTLINE_ORDERS.index(4)] = (0.12, 0.0)  # corners on both axes
    inside = stamp_inside(square, SHAPE, PX_PER_MM, CPU)
    along_axis = int(inside[100, 100:].sum())
    along_diagonal = int(torch.diagonal(inside)[100:].sum()) * math.sqrt(2)
    assert along_axis == pytest.approx(30 * 1.12, abs=1.5)
    assert along_diagonal == pytest.approx(30 * 0.88, abs=2.0)


def test_an_even_displacement_moves_no_outline_and_an_uneven_one_keeps_the_centre() -> None:
    pit = blob(-300.0, 3.0)
    plain = stamp_height("icepick", pit, SHAPE, PX_PER_MM, CPU)
    even = torch.full((2, SHAPE[0] * SHAPE[1]), 0.7)
    torch.testing.assert_close(
        stamp_height("icepick", pit, SHAPE, PX_PER_MM, CPU, even), plain, atol=1e-3, rtol=0.0
    )
    uneven = 0.3 * torch.sin(torch.arange(SHAPE[0] * SHAPE[1]) / 7.0).repeat(2, 1)
    bent = stamp_height("icepick", pit, SHAPE, PX_PER_MM, CPU, uneven)
    assert not torch.allclose(bent, plain, atol=5.0)
    assert float(bent[100, 100]) == pytest.approx(float(plain[100, 100]), rel=1e-4)


def test_boxcars_that_meet_share_a_floor_and_rolling_scars_add_up() -> None:
    pair = Blobs.join([blob(-200.0, 4.0, 9.0), blob(-300.0, 4.0, 11.0)])
    floor = stamp_height("boxcar", pair, SHAPE, PX_PER_MM, CPU)
    assert float(floor[100, 100]) == pytest.approx(-300.0, rel=0.02)
    assert float(floor[100, 80]) == pytest.approx(-200.0, rel=0.02)
    both = stamp_height("rolling", pair, SHAPE, PX_PER_MM, CPU)
    apart = [stamp_height("rolling", pair.take(np.array([k])), SHAPE, PX_PER_MM, CPU) for k in (0, 1)]
    torch.testing.assert_close(both, apart[0] + apart[1])


def test_the_most_worn_wall_ends_before_its_window_does() -> None:
    depth = stamp_height("boxcar", blob(-400.0, 5.0, edge=(WORN_EDGE, WORN_EDGE)), SHAPE, PX_PER_MM, CPU)
    row = depth[100]
    assert float(row.min()) < -380
    assert (
        float((row[1:] - row[:-1]).abs().max()) < 400 / 20
    )  # sloping everywhere: no step at the window's border
    edge = straight(4.0, 15.0, -400.0, steep=True)
    groove = stamp_troughs(replace(edge, edge=np.array([0.45])), SHAPE, PX_PER_MM, CPU)[:, 100]
    assert float(groove[groove < 0].max()) > -400 * 0.03


def test_a_tethered_scar_is_pulled_down_in_its_centre() -> None:
    plain = blob(-200.0, 6.0)
    tethered = replace(plain, fold_share=np.array([0.4]), fold_count=np.array([6.0]))
    soft, pulled = (stamp_height("rolling", b, SHAPE, PX_PER_MM, CPU) for b in (plain, tethered))
    assert float(pulled[100, 100]) == pytest.approx(-200.0 * (1 + 0.8 * 0.4), rel=0.02)
    ring = [(100 + round(20 * math.sin(t)), 100 + round(20 * math.cos(t))) for t in np.linspace(0, 6.28, 60)]
    extra = torch.stack([soft[p] - pulled[p] for p in ring])
    assert float(extra.max()) > 40
    assert float(extra.min()) < 5


def test_a_trough_has_its_depth_at_the_line_half_of_it_at_the_wall_and_its_area() -> None:
    groove = straight(2.0, 12.0, -240.0, steep=True)
    height = stamp_troughs(groove, SHAPE, PX_PER_MM, CPU)
    assert float(height[100, 100]) == pytest.approx(-240.0, rel=0.01)
    assert float(height[109:111, 100].mean()) == pytest.approx(-120.0, rel=0.15)
    assert float(height[130, 100]) == 0.0
    assert float(height[100, 30]) == 0.0
    assert groove.length_mm[0] == pytest.approx(12.0)
    marked = float((stamp_troughs_inside(groove, SHAPE, PX_PER_MM, CPU) == 2).sum()) / PX_PER_MM**2
    assert marked == pytest.approx(float(groove.area_mm2[0]), rel=0.03)


def test_curved_lines_go_through_their_middle_with_their_length() -> None:
    lines = curved_lines(
        np.random.default_rng(1), np.array([[5.0, 6.0]]), np.array([20.0]), np.array([0.3]), 0.6, 0.1
    )
    groove = Troughs(lines, np.ones(1), -np.ones(1), np.ones(1), np.array([False]))
    assert groove.length_mm[0] == pytest.approx(20.0)
    assert groove.middle_mm[0] == pytest.approx([5.0, 6.0])
    assert np.hypot(*(lines[0, -1] - lines[0, 0])) < 19.99


def test_a_raised_dome_has_its_volume_its_label_and_a_height_that_is_listed() -> None:
    dome = scars_of(raised=blob(400.0, 6.0, power=(2.0, 2.0)))
    relief = scar_relief(dome, SHAPE, PX_PER_MM, CPU)
    assert float(relief.pits.abs().max()) == 0.0
    volume_mm3 = float(relief.raised.sum()) / 1000 / PX_PER_MM**2
    assert volume_mm3 == pytest.approx(math.pi * 9 * 0.4 / 2, rel=0.02)
    types = types_of(dome)
    assert int(types[100, 100]) == TYPES.index("raised")
    assert int(types[10, 10]) == 0
    assert [s.type for s in dome.listed()] == ["raised"]


def test_an_icepick_in_a_boxcar_is_labelled_as_one_and_lies_deeper() -> None:
    both = scars_of(boxcar=blob(-200.0, 4.0), icepick=blob(-150.0, 1.0))
    relief, types = scar_relief(both, SHAPE, PX_PER_MM, CPU), types_of(both)
    assert int(types[100, 100]) == TYPES.index("icepick")
    assert int(types[100, 115]) == TYPES.index("boxcar")
    assert float(relief.pits[100, 100]) < float(relief.pits[100, 115]) - 100


def test_every_pixel_belongs_to_the_scar_whose_centre_is_nearer_by_its_size() -> None:
    left, right = blob(-200.0, 6.0, MIDDLE - 2), blob(-200.0, 3.0, MIDDLE + 2)
    pair = scars_of(boxcar=Blobs.join([left, right]), icepick=blob(-150.0, 1.0, MIDDLE - 2))
    owner = scar_owners(pair, SHAPE, PX_PER_MM, CPU)
    number = {(scar.type, scar.x_mm): k + 1 for k, scar in enumerate(pair.listed())}
    row, middle = SHAPE[0] // 2, round(MIDDLE * PX_PER_MM)
    two = round(2 * PX_PER_MM)
    assert int(owner[row, middle - two]) == number["icepick", MIDDLE - 2]
    assert int(owner[row, middle - two // 2]) == number["boxcar", MIDDLE - 2]
    assert int(owner[row, middle + two]) == number["boxcar", MIDDLE + 2]
    # 3 and 1.5 mm in radius, 4 mm apart: half a millimetre in which both reach, parted where both are equally far.
    border = MIDDLE - 2 + 4 * 2 / 3
    assert int(owner[row, round((border - 0.15) * PX_PER_MM)]) == number["boxcar", MIDDLE - 2]
    assert int(owner[row, round((border + 0.15) * PX_PER_MM)]) == number["boxcar", MIDDLE + 2]


def test_a_scar_is_shown_whole_or_not_at_all() -> None:
    owner = torch.zeros(4, 8, dtype=torch.int64)
    owner[:, :4], owner[:, 4:7] = 1, 2
    seen = torch.zeros(4, 8, dtype=torch.bool)
    seen[0, :4] = True  # 4 of 16 pixels of the first, 2 of 12 of the second, and some where no scar is
    seen[0, 4:6] = True
    seen[:, 7] = True
    shown = of_shown_scars(owner, seen)
    assert shown[:, :4].all()
    assert not shown[:, 4:].any()


def test_soft_troughs_are_rolling_and_steep_ones_boxcar() -> None:
    for steep, kind in ((True, "boxcar"), (False, "rolling")):
        scars = scars_of(troughs=straight(2.0, 10.0, -200.0, steep))
        assert int(types_of(scars)[100, 100]) == TYPES.index(kind)
        (scar,) = scars.listed()
        assert (scar.type, scar.width_mm, scar.length_mm) == (kind, 2.0, pytest.approx(10.0))


def test_healing_takes_its_share_of_every_form_and_leaves_what_is_not_named() -> None:
    tissue = Tissue(rough=0.2, warp_mm=0.1, noise_seed=4)
    scars = scars_of(
        tissue,
        straight(1.5, 8.0, -20.0, True),
        boxcar=blob(-20.0, 3.0, 5.0),
        raised=blob(80.0, 3.0, 15.0, power=(2.0, 2.0)),
    )
    before = scar_relief(scars, SHAPE, PX_PER_MM, CPU)
    share = {kind: np.full(len(table), 0.25) for kind, table in scars.tables.items()}
    after = scar_relief(scars.healed(share), SHAPE, PX_PER_MM, CPU)
    torch.testing.assert_close(after.pits, 0.75 * before.pits, atol=0.02, rtol=0.01)
    torch.testing.assert_close(after.raised, 0.75 * before.raised, atol=1e-3, rtol=1e-4)
    only = scar_relief(scars.healed({"trough": np.ones(1)}), SHAPE, PX_PER_MM, CPU)
    assert float(only.pits[100, 100]) == pytest.approx(0.0, abs=0.1)
    assert float(only.pits[100, 50]) == pytest.approx(float(before.pits[100, 50]), rel=1e-4)
    torch.testing.assert_close(only.raised, before.raised)


def test_scar_tissue_loses_texture_and_gains_shine_only_inside() -> None:
    scars = scars_of(Tissue(smooth=1.0, gloss=0.5), boxcar=blob(-300.0, 6.0))
    relief = scar_relief(scars, SHAPE, PX_PER_MM, CPU)
    left = tissue_left(relief, 0.4)
    assert float(left[100, 100]) == pytest.approx(0.4)
    assert float(left[10, 10]) == 1.0
    gloss = gloss_of(scars, relief.pits, relief.raised)
    assert float(gloss[100, 100]) == pytest.approx(1.5)
    assert float(gloss[10, 10]) == 1.0
    noise = torch.rand(3, *SHAPE, generator=torch.Generator().manual_seed(0))
    inside = stamp_inside(scars.by_type["boxcar"], SHAPE, PX_PER_MM, CPU).float()
    smooth = lose_texture(noise, inside, scars.tissue, PX_PER_MM)
    assert float(smooth[:, 95:105, 95:105].std()) < 0.3 * float(noise[:, 95:105, 95:105].std())
    assert torch.equal(smooth[:, :40, :40], noise[:, :40, :40])


def test_colour_stays_inside_and_differs_from_scar_to_scar() -> None:
    pits = Blobs.join([blob(-200.0, 3.0, x) for x in (3.0, 10.0, 17.0)])
    paint = scar_paint(replace(scars_of(boxcar=pits), colour=(0.0, 0.2)), SHAPE, PX_PER_MM, CPU)
    centres = [float(paint.haemoglobin[100, x]) for x in (30, 100, 170)]
    assert min(centres) > 0.01
    assert len({round(c, 3) for c in centres}) == 3
    assert float(paint.haemoglobin[20, 20]) == pytest.approx(0.0, abs=1e-3)
    assert float(paint.melanin.abs().max()) == 0.0


def test_what_is_drawn_keeps_to_its_ranges() -> None:
    places = places_on(np.ones((448, 448), np.uint8), 5.0)
    seen = {"trough": 0, "raised": 0, "stretch": 0, "pores": 0, "tethered": 0}
    for seed in range(60):
        rng = np.random.default_rng(seed)
        scars = draw_scars(rng, places, none_chance=0.0, raised_chance=0.5, stretch_chance=0.5)
        t, s, r = scars.troughs, scars.stretch.bands, scars.by_type["raised"]
        for name, table in (("trough", t), ("raised", r), ("stretch", s), ("pores", scars.pores)):
            seen[name] += len(table)
        seen["tethered"] += int((scars.by_type["rolling"].fold_share > 0).sum())
        assert ((t.length_mm > 3.99) & (t.length_mm < 25.01)).all()
        assert ((t.width_mm >= 0.7) & (t.width_mm <= 4.0)).all()
        assert (t.height_um < 0).all()
        assert (s.width_mm >= stretch.WIDTH_MM[0]).all()
        assert (s.width_mm <= stretch.WIDTH_MM[1]).all()
        assert (s.length_mm > stretch.LENGTH_MM[0] - 0.01).all()
        assert (s.length_mm < stretch.LENGTH_MM[1] + 0.01).all()
        assert (r.height_um >= min(low for low, _ in raised.HEIGHT_UM.values()) - 1e-9).all()
        assert (2 * np.sqrt(r.area_mm2 / math.pi) <= raised.WIDTH_MM["keloidal"][1] + 1e-9).all()
    assert min(seen.values()) > 10


def test_depths_vary_within_a_face_and_shallow_fields_are_common() -> None:
    places = places_on(np.ones((448, 448), np.uint8), 5.0)
    shallow, spreads = [], []
    for seed in range(25):
        scars = draw_scars(np.random.default_rng(seed), places, none_chance=0.0, pattern="rolling field")
        depth = -scars.by_type["rolling"].height_um
        if len(depth) > 20:
            spreads.append(float(np.log(depth).std()))
            shallow.append(float((depth < 200).mean()))
    assert np.median(spreads) > 0.35
    assert 0.15 < np.mean(shallow) < 0.8
    rng = np.random.default_rng(0)
    names = [draw_pattern(rng) for _ in range(2000)]
    assert set(names) == set(PATTERNS)
    assert (names.count("rolling field") + names.count("fine pitting")) / 2000 > 0.33


def scene_with(scars: Scars, seed: int) -> Scene:
    """Rendered skin under a raking lamp that shines across grooves along x as well as along y."""
    drawn = draw_scene(seed, 160, [], CPU)
    rig = replace(drawn.rig, lamps=(Lamp(math.radians(60), math.radians(30), 1.0),), ambient=0.15)
    return replace(drawn, px_per_mm=8.0, rig=rig, form=torch.zeros(2, 160, 160), scars=scars)


def test_stretch_marks_are_a_mark_of_the_surface_and_neither_type_nor_relief() -> None:
    places = places_on(np.ones((160, 160), np.uint8), 8.0)
    marks = stretch.draw_stretch_marks(np.random.default_rng(2), places, 1.0)
    scene = scene_with(replace(scars_of(), stretch=marks), 3)
    layers = build_layers(scene, np.random.default_rng(0), torch.ones(160, 160), CPU)
    assert float(layers.scars.abs().max()) == 0.0
    assert float(layers.fine.min()) < -10
    picture = render(scene, CPU)
    assert not picture.scars
    assert not np.isin(picture.types, (1, 2, 3, 4, UNLABELLED)).any()
    assert ((picture.surface >> SURFACE.index("stretch")) & 1).any()


def test_a_picture_lists_troughs_with_length_and_raised_scars_with_negative_depth() -> None:
    found: dict[str, dict[str, float | str]] = {}
    for seed in range(4):  # a strip of backdrop or a label may cover a scar of one scene
        place = np.array([10.0, 5.0]) - MIDDLE
        groove = straight(1.5, 8.0, -300.0, steep=True)
        groove = replace(groove, path_mm=groove.path_mm + place)
        dome = blob(500.0, 4.0, power=(2.0, 2.0))
        dome = replace(dome, y_mm=np.array([14.0]))
        for scar in render(scene_with(scars_of(None, groove, raised=dome), seed), CPU).scars:
            found[str(scar["type"])] = scar
    assert found["boxcar"]["length_mm"] == pytest.approx(8.0)
    assert found["boxcar"]["depth_um"] == pytest.approx(300.0, rel=0.1)
    assert found["raised"]["depth_um"] == pytest.approx(-500.0, rel=0.1)
    assert found["raised"]["area_px"] == pytest.approx(math.pi * 4 * 64, rel=0.01)
    assert true_scales(list(found.values()))["ecca_atrophic"] == 20  # raised scars are no atrophic item
