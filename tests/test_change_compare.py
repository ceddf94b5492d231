"""Whole comparisons of drawn visits: what changed is known by arithmetic."""

import math
from dataclasses import replace

import cv2
import numpy as np
import pytest
from drawn_maps import MODEL, THRESHOLDS, Pit, draw_maps, photo_of

from inference.change.compare import compare
from inference.change.comparison import Comparison, Metric
from inference.change.error import MDC95_BY_SEM
from inference.change.matching import MATCH_RADIUS_MM
from inference.change.metrics import BURDEN, verdict_of
from inference.change.statement import gais_of, overall_of, quartile_of
from inference.errors import ComparisonError
from inference.measure.assess import assess
from inference.measure.assessment import Assessment
from inference.network.maps import SURFACE, Maps
from inference.network.repeatability import RepeatError
from inference.photo.photo import Photo, Scale

PITS = [
    Pit(15, 12, 0.8, 600, "icepick"),
    Pit(40, 20, 1.8, 300),
    Pit(30, 36, 3.0, 250, "rolling", "cap"),
    Pit(52, 38, 2.0, 300),
]
BURDEN_UM = np.pi * (0.64 * 600 + 3.24 * 300 + 9 * 250 / 2 + 4 * 300) / (48 * 64)


def skin_of(pits: list[Pit], seed: int = 0) -> Maps:
    """Drawn maps on mottled skin, so that there is something to align."""
    maps = draw_maps(pits)
    rng = np.random.default_rng(seed)
    mottle = sum(
        s * cv2.GaussianBlur(rng.normal(0, sd, maps.rgb.shape[:2]).astype(np.float32), (0, 0), sd)
        for sd, s in ((1.5, 14.0), (5.0, 20.0))
    )
    rgb = np.clip(maps.rgb + mottle[..., None], 2, 250).astype(np.uint8)
    return replace(maps, rgb=rgb)


def visit(pits: list[Pit], seed: int = 0) -> Assessment:
    maps = skin_of(pits, seed)
    return assess(photo_of(maps), maps, MODEL, THRESHOLDS)


def again(assessment: Assessment) -> Assessment:
    """The same picture in another file."""
    return replace(assessment, photo=replace(assessment.photo, sha256="a" * 64))


def shifted(maps: Maps, step: int) -> Maps:
    """The camera moved right by `step` pixels; reflected skin comes in from the edge."""

    def move(picture: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray(np.concatenate([picture[:, step:], picture[:, -step:][:, ::-1]], axis=1))

    return replace(
        maps,
        rgb=move(maps.rgb),
        types=np.stack([move(t) for t in maps.types]),
        surface=np.stack([move(t) for t in maps.surface]),
        relief_um=move(maps.relief_um),
    )


def of_mdc95(limits: dict[str, float]) -> dict[str, RepeatError]:
    """Errors that do not depend on anything."""
    return {
        name: RepeatError(intercept=math.log(mdc95 / MDC95_BY_SEM), floor=None, conditions={})
        for name, mdc95 in limits.items()
    }


def figure(comparison: Comparison, name: str) -> tuple[float | None, float | None, float | None]:
    metric = next(m for m in comparison.metrics if m.name == name)
    return metric.before, metric.after, metric.change_percent


def healed(share: float) -> list[Pit]:
    return [replace(pit, depth_um=pit.depth_um * (1 - share)) for pit in PITS]


def test_identical_photographs_do_not_differ() -> None:
    result = compare(visit(PITS), again(visit(PITS)))
    assert result.comparable.usable
    # The map is found, not given: a hundredth of a pixel may be left of it.
    assert all(m.change is None or abs(m.change) <= 1e-3 * abs(m.before or 0) for m in result.metrics)
    assert result.lesions.unchanged == (1, 2, 3, 4)
    assert result.lesions.resolved == result.lesions.new == ()
    assert result.overall.statement.startswith("Measured scar burden is the same")


def test_filled_up_scars_lower_the_burden_by_their_share() -> None:
    result = compare(visit(PITS), visit(healed(0.4)))
    before, after, percent = figure(result, BURDEN)
    assert before == pytest.approx(BURDEN_UM, rel=0.02)
    assert percent == pytest.approx(-40, abs=1)
    assert figure(result, "scars.count")[:2] == (4, 4)
    assert result.overall.statement == (
        f"Measured scar burden is 40 % lower ({before:.1f} to {after:.1f} µm); "
        "the measurement error of this change is not yet known."
    )
    assert (result.overall.verdict, result.overall.quartile, result.overall.gais_estimate) == (
        "unknown",
        None,
        None,
    )
    assert all(m.verdict == "unknown" and m.mdc95 is None for m in result.metrics)


def test_an_outline_drawn_wider_does_not_change_the_burden() -> None:
    """The same relief, but after is outlined 0.5 mm wider: area grows, the common footprint's burden stays."""
    maps = skin_of(PITS)
    wide = skin_of([replace(pit, radius_mm=pit.radius_mm + 0.5) for pit in PITS])
    wide = replace(wide, relief_um=maps.relief_um, rgb=maps.rgb)
    result = compare(
        assess(photo_of(maps), maps, MODEL, THRESHOLDS), assess(photo_of(wide), wide, MODEL, THRESHOLDS)
    )
    assert abs(figure(result, BURDEN)[2] or 0) < 0.1
    assert (figure(result, "scars.area_fraction")[2] or 0) > 20


def test_scars_lost_and_found() -> None:
    """Scar 2 is gone after; a new one, number 3 of after, stands elsewhere."""
    after = [PITS[0], PITS[2], PITS[3], Pit(12, 30, 1.5, 300)]
    result = compare(visit(PITS), visit(after))
    assert result.lesions.resolved == (2,)
    assert result.lesions.unchanged == (1, 3, 4)
    assert result.lesions.new == (2,)
    assert result.lesions.improved == result.lesions.worse == ()


def test_a_scar_that_splits_is_neither_resolved_nor_new() -> None:
    whole = [Pit(30, 24, 4.0, 300, "rolling")]
    parts = [Pit(28, 24, 1.4, 200, "rolling"), Pit(32, 24, 1.4, 200, "rolling")]
    assert compare(visit(whole), visit(parts)).lesions.new == ()
    assert compare(visit(parts), visit(whole)).lesions.resolved == ()
    assert MATCH_RADIUS_MM == 3.0


def test_scars_outside_the_common_skin_are_in_no_list() -> None:
    maps = skin_of([*PITS, Pit(4, 24, 1.5, 300)])
    moved = shifted(skin_of(PITS), 100)
    before = assess(photo_of(maps), maps, MODEL, THRESHOLDS)
    after = assess(photo_of(moved), moved, MODEL, THRESHOLDS)
    result = compare(before, after)
    assert result.registration.overlap_fraction == pytest.approx(540 / 640, abs=0.01)
    assert any(issue.code == "overlap" for issue in result.comparable.issues)
    edge = next(lesion.id for lesion in before.lesions if lesion.x_px < 60)
    lists = result.lesions
    assert edge not in lists.resolved + lists.improved + lists.unchanged + lists.worse
    assert lists.new == ()


def test_unrelated_photographs_report_no_change() -> None:
    result = compare(visit(PITS, 1), visit([Pit(50, 8, 2, 300)], 2))
    assert not result.comparable.usable
    assert result.pair is None
    assert result.overall.statement.startswith("The photographs could not be aligned")
    assert all(m.change is None and m.verdict == "unknown" for m in result.metrics)
    assert figure(result, BURDEN)[0] == pytest.approx(BURDEN_UM, rel=0.02)
    assert result.lesions.unchanged == result.lesions.resolved == ()


def test_clear_skin_and_no_skin() -> None:
    clear = compare(visit([]), again(visit([])))
    assert figure(clear, BURDEN) == (0, 0, None)
    assert clear.overall.statement == "No atrophic scars were found on the skin that both photographs show."
    maps = skin_of(PITS)
    maps.surface[SURFACE.index("skin")] = 0
    nothing = compare(visit(PITS), assess(photo_of(maps), maps, MODEL, THRESHOLDS))
    assert not nothing.comparable.usable
    assert "no_skin" in {issue.code for issue in nothing.comparable.issues}


def test_scars_in_the_second_only() -> None:
    result = compare(visit([]), visit(PITS))
    assert figure(result, BURDEN)[2] is None
    assert "second photograph only" in result.overall.statement
    assert result.lesions.new == (1, 2, 3, 4)


def test_a_known_error_gives_verdicts() -> None:
    better = compare(visit(PITS), visit(healed(0.4)), of_mdc95({BURDEN: 0.3, "texture.roughness_sa_um": 2.0}))
    assert better.overall.verdict == "improved"
    assert (better.overall.quartile, better.overall.gais_estimate) == (2, 3)
    assert "beyond the measurement error of 0.3 µm" in better.overall.statement
    within = compare(visit(PITS), visit(healed(0.1)), of_mdc95({BURDEN: 0.5}))
    assert (within.overall.verdict, within.overall.quartile) == ("within measurement error", 0)
    assert within.overall.gais_estimate == 4
    worse = compare(visit(healed(0.4)), visit(PITS), of_mdc95({BURDEN: 0.3}))
    assert (worse.overall.verdict, worse.overall.quartile, worse.overall.gais_estimate) == ("worse", 0, 5)


def test_pictures_of_the_pair_lie_in_one_frame() -> None:
    result = compare(visit(PITS), visit(healed(0.4)))
    pair = result.pair
    assert pair is not None
    assert pair.before_rgb.shape == pair.after_rgb.shape
    boxcar = pair.before_label == 2
    assert np.median(pair.relief_change_um[boxcar]) == pytest.approx(120, abs=2)  # filled up is positive
    assert pair.relief_change_um[~pair.common].size == 0 or not pair.relief_change_um[~pair.common].any()


def test_light_exposure_and_scale_are_named() -> None:
    maps = skin_of(PITS)
    ramp = np.linspace(0.6, 1.05, 640)[None, :, None]
    dim = replace(maps, rgb=np.clip(0.8 * maps.rgb * ramp, 0, 255).astype(np.uint8))
    before = assess(photo_of(maps), maps, MODEL, THRESHOLDS)
    codes = {i.code for i in compare(before, assess(photo_of(dim), dim, MODEL, THRESHOLDS)).comparable.issues}
    assert {"exposure", "light"} <= codes
    other = replace(maps, mm_per_px=0.12)
    photo = Photo("after.jpg", "1" * 64, maps.rgb, Scale(0.12, "assumed", 0.5))
    issues = compare(before, assess(photo, other, MODEL, THRESHOLDS)).comparable.issues
    assert {"scale", "scale_assumed"} <= {issue.code for issue in issues}
    assert "20%" in next(issue.message for issue in issues if issue.code == "scale")


def test_a_turned_picture_is_named_as_pose() -> None:
    maps = skin_of(PITS)
    rows = cv2.getRotationMatrix2D((320, 240), 14, 1.0)

    def turn(picture: np.ndarray) -> np.ndarray:
        return cv2.warpAffine(picture, rows, (640, 480), borderMode=cv2.BORDER_REFLECT_101)

    turned = replace(
        maps,
        rgb=turn(maps.rgb),
        types=np.stack([turn(t) for t in maps.types]),
        surface=np.stack([turn(t) for t in maps.surface]),
        relief_um=turn(maps.relief_um),
    )
    result = compare(
        assess(photo_of(maps), maps, MODEL, THRESHOLDS), assess(photo_of(turned), turned, MODEL, THRESHOLDS)
    )
    assert "pose" in {issue.code for issue in result.comparable.issues}
    assert abs(figure(result, BURDEN)[2] or 0) < 4


def test_results_without_pictures_or_from_two_models_are_refused() -> None:
    one = visit(PITS)
    with pytest.raises(ComparisonError, match="score the photograph again"):
        compare(one, replace(one, evidence=None))
    with pytest.raises(ComparisonError, match="one model"):
        compare(one, replace(one, model=replace(one.model, sha256="f" * 64)))


@pytest.mark.parametrize(
    ("change", "mdc95", "better", "verdict"),
    [
        (-5, None, "lower", "unknown"),
        (None, 2, "lower", "unknown"),
        (-5, 2, "lower", "improved"),
        (5, 2, "lower", "worse"),
        (5, 2, "higher", "improved"),
        (-2, 2, "lower", "within measurement error"),
        (5, 2, "neither", "unknown"),
    ],
)
def test_verdicts(change: float | None, mdc95: float | None, better: str, verdict: str) -> None:
    assert verdict_of(change, mdc95, better) == verdict  # type: ignore[arg-type]


def test_improvement_scales() -> None:
    percents = (-10, 0, 1, 25, 26, 50, 51, 75, 76, 100)
    assert [quartile_of(p, True) for p in percents] == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert [gais_of(p, True) for p in percents] == [5, 5, 3, 3, 3, 3, 2, 2, 1, 1]
    assert (quartile_of(40, False), gais_of(40, False)) == (0, 4)


def test_next_to_nothing_is_not_put_in_percent() -> None:
    faint = Metric("scars.burden_um", "µm", 0.3, 0.4, 0.1, 33.3, None, "unknown")
    overall = overall_of((faint,), None)
    assert overall.statement == "Hardly any atrophic scarring was measured in either photograph."
    assert overall.verdict == "unknown"
