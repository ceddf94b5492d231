"""A rendered patient over a course of treatment: five photographs of one cheek, and what is true of them.

The relief, pigment and marks stay the same person's; scars fill up a little at each visit, each at its own pace,
their redness fades, and light, pose, camera and exposure differ as they do between visits to a clinic.
"""

import csv
import json
import math
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.render.camera import Camera, photograph
from training.render.light import Lamp, Rig, shade
from training.render.marks import Places, Strokes, draw_look_alikes, places_on
from training.render.picture import build_layers, colour_of
from training.render.scars import Scars, draw_scars
from training.render.scene import Scene, Tone, draw_form

PX_PER_MM = 28.0
SIZE_PX = (2000, 3000)
#: The scene is larger than the photograph by this much on every side, so that poses differ without empty corners.
MARGIN_PX = 150


@dataclass(frozen=True)
class Visit:
    """One visit: days since baseline, mean share of depth filled up, and share of redness gone."""

    name: str
    days: int
    filled: float
    faded: float


#: Baseline, three treatments' follow-ups and six months after the last, filling up as responders do (about 40 %).
COURSE = (
    Visit("Baseline", 0, 0.0, 0.0),
    Visit("After treatment 1", 42, 0.10, 0.2),
    Visit("After treatment 2", 84, 0.22, 0.4),
    Visit("After treatment 3", 126, 0.33, 0.6),
    Visit("Six months later", 306, 0.42, 0.8),
)


def render_series(out: Path, seed: int = 8, jpeg_quality: int = 84) -> None:
    """Write visit-1.jpg … visit-5.jpg, manifest.csv and truth.json into `out`."""
    out.mkdir(parents=True, exist_ok=True)
    device = torch.device("cpu")
    patient = draw_patient(seed, device)
    pace = _paces(seed, patient.scars)
    truth: list[dict[str, object]] = []
    for number, visit in enumerate(COURSE, start=1):
        rng = np.random.default_rng((seed, number))
        share = {kind: np.clip(visit.filled * p, 0, 0.95) for kind, p in pace.items()}
        scene = _seen_at(patient, visit, patient.scars.healed(share), rng, first=number == 1)
        linear, depth_um = light_scene(scene, device)
        pose = _pose(rng, first=number == 1)
        picture = photograph(_warp(linear, pose), scene.camera, rng)
        quality = [cv2.IMWRITE_JPEG_QUALITY, jpeg_quality]
        cv2.imwrite(str(out / f"visit-{number}.jpg"), picture[..., ::-1], quality)
        truth.append(_truth(visit, scene, pose, share, depth_um))
    _write_manifest(out)
    facts = {"seed": seed, "mm_per_px": 1 / PX_PER_MM, "visits": truth}
    (out / "truth.json").write_text(json.dumps(facts, indent=1) + "\n")


def draw_patient(seed: int, device: torch.device) -> Scene:
    """The cheek at baseline: a mixed field of scars, pores, a few moles and marks."""
    shape = (SIZE_PX[0] + 2 * MARGIN_PX, SIZE_PX[1] + 2 * MARGIN_PX)
    rng = np.random.default_rng(seed)
    places = places_on(np.ones(shape, np.uint8), PX_PER_MM)
    scars = draw_scars(
        rng,
        _middle(places, shape),
        none_chance=0.0,
        density_per_cm2=(1.6, 2.2),
        pattern="mixed",
        raised_chance=0.0,
    )
    others = draw_look_alikes(rng, places, shape, PX_PER_MM)
    return Scene(
        seed=seed,
        size_px=shape,
        px_per_mm=PX_PER_MM,
        face=None,
        tone=Tone(0.2, 0.22),
        furrow_um=30.0,
        form=draw_form(rng, shape, PX_PER_MM, device) * 0.5,
        scars=replace(scars, colour=(0.02, 0.12), softness_mm=0.16),
        others=replace(
            others.bare(),
            brown=others.brown.take(np.arange(min(30, len(others.brown)))),
            furrows=Strokes(),
        ),
        rig=clinic_rig(rng, first=True),
        camera=clinic_camera(rng),
    )


def _middle(places: Places, shape: tuple[int, int]) -> Places:
    """Places within an oval in the middle of the picture; scars rarely end with the frame."""
    height, width = shape
    x, y = ((places.xy_px - (width / 2, height / 2)) / (0.4 * width, 0.4 * height)).T
    inside = np.hypot(x, y) < 1
    return Places(places.xy_px[inside], places.px_per_mm, places.area_cm2 * float(inside.mean()))


def _paces(seed: int, scars: Scars) -> dict[str, NDArray[np.float64]]:
    """How fast each scar fills up, 1 on average; rolling scars respond best, icepick scars least."""
    rng = np.random.default_rng((seed, 99))
    mean = {"icepick": 0.6, "boxcar": 1.0, "rolling": 1.25, "raised": 0.5, "trough": 0.9}
    return {kind: mean[kind] * rng.gamma(12, 1 / 12, len(table)) for kind, table in scars.tables.items()}


def _seen_at(patient: Scene, visit: Visit, scars: Scars, rng: np.random.Generator, first: bool) -> Scene:
    melanin, haemoglobin = patient.scars.colour
    colour = (melanin, haemoglobin * (1 - visit.faded))
    return replace(
        patient, scars=replace(scars, colour=colour), rig=clinic_rig(rng, first), camera=clinic_camera(rng)
    )


def clinic_rig(rng: np.random.Generator, first: bool) -> Rig:
    """The clinic's twin lamps, not quite in the same place at each visit."""
    off = np.zeros(4) if first else rng.normal(0, [0.08, 0.08, 0.05, 0.05])
    main = Lamp(math.radians(-150) + off[0], math.radians(32) + off[2], 1.0)
    fill = Lamp(math.radians(-25) + off[1], math.radians(48) + off[3], 0.35)
    return Rig((main, fill), ambient=0.2, shine=0.1, gloss=14.0, scatter_mm=(0.2, 0.11, 0.07))


def clinic_camera(rng: np.random.Generator) -> Camera:
    warmth = rng.normal(0, 0.012)
    return Camera(
        exposure=float(1.45 * np.exp(rng.normal(0, 0.04))),
        metering=0.9,
        balance=(math.exp(warmth), 1.0, math.exp(-warmth)),
        defocus_px=float(rng.uniform(0.7, 1.1)),
        noise=0.004,
        contrast=1.0,
        saturation=1.0,
        reduce=1.0,
        sharpen=0.0,
        jpeg_quality=None,
    )


def light_scene(scene: Scene, device: torch.device) -> tuple[Tensor, NDArray[np.float32]]:
    """(3, H, W) linear RGB and (H, W) scar depth in micrometres of a scene without a face."""
    rng = np.random.default_rng((scene.seed, 1))
    layers = build_layers(scene, rng, torch.ones(scene.size_px, device=device), device)
    lit = shade(layers.whole, scene.form, scene.rig, scene.px_per_mm)
    linear = colour_of(scene, rng, device) * lit.diffuse + lit.specular
    return linear, -layers.scars.cpu().numpy()


def _pose(rng: np.random.Generator, first: bool) -> NDArray[np.float64]:
    """Homography from the scene to the photograph: a turn, a shift, a step nearer, a little perspective."""
    middle = np.array([SIZE_PX[1] / 2 + MARGIN_PX, SIZE_PX[0] / 2 + MARGIN_PX])
    turn, grow = (0.0, 1.0) if first else (rng.normal(0, math.radians(1.2)), 1 + rng.normal(0, 0.012))
    shift = np.zeros(2) if first else rng.normal(0, 22, 2)
    tilt = np.zeros(2) if first else rng.normal(0, 3e-6, 2)
    c, s = math.cos(turn) * grow, math.sin(turn) * grow
    to_origin = np.array([[1, 0, -middle[0]], [0, 1, -middle[1]], [0, 0, 1]])
    move = np.array([[c, -s, 0], [s, c, 0], [tilt[0], tilt[1], 1]])
    back = np.array([[1, 0, SIZE_PX[1] / 2 + shift[0]], [0, 1, SIZE_PX[0] / 2 + shift[1]], [0, 0, 1]])
    return np.asarray(back @ move @ to_origin)


def _warp(linear: Tensor, pose: NDArray[np.float64]) -> Tensor:
    picture = linear.permute(1, 2, 0).cpu().numpy()
    moved = cv2.warpPerspective(
        picture, pose, SIZE_PX[::-1], flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101
    )
    return torch.from_numpy(np.ascontiguousarray(moved)).permute(2, 0, 1)


def _truth(
    visit: Visit,
    scene: Scene,
    pose: NDArray[np.float64],
    share: dict[str, NDArray[np.float64]],
    depth_um: NDArray[np.float32],
) -> dict[str, object]:
    """Every scar in the visit's own pixels; ids are the same at all visits."""
    scars: list[dict[str, object]] = []
    for scar in scene.scars.listed():
        place = np.array([scar.x_mm, scar.y_mm]) * PX_PER_MM
        x, y, w = pose @ np.array([*place, 1.0])
        scars.append(
            {
                "id": f"{scar.table}-{scar.row + 1}",
                "type": scar.type,
                "x_px": round(float(x / w), 1),
                "y_px": round(float(y / w), 1),
                "width_mm": round(scar.width_mm, 2),
                "depth_um": round(float(depth_um[int(place[1]), int(place[0])]), 1),
                "filled": round(float(share[scar.table][scar.row]), 3),
            }
        )
    return {
        "visit": visit.name,
        "days_from_baseline": visit.days,
        "burden_um": round(float(depth_um.clip(min=0).mean()), 3),
        "scene_to_photo": [[float(f"{v:.9g}") for v in row] for row in pose],
        "scars": scars,
    }


def _write_manifest(out: Path) -> None:
    columns = (
        "photo_id",
        "patient_id",
        "series_id",
        "session_index",
        "days_from_baseline",
        "view",
        "image",
        "mm_per_px",
    )
    with (out / "manifest.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for k, visit in enumerate(COURSE):
            name = f"visit-{k + 1}"
            row = (
                name,
                "rendered-1",
                "left-cheek",
                k,
                visit.days,
                "left cheek",
                f"{name}.jpg",
                f"{1 / PX_PER_MM:.6f}",
            )
            writer.writerow(row)
