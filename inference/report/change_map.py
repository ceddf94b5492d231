"""The map of change: which scars are better and which worse, and where nobody can say.

Each scar has one colour, from the same depths and the same error as its verdict: full beyond its measurement error,
pale within it. A map of the relief's change pixel by pixel would colour the walls of every scar whose outline moved by
a pixel, and contradict the table beside it. Blue and vermilion are told apart by colour-blind readers as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from inference.change.comparison import AlignedPair, Comparison, LesionTrace
from inference.change.register import carry_labels, carry_mask
from inference.report.lettering import font
from inference.report.overlay import draw_outlines, rgb_of
from inference.report.scars import change_of

#: Blue and vermilion of Okabe & Ito (2008).
BETTER_COLOUR, WORSE_COLOUR = "#0072B2", "#D55E00"
FULL_ALPHA, PALE_ALPHA = 0.85, 0.32
#: Confidence (a correlation) from which colours are full, and under which they and the picture are washed out:
#: registered unchanged skin under one light has 0.8 and more, unlike expressions 0.3 to 0.7.
SURE, UNSURE = 0.5, 0.15
#: White laid over where the alignment is unsure, and over the stripes that mark what is not seen twice.
WASH_ALPHA, STRIPE_ALPHA = 0.5, 0.6
_WASH_SD = 0.006
_STRIPE_PX = 7
_OUTLINE_RGB = (43, 47, 51)
_SWATCHES = {
    "better": (BETTER_COLOUR,),
    "worse": (WORSE_COLOUR,),
    "pale": ("#a3c3d6", "#e3bfa6"),
    "unsure": ("#eef0f2",),
    "unseen": ("#d9dde1",),
}
_LONG_SIDE_PX, _MOST_ENLARGED = 1600, 3


@dataclass(frozen=True, slots=True)
class MapFacts:
    """What occurs on the map, so that its legend names that and no more."""

    better: bool
    worse: bool
    pale: bool
    unsure: bool
    unseen: bool


def change_layer(comparison: Comparison) -> NDArray[np.uint8]:
    """(h, w, 4) uint8 RGBA over the before picture, up to three times its size: clear where nothing is to be said.

    Raises ValueError for a pair that is not aligned.
    """
    pair = _pair(comparison)
    factor = min(max(1.0, _LONG_SIDE_PX / max(pair.common.shape)), _MOST_ENLARGED)
    size = round(pair.common.shape[1] * factor), round(pair.common.shape[0] * factor)
    places = places_of(comparison)
    colour = np.zeros((*size[::-1], 3), np.float32)
    alpha = np.zeros(size[::-1], np.float32)
    for better, hexadecimal in ((True, BETTER_COLOUR), (False, WORSE_COLOUR)):
        strength = np.array([0.0, *(_strength(one, better) for one in comparison.lesions.traces)], np.float32)
        soft = np.clip(
            np.asarray(cv2.resize(strength[places], size, interpolation=cv2.INTER_CUBIC), np.float32), 0, 1
        )
        colour = np.where((soft > alpha)[..., None], np.array(rgb_of(hexadecimal), np.float32), colour)
        alpha = np.maximum(alpha, soft)
    trust = np.asarray(cv2.resize(trust_of(pair), size, interpolation=cv2.INTER_LINEAR), np.float32)
    alpha = alpha * trust
    white = (1 - trust) * WASH_ALPHA
    unseen = cv2.resize(unseen_of(comparison).astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    white = np.where(unseen, _stripes(size[::-1]) * STRIPE_ALPHA, white)
    alpha = np.where(unseen, 0, alpha)
    # Colour over white, both over the picture.
    total = alpha + white * (1 - alpha)
    mixed = (colour * alpha[..., None] + 255 * (white * (1 - alpha))[..., None]) / np.maximum(total, 1e-6)[
        ..., None
    ]
    return np.dstack([np.round(mixed), np.round(total * 255)]).astype(np.uint8)


def map_facts(comparison: Comparison) -> MapFacts:
    """What the map of this pair shows. Raises ValueError for a pair that is not aligned."""
    pair = _pair(comparison)
    traces = comparison.lesions.traces
    strengths = [(_strength(one, True), _strength(one, False)) for one in traces]
    return MapFacts(
        better=any(better == FULL_ALPHA for better, _ in strengths),
        worse=any(worse == FULL_ALPHA for _, worse in strengths),
        pale=any(0 < max(both) < FULL_ALPHA for both in strengths),
        unsure=bool(np.mean(trust_of(pair)[pair.common] < 0.5) > 0.005) if pair.common.any() else False,
        unseen=bool(np.mean(unseen_of(comparison)) > 0.002),
    )


def change_picture(comparison: Comparison, after: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(h, w, 3) uint8 sRGB: the after picture, laid over before, in grey with `change_layer` over it and a legend."""
    layer = change_layer(comparison).astype(np.float32)
    size = layer.shape[1], layer.shape[0]
    grey = cv2.resize(cv2.cvtColor(after, cv2.COLOR_RGB2GRAY), size, interpolation=cv2.INTER_CUBIC)
    under = np.asarray(grey, np.float32)[..., None]
    alpha = layer[..., 3:] / 255
    mixed = np.round(layer[..., :3] * alpha + under * (1 - alpha)).astype(np.uint8)
    outlined = draw_outlines(mixed, places_of(comparison) > 0, _OUTLINE_RGB)
    return np.concatenate([outlined, _legend(map_facts(comparison), size[0])])


def legend_of(facts: MapFacts) -> list[tuple[str, str]]:
    """Kind of each sign that occurs, and what it says."""
    signs = (
        ("better", "improved beyond error", facts.better),
        ("worse", "worse beyond error", facts.worse),
        ("pale", "pale: within error", facts.pale),
        ("unsure", "washed out: alignment unsure", facts.unsure),
        ("unseen", "striped: seen in one photograph only", facts.unseen),
    )
    return [(kind, words) for kind, words, occurs in signs if occurs]


def _legend(facts: MapFacts, width: int) -> NDArray[np.uint8]:
    """A white strip with the signs that occur."""
    strip = Image.new("RGB", (width, 48), "white")
    pen = ImageDraw.Draw(strip)
    left = 16
    for kind, words in legend_of(facts) or [("none", "no scar is seen in both")]:
        box = (left, 14, left + 28, 34)
        if kind in _SWATCHES:
            for k, colour in enumerate(_SWATCHES[kind]):
                half = (box[0] + 14 * k, box[1], box[0] + 14 * (k + 1), box[3])
                pen.rectangle(half if len(_SWATCHES[kind]) > 1 else box, colour)
            if kind == "unseen":
                for x in range(box[0], box[2], 7):
                    pen.line((x, box[3], x + 7, box[1]), "#5d6670", 2)
            left += 36
        pen.text((left, 15), words, "#1b2430", font(15))
        left += round(pen.textlength(words, font(15))) + 26
    return np.asarray(strip, np.uint8)


def trust_of(pair: AlignedPair) -> NDArray[np.float32]:
    """(h, w) float32, 0..1: how far the map's colours hold, by the registration's confidence; 1 off the common skin."""
    if pair.confidence is None:
        return np.ones(pair.common.shape, np.float32)
    share = np.clip((pair.confidence - UNSURE) / (SURE - UNSURE), 0, 1)
    trust = np.where(pair.common, share * share * (3 - 2 * share), 1).astype(np.float32)
    # Without hard rims, which would look like findings.
    return np.asarray(cv2.GaussianBlur(trust, (0, 0), _WASH_SD * max(trust.shape)), np.float32)


def unseen_of(comparison: Comparison) -> NDArray[np.bool_]:
    """(h, w) bool: skin that only one of the photographs shows."""
    pair = _pair(comparison)
    before, after = comparison.before.evidence, comparison.after.evidence
    if before is None or after is None or pair.map_xy is None:
        return np.zeros(pair.common.shape, np.bool_)
    once = before.skin | carry_mask(after.skin, pair.map_xy)
    # Single pixels at the rim of the skin are no finding.
    kernel = np.ones((5, 5), np.uint8)
    return cv2.morphologyEx((once & ~pair.common).astype(np.uint8), cv2.MORPH_OPEN, kernel) > 0


def _pair(comparison: Comparison) -> AlignedPair:
    if comparison.pair is None:
        raise ValueError("photographs that are not aligned have no map of change")
    return comparison.pair


def places_of(comparison: Comparison) -> NDArray[np.int32]:
    """(h, w) int32: which trace each pixel belongs to by the outlines of either visit, from 1; 0 for none."""
    pair = _pair(comparison)
    before, after = comparison.before.evidence, comparison.after.evidence
    if before is None or after is None:
        return np.zeros(pair.common.shape, np.int32)
    later = after.lesion_id if pair.map_xy is None else carry_labels(after.lesion_id, pair.map_xy)
    traces = comparison.lesions.traces
    first = _numbered(before.lesion_id, [trace.before_ids for trace in traces])
    second = _numbered(later, [trace.after_ids for trace in traces])
    return np.where(pair.common, np.where(first > 0, first, second), 0).astype(np.int32)


def _numbered(lesion_id: NDArray[np.int32], members: Sequence[tuple[int, ...]]) -> NDArray[np.int32]:
    """(h, w) int32: ids replaced by the number of their group, from 1 in the order of `members`; 0 for the others."""
    number = np.zeros(int(lesion_id.max(initial=0)) + 1, np.int32)
    for k, ids in enumerate(members, start=1):
        number[[one for one in ids if one < len(number)]] = k
    return number[lesion_id]


def _strength(trace: LesionTrace, better: bool) -> float:
    """Opacity of a scar's colour on the side of `better`: full beyond its error, pale within, none without a figure."""
    change = change_of(trace)
    if change is None or (change < 0) != better or change == 0:
        return 0.0
    if trace.depth_mdc95_um is None:
        return PALE_ALPHA
    share = abs(change) / trace.depth_mdc95_um
    return FULL_ALPHA if share > 1 else PALE_ALPHA * share


def _stripes(shape: tuple[int, int]) -> NDArray[np.float32]:
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    return ((rows + columns) % (2 * _STRIPE_PX) < _STRIPE_PX).astype(np.float32)
