"""Lights as a photographer sets them up: named rigs of flat lamps of known size and place, and light from all round."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Lamp:
    """A square lamp that faces the skin's middle.

    azimuth_deg: 0 from the right, 90 from above. elevation_deg: over the skin's plane, 90 straight on.
    power: irradiance at the skin's middle on a plane that faces the lamp.
    """

    azimuth_deg: float
    elevation_deg: float
    distance_mm: float
    side_mm: float
    power: float = 1.0

    def place_mm(self) -> NDArray[np.float64]:
        """(3,) where it stands; x right, y up, z out of the skin."""
        azimuth, elevation = np.radians((self.azimuth_deg, self.elevation_deg))
        flat = np.cos(elevation)
        return self.distance_mm * np.array(
            (flat * np.cos(azimuth), flat * np.sin(azimuth), np.sin(elevation))
        )

    def radiance(self) -> float:
        """Radiance that gives `power`: E = L A / d2, for a lamp small against its distance."""
        return self.power * self.distance_mm**2 / self.side_mm**2


@dataclass(frozen=True, slots=True)
class Rig:
    """Lamps and the light from all round. ambient: irradiance of a constant surround on an open plane."""

    name: str
    lamps: tuple[Lamp, ...]
    ambient: float
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)

    def jittered(self, rng: Generator) -> "Rig":
        """The same rig set up again: lamps turned by up to 8 degrees in all, surround within 10 % (study conduct)."""
        turn, tilt = rng.uniform(-5.6, 5.6, 2)
        lamps = tuple(
            replace(
                a,
                azimuth_deg=a.azimuth_deg + turn,
                elevation_deg=float(np.clip(a.elevation_deg + tilt, 8, 90)),
            )
            for a in self.lamps
        )
        return replace(self, lamps=lamps, ambient=self.ambient * float(rng.uniform(0.9, 1.1)))


RIG_NAMES = ("raking", "oblique", "twin", "ring", "softbox", "window")


def draw_rig(rng: Generator, name: str) -> Rig:
    """One of `RIG_NAMES` set up by chance. Raises KeyError for another name."""
    side = float(rng.choice((0, 180))) + rng.uniform(-35, 60)
    tint = tuple(float(x) for x in 1 + rng.uniform(-0.04, 0.04, 3))
    lamps, ambient = {
        "raking": ((Lamp(side, rng.uniform(16, 28), 500, 60),), rng.uniform(0.06, 0.15)),
        "oblique": ((Lamp(side + 20, rng.uniform(38, 52), 500, 60),), rng.uniform(0.08, 0.25)),
        "twin": (tuple(Lamp(a, 48, 450, 90, p) for a, p in ((0, 1.0), (180, rng.uniform(0.3, 0.9)))), 0.1),
        "ring": (tuple(Lamp(45.0 * k, 78, 330, 18, 1 / 8) for k in range(8)), rng.uniform(0.05, 0.15)),
        "softbox": ((Lamp(side + 30, rng.uniform(38, 60), 700, 450),), rng.uniform(0.1, 0.3)),
        "window": ((Lamp(side, rng.uniform(25, 45), 1400, 900),), rng.uniform(0.3, 0.6)),
    }[name]
    return Rig(name, lamps, float(ambient), tint)  # type: ignore[arg-type]


def emitters(rig: Rig, mi: Any) -> dict[str, Any]:
    """The rig as entries of a Mitsuba scene."""
    transform, colour = mi.ScalarTransform4f, np.array(rig.tint)
    out: dict[str, Any] = {}
    for k, lamp in enumerate(rig.lamps):
        place = lamp.place_mm()
        up = (0, 0, 1) if abs(place[2]) < 0.9 * lamp.distance_mm else (0, 1, 0)
        look = transform().look_at(origin=place.tolist(), target=[0, 0, 0], up=up)
        out[f"lamp{k}"] = {
            "type": "rectangle",
            "to_world": look @ transform().scale(lamp.side_mm / 2),
            "emitter": {
                "type": "area",
                "radiance": {"type": "rgb", "value": (lamp.radiance() * colour).tolist()},
            },
        }
    out["surround"] = {"type": "constant", "radiance": {"type": "rgb", "value": rig.ambient / np.pi}}
    return out
