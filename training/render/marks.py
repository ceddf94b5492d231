"""Look-alikes, all on a picture that is not an atrophic scar: acne, pigment, pores, wrinkles, hair, coats, overlays."""

import math
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from training.render.blobs import Blobs, draw_blobs
from training.render.coats import Ink, MakeUp, Solid, draw_ink, draw_make_up, draw_solid
from training.render.hair import draw_hairs, draw_stubble, draw_vellus
from training.render.lesions import Acne, draw_acne, draw_papules
from training.render.mood import Mood, draw_mood
from training.render.overlays import Overlays, draw_bars, draw_overlays
from training.render.pigment import (
    Patch,
    Spots,
    draw_brown,
    draw_freckles,
    draw_moles,
    draw_patches,
    draw_red,
)
from training.render.places import Places, places_on
from training.render.strokes import Strokes, draw_strokes
from training.render.wrinkles import draw_wrinkles

__all__ = ["LookAlikes", "Places", "Strokes", "draw_look_alikes", "draw_strokes", "places_on"]

#: Points of the 189 on the nose and the inner cheeks, where pores are largest.
_PORED = (
    50,
    51,
    52,
    53,
    54,
    56,
    57,
    58,
    59,
    60,
    61,
    62,
    66,
    67,
    44,
    45,
    48,
    49,
    158,
    161,
    165,
    166,
    168,
    169,
)


@dataclass(frozen=True)
class LookAlikes:
    """Everything that must not be called an atrophic scar. Blob heights in micrometres; `moles` may be domed.

    papule_redness: haemoglobin added over papules. furrows: wrinkles as valleys `furrow_um` deep. follicles: bumps
    under the stubble. solid: stickers, a ruler or glasses. bars: (x0, y0, x1, y1, grey 0..1) rectangles over the
    picture, grey < 0 means coarse pixels. mood: extra gloss, shade and underexposure of a photographed face.
    """

    red: Blobs
    brown: Blobs
    moles: Blobs
    papules: Blobs
    papule_redness: float
    pores: Blobs
    furrows: Strokes
    furrow_um: float
    hairs: Strokes
    stubble: Strokes
    bars: tuple[tuple[int, int, int, int, float], ...]
    freckles: Blobs = field(default_factory=Blobs.empty)
    patches: tuple[Patch, ...] = ()
    acne: Acne = field(default_factory=Acne.none)
    follicles: Blobs = field(default_factory=Blobs.empty)
    vellus: Strokes = field(default_factory=Strokes)
    make_up: MakeUp = field(default_factory=MakeUp)
    ink: Ink | None = None
    solid: Solid | None = None
    overlays: Overlays = field(default_factory=Overlays)
    mood: Mood = field(default_factory=lambda: Mood(0.0, 1.0, 10.0, 1.0))

    @property
    def spots(self) -> Spots:
        """The pigment marks."""
        return Spots(self.red, self.brown, self.freckles, self.moles, self.patches)

    def bare(self) -> "LookAlikes":
        """The same skin with nothing that comes and goes or lies over it: no acne, hair, make-up, ink, overlays."""
        return replace(
            self,
            acne=Acne.none(),
            hairs=Strokes(),
            stubble=Strokes(),
            follicles=Blobs.empty(),
            vellus=Strokes(),
            make_up=MakeUp(),
            ink=None,
            solid=None,
            bars=(),
            overlays=Overlays(),
            mood=Mood(0.0, 1.0, 10.0, 1.0),
        )

    def none(self) -> "LookAlikes":
        """Nothing at all that could be taken for a scar: besides what `bare` leaves out, no marks, moles, papules,
        pores, freckles, patches and wrinkles."""
        nothing = Blobs.empty()
        return replace(
            self.bare(),
            red=nothing,
            brown=nothing,
            moles=nothing,
            papules=nothing,
            pores=nothing,
            freckles=nothing,
            patches=(),
            furrows=Strokes(),
        )


def draw_look_alikes(
    rng: np.random.Generator,
    places: Places,
    size_px: tuple[int, int],
    px_per_mm: float,
    points: NDArray[np.float64] | None = None,
) -> LookAlikes:
    """Draw each kind on its own chance; sizes stand with the kinds. points: (189, 2) of the face, px of the tile,
    where they are known: then wrinkles, pores, lipstick and glasses sit where they belong."""
    stubble = draw_stubble(rng, places, px_per_mm)
    moles = draw_moles(rng, places)
    return LookAlikes(
        red=draw_red(rng, places),
        brown=draw_brown(rng, places),
        moles=moles,
        papules=draw_papules(rng, places),
        papule_redness=float(rng.choice([rng.uniform(0.05, 0.2), rng.uniform(0.25, 0.9)], p=[0.2, 0.8])),
        pores=_pores(rng, places, points),
        furrows=draw_wrinkles(rng, size_px, px_per_mm, points),
        furrow_um=float(rng.uniform(40, 350)),
        hairs=draw_hairs(rng, size_px, px_per_mm, moles),
        stubble=stubble.strokes,
        bars=draw_bars(rng, size_px),
        freckles=draw_freckles(rng, places),
        patches=draw_patches(rng, places, size_px, px_per_mm),
        acne=draw_acne(rng, places),
        follicles=stubble.follicles,
        vellus=draw_vellus(rng, places, px_per_mm),
        make_up=draw_make_up(rng),
        ink=draw_ink(rng, places, size_px, px_per_mm),
        solid=draw_solid(rng, places, size_px, px_per_mm, points),
        overlays=draw_overlays(rng, size_px),
        mood=draw_mood(rng),
    )


def _pores(rng: np.random.Generator, places: Places, points: NDArray[np.float64] | None) -> Blobs:
    """10-130 pores per cm2, 0.15-0.5 mm wide and up to 0.8 mm in oily skin, all drawn out one way; on a known face
    they are largest on the nose and the inner cheeks."""
    if rng.random() > 0.45 or not len(places.xy_px):
        return Blobs.empty()
    weight = 0.15 + places.near(rng, (10, 30), 2)
    if points is not None:
        near = points[list(_PORED)]
        gap = np.hypot(*(places.xy_px[:, None] - near[None]).transpose(2, 0, 1)).min(1) / places.px_per_mm
        weight = 0.08 + np.exp(-0.5 * (gap / 9) ** 2)
    mean = min(1.0, float(weight.mean() / weight.max()))
    count = min(3000, int(math.exp(rng.uniform(*np.log((10.0, 130.0)))) * places.area_cm2 * mean))
    xy = places.draw(rng, count, weight)
    largest = 0.8 if rng.random() < 0.3 else 0.5
    size = np.exp(rng.uniform(math.log(0.15), math.log(largest), count))
    depth = -rng.uniform(50, 160, count) * np.sqrt(size)
    angle = float(rng.uniform(0, math.pi))
    elongation = float(rng.choice([0.15, 0.5]))
    return draw_blobs(rng, xy, size, depth, elongation=elongation, angle_rad=angle, irregular=0.05)
