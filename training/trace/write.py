"""Traces a set of skins into a samples folder (arrays as in `training.render.write`) and PNG pictures to look at.

Rows of one skin are adjacent. Their lines say `group`, `view`, `same_rig` (view 0's rig set up again), `depth_left`
(heights of its scars as a share of view 0's), `healed_share` (of the true burden), `rig` and `mm_per_px`.
"""

import json
import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.lib.format import open_memmap
from numpy.random import Generator
from numpy.typing import NDArray

from inference.network.maps import SURFACE, TYPES
from training.render.grade import true_scales
from training.trace.form import Camera, Cheek, grid
from training.trace.lamps import RIG_NAMES, Rig, draw_rig
from training.trace.shapes import Scar, draw_scars, scar_height_um, scar_index
from training.trace.skin import (
    Complexion,
    Mark,
    Pore,
    albedo,
    draw_complexion,
    draw_marks,
    draw_pores,
    fine_height_um,
)
from training.trace.tracer import Surface, Traced, at_places, load_mitsuba, photograph, skin_mesh, trace

log = logging.getLogger(__name__)

Field = NDArray[np.float64]
UNLABELLED, RELIEF_UNKNOWN = 255, -32768
#: A scar that changes the light by less than this share is left "not labelled": the label policy of this project.
LEAST_CONTRAST = 0.05
#: The mesh's grid; a pixel is 0.1-0.17 mm.
STEP_MM = 0.09
#: Share of the depth left, and whether the rig is view 0's, of a skin's photographs; every second skin has the rest.
VIEWS = ((1.0, True), (1.0, True), (1.0, False))
HEALED_VIEWS = ((0.7, True), (0.4, True), (0.4, False))


@dataclass(frozen=True, slots=True, eq=False)
class Skin:
    """A drawn skin. fine_um: (n, n) height of what is no scar. colour: (n, n, 3) albedo."""

    cheek: Cheek
    complexion: Complexion
    scars: tuple[Scar, ...]
    marks: tuple[Mark, ...]
    pores: tuple[Pore, ...]
    u_mm: Field
    v_mm: Field
    fine_um: Field
    colour: Field

    def surface(self, depth_left: float) -> Surface:
        """The skin with its scars' depths times `depth_left`."""
        scars = healed(self.scars, depth_left)
        height = self.fine_um + scar_height_um(scars, self.u_mm, self.v_mm)
        points = self.cheek.points(self.u_mm, self.v_mm, height)
        return Surface(points, self.u_mm, self.v_mm, self.colour, self.cheek)


def healed(scars: Sequence[Scar], depth_left: float) -> tuple[Scar, ...]:
    """The same scars, less deep."""
    return tuple(replace(scar, depth_um=scar.depth_um * depth_left) for scar in scars)


def draw_skin(rng: Generator, side_mm: float, melanin: float) -> Skin:
    """A square of cheek around (0, 0), `side_mm` wide."""
    u_mm, v_mm = grid(side_mm, STEP_MM)
    scars, complexion = draw_scars(rng, side_mm), draw_complexion(rng, melanin)
    marks, pores = draw_marks(rng, side_mm, melanin), draw_pores(rng, side_mm)
    cheek = Cheek(float(rng.uniform(60, 150)), float(rng.uniform(90, 250)))
    fine = fine_height_um(rng, scars, pores, u_mm, v_mm)
    colour = albedo(rng, complexion, scars, marks, u_mm, v_mm)
    return Skin(cheek, complexion, scars, marks, pores, u_mm, v_mm, fine, colour)


def draw_camera(rng: Generator, size_px: int) -> Camera:
    """A hand-held camera 30-50 cm away, 6-10 px/mm."""
    yaw, pitch, roll = (float(x) for x in rng.normal(0, (6, 5, 3)))
    return Camera(float(rng.uniform(300, 500)), float(rng.uniform(6, 10)), size_px, yaw, pitch, roll)


def moved(rng: Generator, camera: Camera) -> Camera:
    """The same camera held again: pose 3 degrees, 2 mm, scale 3 % (study conduct)."""
    yaw, pitch, roll = (float(x) for x in rng.uniform(-3, 3, 3))
    return replace(
        camera,
        px_per_mm=camera.px_per_mm * float(rng.uniform(0.97, 1.03)),
        yaw_deg=camera.yaw_deg + yaw,
        pitch_deg=camera.pitch_deg + pitch,
        roll_deg=camera.roll_deg + roll,
        aim_mm=(float(rng.uniform(-2, 2)), float(rng.uniform(-2, 2))),
    )


def views_of(skin: int) -> tuple[tuple[float, bool], ...]:
    """(share of depth left, same rig as view 0) of every photograph of the skin of this number."""
    return VIEWS + (HEALED_VIEWS if skin % 2 == 0 else ())


def write_traced(out: Path, count: int, seed: int, size_px: int = 512, samples: int = 64) -> None:
    """Traces `count` skins into `out`. The same seed gives the same set. Raises TracerMissingError."""
    mi = load_mitsuba()
    out.mkdir(parents=True, exist_ok=True)
    total = sum(len(views_of(k)) for k in range(count))
    kinds = {"rgb": (np.uint8, (3,)), "relief_um": (np.int16, ())}
    for name in ("rgb", "types", "surface", "surface_known", "relief_um"):
        dtype, tail = kinds.get(name, (np.uint8, ()))
        open_memmap(out / f"{name}.npy", "w+", dtype, (total, size_px, size_px, *tail)).flush()
    arrays = {path.stem: np.load(path, mmap_mode="r+") for path in out.glob("*.npy")}
    row = 0
    with (out / "samples.jsonl").open("w") as file:
        for number in range(count):
            for line, picture in _trace_skin(mi, number, count, seed, size_px, samples):
                for name, array in arrays.items():
                    array[row] = picture[name]
                cv2.imwrite(str(out / f"{row:03d}-{line['rig']}.png"), picture["rgb"][..., ::-1])
                file.write(json.dumps({"row": row, "seed": seed, "source": "traced", **line}) + "\n")
                row += 1
    meta = {"size_px": size_px, "count": total, "seed": seed, "types": TYPES, "surface": SURFACE}
    (out / "meta.json").write_text(json.dumps(meta, indent=1))


def _trace_skin(
    mi: Any, number: int, count: int, seed: int, size_px: int, samples: int
) -> Iterator[tuple[dict[str, Any], dict[str, NDArray[Any]]]]:
    rng = np.random.default_rng((seed, number))
    camera = draw_camera(rng, size_px)
    melanin = float(-0.3 + 1.6 * (number * 0.618 % 1)) if count > 1 else float(rng.uniform(-0.3, 1.3))
    skin = draw_skin(rng, 1.3 * size_px / camera.px_per_mm, melanin)
    first = int(rng.integers(len(RIG_NAMES)))
    rig = draw_rig(rng, RIG_NAMES[(first + number) % len(RIG_NAMES)])
    other = draw_rig(rng, RIG_NAMES[(first + number + int(rng.integers(1, len(RIG_NAMES)))) % len(RIG_NAMES)])
    bare_mesh = skin_mesh(mi, skin.surface(0.0), skin.complexion)
    before_um = 0.0
    for view, (depth_left, same_rig) in enumerate(views_of(number)):
        start = time.perf_counter()
        lit: Rig = rig if same_rig else other
        eye = camera
        if view:
            lit, eye = lit.jittered(rng), moved(rng, camera)
        surface = skin.surface(depth_left)
        mesh = skin_mesh(mi, surface, skin.complexion)
        noise_seed = int(rng.integers(2**31))
        seen = trace(mi, mesh, surface, skin.complexion, lit, eye, samples, noise_seed)
        bare = trace(mi, bare_mesh, surface, skin.complexion, lit, eye, max(8, samples // 4), noise_seed)
        contrast = contrast_of(seen, bare)
        picture, scars = truth(skin, depth_left, eye, seen, contrast)
        picture["rgb"] = photograph(seen.linear, rng, float(rng.uniform(0.85, 1.15)))
        burden = float(np.maximum(-picture["relief_um"][~np.isnan(seen.u_mm)].astype(float), 0).mean())
        before_um = burden if view == 0 else before_um
        scales = true_scales(scars)
        gone = 1 - burden / before_um if depth_left < 1 and before_um > 0 else 0.0
        log.info("skin %d view %d %s: %.1f s", number, view, lit.name, time.perf_counter() - start)
        yield (
            {
                **{"group": number, "view": view, "same_rig": same_rig, "healed": depth_left < 1},
                **{"depth_left": depth_left, "healed_share": round(gone, 4), "burden_um": round(burden, 3)},
                **{"rig": lit.name, "px_per_mm": eye.px_per_mm, "mm_per_px": 1 / eye.px_per_mm},
                "roughness_sa_um": roughness_sa_um(skin),
                "severity": scales["goodman_baron_quantitative"],
                "scales": scales,
                "scars": scars,
            },
            picture,
        )


def contrast_of(seen: Traced, bare: Traced) -> NDArray[np.float32]:
    """(H, W) how much the scars change the green light, as |log ratio|, with the rays' noise smoothed away."""
    one, other = (cv2.GaussianBlur(t.light[..., 1], (0, 0), 1.5) for t in (seen, bare))
    return np.abs(np.log(np.maximum(one, 1e-5) / np.maximum(other, 1e-5)))


def truth(
    skin: Skin, depth_left: float, camera: Camera, seen: Traced, contrast: NDArray[np.float32]
) -> tuple[dict[str, NDArray[Any]], list[dict[str, float | str]]]:
    """Maps (H, W) of the samples folder, and the scars whose labelled centres are in the picture.

    A scar's place is where its deepest point falls in the camera; its area is what its label covers.
    """
    on = ~np.isnan(seen.u_mm)
    u_mm, v_mm = np.nan_to_num(seen.u_mm, nan=1e6), np.nan_to_num(seen.v_mm, nan=1e6)
    scars = healed(skin.scars, depth_left)
    index = scar_index(scars, u_mm, v_mm)
    kinds = np.array([TYPES.index(scar.kind) for scar in scars] + [0], np.uint8)
    types = kinds[index]
    listed = []
    for i, scar in enumerate(scars):
        covered = index == i
        if not covered.any():
            continue
        around = cv2.dilate(covered.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
        if np.percentile(contrast[around], 95) < LEAST_CONTRAST:
            types[covered] = UNLABELLED
            continue
        entry = _listed(skin, scar, camera, int(covered.sum()))
        x, y = float(entry["x_px"]), float(entry["y_px"])
        if 0 <= x < camera.size_px and 0 <= y < camera.size_px and types[int(y), int(x)] == kinds[i]:
            listed.append(entry)
    relief = scar_height_um(scars, u_mm, v_mm).round().astype(np.int16)
    relief[~on] = RELIEF_UNKNOWN
    surface = surface_bits(skin, seen)
    return {
        "types": types,
        "surface": surface,
        "surface_known": np.full_like(surface, 255),
        "relief_um": relief,
    }, listed


def _listed(skin: Skin, scar: Scar, camera: Camera, area_px: int) -> dict[str, float | str]:
    at = (np.array([scar.u_mm]), np.array([scar.v_mm]), np.array([-scar.depth_um]))
    x, y = camera.project(skin.cheek.points(*at))[0]
    return {
        "type": scar.kind,
        "x_px": round(float(x), 1),
        "y_px": round(float(y), 1),
        "width_mm": round(scar.width_mm, 2),
        "depth_um": round(scar.depth_um, 1),
        "area_px": area_px,
        "area_mm2": round(scar.area_mm2(), 3),
    }


def surface_bits(skin: Skin, seen: Traced) -> NDArray[np.uint8]:
    """(H, W) bits over `SURFACE`: skin, red, brown, pores; this skin has no wrinkles, acne or stretch marks."""
    on = ~np.isnan(seen.u_mm)
    u_mm, v_mm = np.nan_to_num(seen.u_mm, nan=1e6), np.nan_to_num(seen.v_mm, nan=1e6)
    bits = np.where(on, 1 << SURFACE.index("skin"), 0).astype(np.uint8)
    for mark in skin.marks:
        name = "red" if mark.kind == "red" else "brown"
        bits |= (mark.cover(u_mm, v_mm) > 0.5).astype(np.uint8) << SURFACE.index(name)
    open_pores = np.zeros(skin.u_mm.shape, np.float64)
    step = float(skin.u_mm[0, 1] - skin.u_mm[0, 0])
    for pore in skin.pores:
        if pore.width_mm >= 0.2:  # narrower ones are under two pixels wide
            centre = ((pore.u_mm - skin.u_mm[0, 0]) / step, (skin.v_mm[0, 0] - pore.v_mm) / step)
            cv2.circle(
                open_pores,
                (round(centre[0]), round(centre[1])),
                max(1, round(pore.width_mm / 2 / step)),
                1,
                -1,
            )
    of_surface = Surface(np.empty(0), skin.u_mm, skin.v_mm, skin.colour, skin.cheek)
    pores = (at_places(of_surface, open_pores, seen.u_mm, seen.v_mm) > 0.5) & on
    return bits | (pores.astype(np.uint8) << SURFACE.index("pores"))


def roughness_sa_um(skin: Skin) -> float:
    """Sa of the fine relief after a 2.5 mm high-pass (ISO 25178-2, 4.1.7)."""
    rough = skin.fine_um - cv2.GaussianBlur(skin.fine_um, (0, 0), 1.25 / STEP_MM)
    return float(np.abs(rough).mean())
