"""The map of change: colours by the scars' own verdicts, faded where the alignment is unsure."""

from dataclasses import replace

import numpy as np
import pytest

from inference.change.comparison import Comparison
from inference.report.change_map import (
    BETTER_COLOUR,
    FULL_ALPHA,
    WORSE_COLOUR,
    change_layer,
    change_picture,
    legend_of,
    map_facts,
    trust_of,
)
from inference.report.overlay import rgb_of
from tests.builders import PITS, SIZE, build_comparison, build_traces


def colour_at(comparison: Comparison, pit: int) -> tuple[int, ...]:
    """RGBA in the middle of a pit."""
    layer = change_layer(comparison)
    x, y, *_ = PITS[pit]
    return tuple(layer[round(y * layer.shape[0] / SIZE[0]), round(x * layer.shape[1] / SIZE[1])].tolist())


def with_confidence(value: float, healed_share: float = 1.0) -> Comparison:
    comparison = build_comparison(healed_share)
    assert comparison.pair is not None
    confidence = np.full(SIZE, value, np.float32)
    return replace(comparison, pair=replace(comparison.pair, confidence=confidence))


def identity_map() -> np.ndarray:
    x, y = np.meshgrid(np.arange(SIZE[1], dtype=np.float32), np.arange(SIZE[0], dtype=np.float32))
    return np.stack([x, y], axis=-1)


def test_beyond_error_the_colour_is_full_and_has_its_direction() -> None:
    full = round(FULL_ALPHA * 255)
    assert colour_at(build_comparison(1.0), 1) == (*rgb_of(BETTER_COLOUR), full)
    assert colour_at(build_comparison(-1.0), 1) == (*rgb_of(WORSE_COLOUR), full)


def test_within_error_the_colour_is_pale_and_nothing_is_coloured_without_change() -> None:
    *_, alpha = colour_at(build_comparison(0.2), 1)
    assert 0 < alpha < 0.4 * 255
    assert colour_at(build_comparison(0.0), 1)[3] == 0
    assert change_layer(build_comparison(1.0))[2, 2, 3] == 0


def test_the_colour_fades_and_the_skin_is_washed_out_where_the_alignment_is_unsure() -> None:
    sure, half, unsure = (with_confidence(value) for value in (0.9, 0.32, 0.0))
    assert colour_at(sure, 1) == colour_at(build_comparison(1.0), 1)
    blues = [np.subtract(*colour_at(one, 1)[2::-2]) for one in (sure, half, unsure)]
    assert blues[0] > blues[1] > blues[2] == 0
    white = change_layer(unsure)[2, 2]
    assert tuple(white[:3]) == (255, 255, 255)
    assert white[3] > 60
    assert "unsure" in dict(legend_of(map_facts(unsure)))
    assert "unsure" not in dict(legend_of(map_facts(sure)))


def test_trust_rises_with_confidence_and_is_whole_where_none_is_known() -> None:
    pairs = [with_confidence(value).pair for value in (0.1, 0.2, 0.3, 0.4, 0.6)]
    means = [float(trust_of(pair).mean()) for pair in pairs if pair is not None]
    assert means == sorted(means)
    assert (means[0], means[-1]) == pytest.approx((0, 1), abs=1e-5)
    plain = build_comparison().pair
    assert plain is not None
    assert trust_of(plain).min() > 0.999


def test_skin_that_only_one_photograph_shows_is_striped_and_never_coloured() -> None:
    comparison = build_comparison(1.0)
    assert comparison.pair is not None
    common = comparison.pair.common.copy()
    common[:, 100:] = False
    pair = replace(comparison.pair, common=common, map_xy=identity_map())
    layer = change_layer(replace(comparison, pair=pair))
    striped = layer[100:400, round(0.7 * layer.shape[1]) :]
    assert set(np.unique(striped[..., 3]).tolist()) == {0, 153}
    assert (striped[striped[..., 3] > 0][:, :3] == 255).all()
    assert "unseen" in dict(legend_of(map_facts(replace(comparison, pair=pair))))


def test_an_unknown_error_claims_nothing() -> None:
    comparison = build_comparison(1.0)
    unknown = replace(comparison, lesions=replace(comparison.lesions, traces=build_traces(1.0, None)))
    assert colour_at(unknown, 1)[3] < 0.4 * 255
    assert [kind for kind, _ in legend_of(map_facts(unknown))] == ["pale"]


def test_the_picture_is_opaque_with_its_legend_below() -> None:
    comparison = build_comparison()
    assert comparison.pair is not None
    picture = change_picture(comparison, comparison.pair.after_rgb)
    layer = change_layer(comparison)
    assert picture.shape == (layer.shape[0] + 48, layer.shape[1], 3)
    legend = picture[-48:]
    assert (legend == rgb_of(BETTER_COLOUR)).all(axis=2).sum() > 200
    assert not (legend == rgb_of(WORSE_COLOUR)).all(axis=2).any()


def test_photographs_that_are_not_aligned_have_no_map() -> None:
    with pytest.raises(ValueError, match="not aligned"):
        change_layer(replace(build_comparison(), pair=None))
