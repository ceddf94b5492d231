"""Height fields of acne scars, written from their clinical definitions, on skin coordinates in millimetres.

Sizes: Jacob et al. 2001 as tabled in Dermatol Res Pract 2010/893080: icepick under 2 mm, deep, sharply bounded;
boxcar 1.5-4 mm, steep-walled, shallow 0.1-0.5 mm, deep above; rolling above 4-5 mm, soft. Depth of icepick and rolling
scars grows with the width.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Kind = Literal["icepick", "boxcar", "rolling"]
Field = NDArray[np.float64]

#: Widths and depths that are drawn, by type: (least, most). Depth of icepick: x radius; of rolling: mm at 6 mm width.
WIDTH_MM: dict[Kind, tuple[float, float]] = {
    "icepick": (0.6, 2.0),
    "boxcar": (1.5, 4.0),
    "rolling": (4.0, 8.0),
}
DEPTH: dict[Kind, tuple[float, float]] = {
    "icepick": (0.5, 1.6),
    "boxcar": (0.15, 0.6),
    "rolling": (0.15, 0.7),
}
#: No scar is drawn deeper: the dermis of a cheek is 1-1.5 mm thick.
DEEPEST_UM = 1300.0
#: A label reaches to this share of the radius. A rolling scar's rim is too soft to see: there 8 % of the depth is left.
LABEL_REACH: dict[Kind, float] = {"icepick": 1.0, "boxcar": 1.0, "rolling": 0.82}


@dataclass(frozen=True, slots=True)
class Scar:
    """One scar, placed on the skin.

    u_mm, v_mm: centre in skin coordinates. width_mm: mean of the two axes. depth_um: at the centre, positive.
    stretch: longer over shorter axis. turn_rad: of the longer axis. waves: (amplitude, phase) of the outline's 2nd,
    3rd, ... harmonic as shares of the radius. wall: share of a boxcar's radius taken up by its wall, or how rounded
    an icepick's tip is.
    """

    kind: Kind
    u_mm: float
    v_mm: float
    width_mm: float
    depth_um: float
    stretch: float = 1.0
    turn_rad: float = 0.0
    waves: tuple[tuple[float, float], ...] = ()
    wall: float = 0.2

    def radius_mm(self, angle: Field) -> Field:
        """Distance from the centre to the outline towards `angle` (radians, in the scar's own axes)."""
        long, short = np.sqrt(self.stretch), 1 / np.sqrt(self.stretch)
        ellipse = 1 / np.hypot(np.cos(angle) / long, np.sin(angle) / short)
        wave = sum(
            (a * np.cos((k + 2) * angle + p) for k, (a, p) in enumerate(self.waves)), np.zeros_like(angle)
        )
        return self.width_mm / 2 * ellipse * (1 + wave)

    def rho(self, u_mm: Field, v_mm: Field) -> Field:
        """Distance from the centre as a share of the outline's radius in that direction; same shape as the input."""
        du, dv = u_mm - self.u_mm, v_mm - self.v_mm
        cos, sin = np.cos(self.turn_rad), np.sin(self.turn_rad)
        along, across = du * cos + dv * sin, dv * cos - du * sin
        return np.hypot(along, across) / self.radius_mm(np.arctan2(across, along))

    def area_mm2(self) -> float:
        """Area on the skin inside the label's outline."""
        angles = np.linspace(0, 2 * np.pi, 720, endpoint=False)
        return float(np.pi * np.mean(self.radius_mm(angles) ** 2)) * LABEL_REACH[self.kind] ** 2


def depth_share(kind: Kind, rho: Field, wall: float) -> Field:
    """Depth as a share of the depth at the centre, 0 outside; `rho` as `Scar.rho` gives it.

    icepick: a cone whose tip and rim are rounded over `wall` / 4. boxcar: a flat floor and a wall `wall` wide, half
    way down at the outline. rolling: one wave of a cosine, without an edge anywhere.
    """
    if kind == "icepick":
        soft = wall / 4
        cone = 1 - (np.sqrt(rho**2 + soft**2) - soft)
        rounded = soft * np.logaddexp(0, cone / soft) if soft > 0 else np.maximum(cone, 0)
        peak = soft * np.logaddexp(0, 1 / soft) if soft > 0 else 1.0
        return np.where(rho < 1.5, rounded / peak, 0.0)
    if kind == "boxcar":
        down = np.clip((1 + wall / 2 - rho) / wall, 0, 1)
        return down * down * (3 - 2 * down)
    return np.where(rho < 1, 0.5 + 0.5 * np.cos(np.pi * np.minimum(rho, 1)), 0.0)


def scar_height_um(scars: Sequence[Scar], u_mm: Field, v_mm: Field) -> Field:
    """Height of atrophic scars at skin places (any shape), 0 or below; where scars overlap the deeper one holds."""
    height = np.zeros_like(u_mm)
    for scar in scars:
        reach = scar.width_mm * scar.stretch
        near = (np.abs(u_mm - scar.u_mm) < reach) & (np.abs(v_mm - scar.v_mm) < reach)
        share = depth_share(scar.kind, scar.rho(u_mm[near], v_mm[near]), scar.wall)
        height[near] = np.minimum(height[near], -scar.depth_um * share)
    return height


def scar_index(scars: Sequence[Scar], u_mm: Field, v_mm: Field) -> NDArray[np.int32]:
    """Which scar's label covers a skin place: its index in `scars`, -1 for none; the smaller scar lies on top."""
    index = np.full(u_mm.shape, -1, np.int32)
    for i in sorted(range(len(scars)), key=lambda k: -scars[k].width_mm):
        scar = scars[i]
        reach = scar.width_mm * scar.stretch
        near = (np.abs(u_mm - scar.u_mm) < reach) & (np.abs(v_mm - scar.v_mm) < reach)
        within = scar.rho(u_mm[near], v_mm[near]) <= LABEL_REACH[scar.kind]
        index[near] = np.where(within, i, index[near])
    return index


def draw_scars(rng: Generator, side_mm: float) -> tuple[Scar, ...]:
    """Scars on a square of skin around (0, 0), log-uniform 0.4-3 per cm2, outlines not overlapping."""
    per_cm2 = float(np.exp(rng.uniform(np.log(0.4), np.log(3.0))))
    wanted = max(3, round(per_cm2 * (side_mm / 10) ** 2))
    mix = rng.dirichlet((1.5, 1.5, 1.0))
    fade = rng.uniform(0.55, 1.0)  # how deep this person's scars are on the whole
    placed: list[Scar] = []
    for _ in range(12 * wanted):
        if len(placed) == wanted:
            break
        kind: Kind = ("icepick", "boxcar", "rolling")[int(rng.choice(3, p=mix))]
        scar = _draw_scar(rng, kind, side_mm, fade)
        if all(_apart(scar, other) for other in placed):
            placed.append(scar)
    return tuple(placed)


def _draw_scar(rng: Generator, kind: Kind, side_mm: float, fade: float) -> Scar:
    width_mm = float(rng.uniform(*WIDTH_MM[kind]))
    depth_mm = fade * float(rng.uniform(*DEPTH[kind]))
    if kind == "icepick":
        depth_mm *= width_mm / 2
    elif kind == "rolling":
        depth_mm *= width_mm / 6
    stretch = float(rng.uniform(1.0, {"icepick": 1.5, "boxcar": 1.5, "rolling": 1.9}[kind]))
    swing = {"icepick": 0.10, "boxcar": 0.08, "rolling": 0.11}[kind]
    waves = tuple((float(rng.normal(0, swing)) / (k + 1), float(rng.uniform(0, 6.28))) for k in range(4))
    wall_mm = float(rng.uniform(0.25, 0.6))
    wall = min(0.5, 2 * wall_mm / width_mm) if kind == "boxcar" else float(rng.uniform(0.2, 1.0))
    u_mm, v_mm = rng.uniform(-side_mm / 2, side_mm / 2, 2)
    turn = float(rng.uniform(0, np.pi))
    depth_um = min(1000 * depth_mm, DEEPEST_UM)
    return Scar(kind, float(u_mm), float(v_mm), width_mm, depth_um, stretch, turn, waves, wall)


def _apart(one: Scar, other: Scar) -> bool:
    reach = (one.width_mm * np.sqrt(one.stretch) + other.width_mm * np.sqrt(other.stretch)) / 2
    return bool(np.hypot(one.u_mm - other.u_mm, one.v_mm - other.v_mm) > 1.02 * reach)
