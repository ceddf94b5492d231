"""Skin without its scars: fine relief, pores, colour, and flat marks that are no scars."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, map_coordinates
from scipy.spatial import cKDTree

from training.trace.shapes import Scar

Field = NDArray[np.float64]
#: sRGB of the patches "dark skin" and "light skin" of the ColorChecker (X-Rite). Reflectance between and past the two
#: follows the amount of melanin (Beer-Lambert), so its logarithm is a straight line.
LIGHT_SKIN_SRGB, DARK_SKIN_SRGB = (194, 150, 130), (115, 82, 68)
#: Absorption of melanin in spots, green set to 1: falls with wavelength to the power 3.5 (Jacques 2013, "Optical
#: properties of biological tissues") at 600, 540 and 460 nm, half as steep for the blood and scatter around it.
SPOT = np.array((0.8, 1.0, 1.3))
#: Absorption of blood in red, green and blue light, green set to 1: oxyhaemoglobin's weighted by what a camera sees.
BLOOD = np.array((0.12, 1.0, 0.75))


@dataclass(frozen=True, slots=True)
class Mark:
    """A flat spot: `red`, `brown` (freckle, lentigo) or `mole`. strength: optical density in green light."""

    kind: Literal["red", "brown", "mole"]
    u_mm: float
    v_mm: float
    width_mm: float
    strength: float
    stretch: float
    turn_rad: float

    def cover(self, u_mm: Field, v_mm: Field) -> Field:
        """0..1 at skin places: full in the middle, one half at the outline; moles have the sharpest edge."""
        du, dv = u_mm - self.u_mm, v_mm - self.v_mm
        along = (du * np.cos(self.turn_rad) + dv * np.sin(self.turn_rad)) / np.sqrt(self.stretch)
        across = (dv * np.cos(self.turn_rad) - du * np.sin(self.turn_rad)) * np.sqrt(self.stretch)
        rho = np.hypot(along, across) / (self.width_mm / 2)
        soft = {"red": 0.28, "brown": 0.15, "mole": 0.09}[self.kind]
        return 1 / (1 + np.exp(np.clip((rho - 1) / soft, -30, 30)))


@dataclass(frozen=True, slots=True)
class Complexion:
    """melanin: 0 the ColorChecker's light skin, 1 its dark skin. blood: added optical density in green light.
    uneven: standard deviation of the mottling, same unit. alpha: roughness of the surface's shine (Beckmann).
    shine: share of a plain dielectric's reflection. free_path: share of the free paths under the skin."""

    melanin: float
    blood: float
    uneven: float
    alpha: float
    shine: float
    free_path: float


def linear(srgb: Sequence[float] | NDArray[np.generic]) -> Field:
    """sRGB 0..255 as linear light 0..1 (IEC 61966-2-1)."""
    c = np.asarray(srgb, float) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def draw_complexion(rng: Generator, melanin: float | None = None) -> Complexion:
    """A person's skin; `melanin` fixes the tone."""
    tone = float(rng.uniform(-0.35, 1.35)) if melanin is None else melanin
    return Complexion(
        melanin=tone,
        blood=float(rng.uniform(-0.05, 0.10)),
        uneven=float(rng.uniform(0.03, 0.07)),
        alpha=float(rng.uniform(0.26, 0.42)),
        shine=float(rng.uniform(0.5, 1.0)),
        free_path=float(rng.uniform(0.35, 0.7)),
    )


def draw_marks(rng: Generator, side_mm: float, melanin: float) -> tuple[Mark, ...]:
    """Red marks, freckles and moles; freckles mostly on light skin."""
    marks = []
    area_cm2 = (side_mm / 10) ** 2
    for kind, per_cm2, width, strength in (
        ("red", 0.22, (1.5, 6.0), (0.08, 0.35)),
        ("brown", 0.25 if melanin < 0.5 else 0.12, (1.0, 5.0), (0.1, 0.4)),
        ("mole", 0.04, (1.2, 4.0), (0.7, 1.6)),
    ):
        for _ in range(int(rng.poisson(per_cm2 * area_cm2 * rng.uniform(0.2, 1.8)))):
            u_mm, v_mm = (float(x) for x in rng.uniform(-side_mm / 2, side_mm / 2, 2))
            marks.append(
                Mark(
                    kind,  # type: ignore[arg-type]
                    *(u_mm, v_mm, float(rng.uniform(*width)), float(rng.uniform(*strength))),
                    stretch=float(rng.uniform(1, 1.5)),
                    turn_rad=float(rng.uniform(0, np.pi)),
                )
            )
    return tuple(marks)


def noise(rng: Generator, u_mm: Field, scale_mm: float) -> Field:
    """Smooth noise on a grid of skin places, mean 0, standard deviation 1, features about `scale_mm` wide."""
    step_mm = float(u_mm[0, 1] - u_mm[0, 0])
    coarse = max(1, int(scale_mm / step_mm / 3))  # a third of the feature is fine enough to blow up from
    side = u_mm.shape[0] // coarse + 4
    field = gaussian_filter(rng.standard_normal((side, side)), scale_mm / 2 / (step_mm * coarse), mode="wrap")
    field = (field - field.mean()) / field.std()
    if coarse == 1:
        return field[: u_mm.shape[0], : u_mm.shape[1]]
    at = np.arange(u_mm.shape[0]) / coarse + 1
    return map_coordinates(field, np.meshgrid(at, at, indexing="ij"), order=3)


def furrows_um(rng: Generator, u_mm: Field, v_mm: Field, spacing_mm: float, depth_um: float) -> Field:
    """The net of primary furrows: valleys along the borders of unevenly spaced cells, drawn out in one direction."""
    turn, draw = rng.uniform(0, np.pi), rng.uniform(1.0, 1.5)
    warp = 0.35 * spacing_mm
    u = u_mm + warp * noise(rng, u_mm, 1.5 * spacing_mm)
    v = v_mm + warp * noise(rng, u_mm, 1.5 * spacing_mm)
    x = (u * np.cos(turn) + v * np.sin(turn)) / np.sqrt(draw)
    y = (v * np.cos(turn) - u * np.sin(turn)) * np.sqrt(draw)
    low, high = min(x.min(), y.min()) - spacing_mm, max(x.max(), y.max()) + spacing_mm
    line = np.arange(low, high, spacing_mm)
    seeds = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
    seeds = seeds + rng.uniform(-0.5, 0.5, seeds.shape) * spacing_mm
    near, _ = cKDTree(seeds).query(np.stack((x.ravel(), y.ravel()), axis=1), k=2)
    gap = ((near[:, 1] - near[:, 0]) / (0.28 * spacing_mm)).reshape(u_mm.shape)
    strength = np.clip(1 + 0.45 * noise(rng, u_mm, 4.0), 0.1, 2.0)
    return -depth_um * strength * np.exp(-(gap**2))


@dataclass(frozen=True, slots=True)
class Pore:
    """A follicle's opening: a round pit of Gaussian shape; width at one fifth of its depth."""

    u_mm: float
    v_mm: float
    width_mm: float
    depth_um: float


def draw_pores(rng: Generator, side_mm: float) -> tuple[Pore, ...]:
    """40-160 openings a cm2, most of them hardly visible; a person's widest are 0.45 mm."""
    count = int(rng.uniform(40, 160) * (side_mm / 10) ** 2)
    u_mm, v_mm = rng.uniform(-side_mm / 2, side_mm / 2, (2, count))
    width = np.clip(rng.lognormal(np.log(rng.uniform(0.18, 0.32)), 0.25, count), 0.1, 0.45)
    depth = width * rng.uniform(200, 700, count)
    return tuple(Pore(*map(float, row)) for row in zip(u_mm, v_mm, width, depth, strict=True))


def pore_height_um(pores: Sequence[Pore], u_mm: Field, v_mm: Field) -> Field:
    """Height on a grid as `form.grid` lays it out, 0 or below."""
    height = np.zeros_like(u_mm)
    step_mm = float(u_mm[0, 1] - u_mm[0, 0])
    for pore in pores:
        column, row = (pore.u_mm - u_mm[0, 0]) / step_mm, (v_mm[0, 0] - pore.v_mm) / step_mm
        reach = int(np.ceil(1.2 * pore.width_mm / step_mm))
        window = (
            slice(max(0, int(row) - reach), int(row) + reach + 2),
            slice(max(0, int(column) - reach), int(column) + reach + 2),
        )
        r2 = (u_mm[window] - pore.u_mm) ** 2 + (v_mm[window] - pore.v_mm) ** 2
        height[window] = np.minimum(height[window], -pore.depth_um * np.exp(-6.4 * r2 / pore.width_mm**2))
    return height


def fine_height_um(
    rng: Generator, scars: Sequence[Scar], pores: Sequence[Pore], u_mm: Field, v_mm: Field
) -> Field:
    """Everything on the surface that is no scar: furrows, their crossings, pores. Scar tissue has lost most of it."""
    spacing_mm, depth_um = rng.uniform(0.5, 1.0), rng.uniform(10, 38)
    fine = furrows_um(rng, u_mm, v_mm, spacing_mm, depth_um)
    fine += furrows_um(rng, u_mm, v_mm, spacing_mm / 2.2, 0.4 * depth_um)
    fine += 2.5 * noise(rng, u_mm, 0.25) + 6 * noise(rng, u_mm, 3.0)
    fine += pore_height_um(pores, u_mm, v_mm)
    left = np.ones_like(u_mm)
    for scar in scars:
        near = np.hypot(u_mm - scar.u_mm, v_mm - scar.v_mm) < scar.width_mm * scar.stretch
        rho = scar.rho(u_mm[near], v_mm[near])
        left[near] = np.minimum(left[near], 0.3 + 0.7 * np.clip((rho - 0.75) / 0.3, 0, 1))
    return fine * left


def albedo(
    rng: Generator, skin: Complexion, scars: Sequence[Scar], marks: Sequence[Mark], u_mm: Field, v_mm: Field
) -> Field:
    """(n, n, 3) diffuse reflectance, linear, 0.005..0.85."""
    light, dark = np.log(linear(LIGHT_SKIN_SRGB)), np.log(linear(DARK_SKIN_SRGB))
    pigment = dark - light
    pigment_green = -pigment[1]
    melanin = skin.melanin + 0.6 * skin.uneven / pigment_green * (noise(rng, u_mm, 9) + noise(rng, u_mm, 1.2))
    blood = skin.blood + skin.uneven * (0.8 * noise(rng, u_mm, 12) + 0.6 * noise(rng, u_mm, 2.5))
    blood += 0.35 * skin.uneven * noise(rng, u_mm, 0.5)
    spots = np.zeros_like(u_mm)
    for mark in marks:
        cover = mark.strength * mark.cover(u_mm, v_mm)
        if mark.kind == "red":
            blood = blood + cover
        else:
            spots = spots + cover
    for scar in scars:
        tint, strength = rng.choice(4, p=(0.45, 0.25, 0.12, 0.18)), rng.uniform(0.03, 0.2)
        near = np.hypot(u_mm - scar.u_mm, v_mm - scar.v_mm) < scar.width_mm * scar.stretch
        within = strength / (1 + np.exp((scar.rho(u_mm[near], v_mm[near]) - 0.9) / 0.12))
        if tint == 1:
            blood[near] += within
        elif tint:  # browner, or paler for want of pigment
            melanin[near] += within / pigment_green * (1 if tint == 2 else -0.5)
    density = light + melanin[..., None] * pigment - spots[..., None] * SPOT
    density = density - np.maximum(blood, -0.1)[..., None] * BLOOD
    return np.clip(np.exp(density), 0.005, 0.85)
