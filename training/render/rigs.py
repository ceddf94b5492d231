"""Lighting set-ups by name, as clinics, studios, homes and phones have them, each with its ordinary spread.

Ranges of elevation (12-70 degrees) and ambient light (0.06-0.5) are those that worked in the first trial; distances
and widths are those of the devices: ring and twin flashes sit 5-12 cm from the lens axis, soft boxes of 40-90 cm
stand 0.5-1.2 m away, a window of 0.8-1.5 m is 0.5-2.5 m away, a phone's flash is 1-2 cm from its lens.
"""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from training.render.light import Lamp, Rig

#: How often each set-up is drawn. "plain", the trial's own draw, stays the core.
SHARES = {
    "plain": 0.40,
    "ring": 0.04,
    "twin": 0.08,
    "soft_box": 0.09,
    "window": 0.13,
    "overhead": 0.09,
    "raking": 0.08,
    "phone": 0.04,
    "mixed": 0.05,
}
#: Polarizers are seen in clinics only, over ring, twin and soft box.
POLARIZABLE = ("ring", "twin", "soft_box")


def draw_rig(rng: np.random.Generator, melanin: float = 0.4, name: str | None = None) -> Rig:
    """A set-up, drawn by SHARES unless named; melanin (units of `skin.albedo`) shortens the scatter of light."""
    drawn = str(rng.choice(list(SHARES), p=list(SHARES.values()))) if name is None else name
    lamps, ambient = SETUPS[drawn](rng)
    rig = on_skin(rng, lamps, ambient, melanin, drawn)
    polarized = rng.random() < (0.45 if drawn in POLARIZABLE else 0.06)
    return polarize_rig(rig, "cross" if rng.random() < 0.7 else "parallel") if polarized else rig


def polarize_rig(rig: Rig, how: str) -> Rig:
    """The same rig behind crossed polarizers (no shine) or parallel ones (twice the shine)."""
    factor = {"none": 1.0, "cross": 0.0, "parallel": 2.0}[how]
    return replace(rig, shine=factor * rig.shine, sheen=factor * rig.sheen, polarization=how)


def jittered(rng: np.random.Generator, rig: Rig, angle_deg: float = 8.0, ambient: float = 0.10) -> Rig:
    """The same set-up at another visit: each lamp turned by up to `angle_deg` (sd half of it, in any direction),
    ambient light and strengths changed by the share `ambient` (sd)."""
    lamps = []
    for lamp in rig.lamps:
        turn = np.clip(rng.normal(0, angle_deg / 2, 2), -angle_deg, angle_deg)
        azimuth = lamp.azimuth_rad + math.radians(turn[0]) / max(0.3, math.cos(lamp.elevation_rad))
        elevation = float(np.clip(lamp.elevation_rad + math.radians(turn[1]), math.radians(8), math.pi / 2))
        away = lamp.distance_mm * float(np.exp(rng.normal(0, 0.04)))
        lamps.append(replace(lamp, azimuth_rad=azimuth, elevation_rad=elevation, distance_mm=away))
    change = float(np.exp(rng.normal(0, ambient)))
    oily = float(np.exp(rng.normal(0, 0.2)))
    return replace(
        rig,
        lamps=tuple(lamps),
        ambient=rig.ambient * change,
        shine=rig.shine * oily,
        sheen=rig.sheen * oily,
    )


def on_skin(
    rng: np.random.Generator, lamps: tuple[Lamp, ...], ambient: float, melanin: float, name: str
) -> Rig:
    """Lamps with the skin's own part of the light: shine in two lobes, and scatter by wavelength and tone."""
    red = rng.uniform(0.12, 0.3) / (1 + 0.25 * min(melanin, 2.0))
    pale = math.exp(-0.8 * min(melanin, 3.0))
    oily = float(rng.gamma(1.5, 0.5))
    return Rig(
        lamps=lamps,
        ambient=ambient,
        shine=0.08 * oily,
        gloss=float(np.exp(rng.uniform(math.log(12), math.log(60)))),
        scatter_mm=(red, red * rng.uniform(0.4, 0.7), red * rng.uniform(0.25, 0.5)),
        sheen=0.06 * oily * rng.uniform(0.3, 1.2),
        sheen_gloss=float(rng.uniform(4, 12)),
        oil=float(rng.uniform(0.1, 0.8)),
        oil_seed=int(rng.integers(2**31)),
        bounce=(0.75 * pale, 0.5 * pale, 0.4 * pale),
        unscattered=float(rng.uniform(0.05, 0.35)),
        name=name,
    )


Setup = tuple[tuple[Lamp, ...], float]


def _ambient(rng: np.random.Generator, low: float, high: float) -> float:
    return math.exp(rng.uniform(math.log(low), math.log(high)))


def _deg(rng: np.random.Generator, low: float, high: float) -> float:
    return math.radians(rng.uniform(low, high))


def _side(rng: np.random.Generator) -> float:
    """Azimuth of a lamp at the left or right, at most 50 degrees above or 15 below the level of the face."""
    level = _deg(rng, -50, 15)
    return level if rng.random() < 0.5 else math.pi - level


def _plain(rng: np.random.Generator) -> Setup:
    """The trial: one or two lamps, 70 % from above; half of them near enough to fall off over a face."""
    lamps: list[Lamp] = []
    for k in range(1 if rng.random() < 0.6 else 2):
        above = rng.random() < 0.7
        azimuth = rng.uniform(-math.pi, 0) if above else rng.uniform(-math.pi, math.pi)
        strength = 1.0 if k == 0 else rng.uniform(0.2, 0.9)
        distance = math.inf if rng.random() < 0.5 else rng.uniform(300, 1000)
        lamps.append(Lamp(azimuth, _deg(rng, 12, 70), strength, distance, _deg(rng, 0, 8)))
    return tuple(lamps), _ambient(rng, 0.06, 0.5)


def _ring(rng: np.random.Generator) -> Setup:
    """Four lamps stand for a ring of 10-25 cm around the lens, 0.25-0.6 m from a face held a little askew."""
    distance, radius = rng.uniform(250, 600), rng.uniform(50, 120)
    elevation = math.atan2(distance, radius)
    lamps = tuple(Lamp(k * math.pi / 2 + 0.4, elevation, 0.25, distance, 0.05) for k in range(4))
    return lamps, _ambient(rng, 0.06, 0.3)


def _twin(rng: np.random.Generator) -> Setup:
    """Two flashes left and right at about 45 degrees, as of standardised imaging boxes, one often weaker."""
    elevation, distance, width = _deg(rng, 35, 60), rng.uniform(250, 600), _deg(rng, 2, 9)
    tilt = rng.normal(0, 0.2)
    weak = 1.0 if rng.random() < 0.5 else rng.uniform(0.3, 1.0)
    right = Lamp(tilt, elevation, 1.0, distance, width)
    left = Lamp(math.pi - tilt, elevation + rng.normal(0, 0.04), weak, distance, width)
    return (right, left), _ambient(rng, 0.06, 0.25)


def _soft_box(rng: np.random.Generator) -> Setup:
    key = Lamp(rng.uniform(-math.pi, 0), _deg(rng, 25, 65), 1.0, rng.uniform(500, 1200), _deg(rng, 12, 32))
    if rng.random() < 0.5:
        return (key,), _ambient(rng, 0.1, 0.5)
    fill = replace(key, azimuth_rad=-math.pi - key.azimuth_rad, strength=rng.uniform(0.15, 0.6))
    return (key, fill), _ambient(rng, 0.08, 0.4)


def _window(rng: np.random.Generator) -> Setup:
    """Wide light from one side; the room gives the rest back."""
    lamp = Lamp(_side(rng), _deg(rng, 14, 55), 1.0, rng.uniform(500, 2500), _deg(rng, 15, 40))
    return (lamp,), _ambient(rng, 0.1, 0.5)


def _overhead(rng: np.random.Generator) -> Setup:
    """Ceiling lamps over a sitting person: from above, low over the face's plane, with much light from the walls."""
    azimuth = -math.pi / 2 + rng.normal(0, 0.35)
    lamp = Lamp(azimuth, _deg(rng, 14, 50), 1.0, rng.uniform(800, 2200), _deg(rng, 6, 25))
    return (lamp,), _ambient(rng, 0.2, 0.6)


def _raking(rng: np.random.Generator) -> Setup:
    lamp = Lamp(_side(rng), _deg(rng, 12, 26), 1.0, rng.uniform(300, 1000), _deg(rng, 0, 4))
    return (lamp,), _ambient(rng, 0.06, 0.25)


def _phone(rng: np.random.Generator) -> Setup:
    """The phone's own lamp 1-2 cm from its lens, 15-40 cm away, over the light of the room."""
    distance = rng.uniform(150, 400)
    flash = Lamp(rng.uniform(-math.pi, math.pi), math.atan2(distance, rng.uniform(10, 60)), 1.0, distance)
    room = Lamp(rng.uniform(-math.pi, 0), _deg(rng, 20, 60), rng.uniform(0.05, 0.8), math.inf, 0.2)
    return (flash, room), _ambient(rng, 0.06, 0.4)


def _mixed(rng: np.random.Generator) -> Setup:
    """Two set-ups at once, such as a window and the ceiling."""
    one, two = rng.choice(["soft_box", "window", "overhead", "raking", "phone"], 2, replace=False)
    (first, ambient), (second, _) = SETUPS[str(one)](rng), SETUPS[str(two)](rng)
    weaker = rng.uniform(0.25, 0.9)
    return (*first, *(replace(lamp, strength=weaker * lamp.strength) for lamp in second[:1])), ambient


SETUPS: dict[str, Callable[[np.random.Generator], Setup]] = {
    "plain": _plain,
    "ring": _ring,
    "twin": _twin,
    "soft_box": _soft_box,
    "window": _window,
    "overhead": _overhead,
    "raking": _raking,
    "phone": _phone,
    "mixed": _mixed,
}
