"""Scale and colour from the printed sheet and the 24-patch chart, on rendered photographs whose truth is known.

False finds and time are measured on real photographs without either.
"""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.errors import CicatrixError
from inference.photo.ciede import ciede2000, lab_of_linear
from inference.photo.read import read_photo
from inference.reference.chart import PATCH_MM, find_chart
from inference.reference.correction import correct
from inference.reference.find import PAPER_REFLECTANCE, card_colour, find_references
from inference.reference.layout import Card, face_card, strip
from inference.reference.markers import find_cards
from inference.reference.raster import draw_card
from inference.reference.reference import ColourReading
from training.evaluate.scene import (
    Camera,
    Floats,
    Pose,
    chart_picture,
    paste,
    photograph,
    skin_canvas,
    to_linear,
)

_ENDINGS = {".jpg", ".jpeg", ".jfif", ".png", ".tif", ".tiff", ".webp"}
_CHART_PX = 40
_TIMED_EVERY = 8


@dataclass(frozen=True, slots=True)
class Condition:
    """marker_px: side of a marker in the photograph; of a patch, for the chart."""

    thing: str
    marker_px: int
    tilt_deg: float = 0
    blur_px: float = 0.8
    bend_radius_mm: float | None = None

    @property
    def name(self) -> str:
        bend = f", bent to {self.bend_radius_mm:g} mm" if self.bend_radius_mm else ""
        return (
            f"{self.thing}, {self.marker_px} px, tilt {self.tilt_deg:g} deg, blur {self.blur_px:g} px{bend}"
        )


CONDITIONS = (
    *(Condition("strip", px) for px in (24, 32, 48, 96, 200)),
    *(Condition("strip", 96, tilt) for tilt in (10, 20, 30, 45)),
    *(Condition("strip", 48, 10, blur) for blur in (1.5, 2, 3)),
    *(Condition("strip", 96, 10, 0.8, radius) for radius in (120, 80)),
    *(Condition("card", px) for px in (24, 48, 96)),
    *(Condition("card", 48, tilt) for tilt in (15, 30)),
    Condition("card", 48, 10, 2),
    Condition("card", 48, 10, 0.8, 200),
    *(Condition("chart", px) for px in (20, 30, 50)),
    *(Condition("chart", 50, tilt) for tilt in (15, 30)),
)


@dataclass(frozen=True, slots=True)
class Trial:
    """Of one rendered photograph with its thing found. errors are natural logarithms of found by true mm/px. skin_de00:
    of the skin's mean colour, before and after the correction."""

    error: float
    stated_sd: float
    corner_sd: float | None
    residual_de00: float | None
    skin_de00: tuple[float, float] | None


def run_condition(
    condition: Condition, count: int, seed: int, faces: tuple[Path, ...] = ()
) -> list[Trial | None]:
    """`count` photographs with random place, turn, light and camera; None where nothing was found."""
    rng = np.random.default_rng([seed, CONDITIONS.index(condition)])
    return [_trial(condition, rng, faces) for _ in range(count)]


def _trial(condition: Condition, rng: np.random.Generator, faces: tuple[Path, ...]) -> Trial | None:
    card = _card(condition, rng)
    picture, density, centre_mm, px_per_mm = _target(condition, card)
    side = round(1.5 * px_per_mm * max(picture.shape[:2]) / density)
    size = max(360, side), max(360, side)
    canvas = _canvas(size, rng, faces)
    middle = tuple(float(length / 2 + rng.uniform(-8, 8)) for length in size)
    pose = Pose(
        px_per_mm=px_per_mm,
        centre_mm=centre_mm,
        centre_px=(middle[0], middle[1]),
        tilt_deg=condition.tilt_deg,
        tilt_axis_deg=float(rng.uniform(0, 360)),
        turn_deg=float(rng.uniform(0, 360)),
        distance_mm=float(rng.uniform(250, 500))
        if condition.thing == "strip"
        else float(rng.uniform(500, 1200)),
        bend_radius_mm=condition.bend_radius_mm,
    )
    camera = random_camera(rng, condition.blur_px)
    rgb = photograph(paste(canvas, picture, density, pose), camera, rng)
    return _read(rgb, card, pose, canvas, camera)


def random_camera(rng: np.random.Generator, blur_px: float) -> Camera:
    """Exposure from a third to nearly full, casts up to 1.5 to 1, some crosstalk and shading, JPEG 75 to 95."""
    gains = rng.uniform(0.35, 0.95) * rng.uniform(0.67, 1, 3)
    return Camera(
        blur_px=blur_px,
        gains=(float(gains[0]), float(gains[1]), float(gains[2])),
        crosstalk=float(rng.uniform(0, 0.2)),
        noise=float(rng.uniform(0.002, 0.008)),
        shading=float(rng.uniform(0, 0.15)),
        jpeg_quality=int(rng.integers(75, 96)),
    )


def _read(
    rgb: NDArray[np.uint8], card: Card | None, pose: Pose, canvas: Floats, camera: Camera
) -> Trial | None:
    if card is None:
        chart = find_chart(rgb)
        if chart is None:
            return None
        scale, corner_sd, colour = chart.scale("classic"), None, chart.colour
    else:
        found = next(iter(find_cards(rgb)), None)
        if found is None or found.card != card:
            return None
        scale, corner_sd, colour = found.scale, found.plane.log_scale_sd, card_colour(rgb, found)
    error = math.log(scale.mm_per_px / pose.mm_per_px)
    skin = None if colour is None else _skin_error(canvas, camera, colour)
    return Trial(error, scale.relative_sd, corner_sd, None if colour is None else colour.residual_de00, skin)


def _skin_error(canvas: Floats, camera: Camera, colour: ColourReading) -> tuple[float, float]:
    """CIEDE2000 of the mean colour of the canvas as the camera has it at the picture's middle, and corrected."""
    true = canvas.reshape(-1, 3).mean(axis=0, dtype=np.float64)
    seen = (1 - camera.shading / 2) * true @ camera.matrix
    before, after = ciede2000(lab_of_linear(np.stack([seen, correct(seen, colour)])), lab_of_linear(true))
    return float(before), float(after)


def _card(condition: Condition, rng: np.random.Generator) -> Card | None:
    if condition.thing == "chart":
        return None
    return face_card() if condition.thing == "card" else strip(int(rng.integers(8)))


def _target(condition: Condition, card: Card | None) -> tuple[Floats, float, tuple[float, float], float]:
    """Linear picture of the thing, its px/mm, its middle in mm, and the photograph's px/mm."""
    if card is None:
        picture, patch_mm = chart_picture(_CHART_PX), PATCH_MM["classic"][0]
        density = _CHART_PX / patch_mm
        centre = picture.shape[1] / 2 / density, picture.shape[0] / 2 / density
        return picture, density, centre, condition.marker_px / patch_mm
    px_per_mm = condition.marker_px / card.markers[0].size_mm
    density = min(40, 4 * max(1, round(3 * px_per_mm / 4)))
    return to_linear(draw_card(card, density)) * PAPER_REFLECTANCE, density, card.centre_mm, px_per_mm


def _canvas(size: tuple[int, int], rng: np.random.Generator, faces: tuple[Path, ...]) -> Floats:
    if not faces:
        return skin_canvas((size[1], size[0]), rng)
    rgb = read_photo(faces[int(rng.integers(len(faces)))]).rgb
    shorter = min(rgb.shape[:2])
    top, left = ((length - shorter) // 2 for length in rgb.shape[:2])
    square = rgb[top : top + shorter, left : left + shorter]
    return to_linear(np.asarray(cv2.resize(square, size, interpolation=cv2.INTER_LINEAR), np.uint8))


def scale_table(count: int, seed: int, faces: tuple[Path, ...] = ()) -> Iterator[str]:
    """Lines of the table, one by condition."""
    titles = (
        "found",
        "median %",
        "p95 %",
        "max %",
        "stated %",
        "in 1.96 sd",
        "by corners",
        "patches",
        "skin dE00",
    )
    yield f"{'rendered photographs with':58}" + "".join(f"{title:>11}" for title in titles)
    for condition in CONDITIONS:
        trials = run_condition(condition, count, seed, faces)
        yield f"{condition.name:58}" + "".join(f"{cell:>11}" for cell in _cells(trials))


def _cells(trials: list[Trial | None]) -> list[str]:
    found = [trial for trial in trials if trial is not None]
    share = f"{len(found)}/{len(trials)}"
    if not found:
        return [share]
    error = np.abs([trial.error for trial in found])
    stated = np.array([trial.stated_sd for trial in found])
    corners = [abs(trial.error) <= 1.96 * trial.corner_sd for trial in found if trial.corner_sd is not None]
    residuals = [trial.residual_de00 for trial in found if trial.residual_de00 is not None]
    skins = np.array([trial.skin_de00 for trial in found if trial.skin_de00 is not None])
    return [
        share,
        *(f"{100 * value:.3f}" for value in (np.median(error), np.percentile(error, 95), error.max())),
        f"{100 * np.median(stated):.2f}",
        f"{np.mean(error <= 1.96 * stated):.0%}",
        f"{np.mean(corners):.0%}" if corners else "-",
        f"{np.median(residuals):.1f}" if residuals else "-",
        f"{np.median(skins[:, 0]):.1f}>{np.median(skins[:, 1]):.1f}" if len(skins) else "-",
    ]


def photographs(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in _ENDINGS)


def false_finds(paths: list[Path]) -> Iterator[str]:
    """Photographs in which something was found; then the sum, and the time, which holds for 12 megapixels each."""
    finds, seconds = 0, list[float]()
    for index, path in enumerate(paths):
        try:
            rgb = read_photo(path).rgb
        except CicatrixError:
            continue
        references = find_references(rgb, "classic")
        if references.scale or references.colour or references.outlines_px:
            finds += 1
            yield f"{path.name}: {references.scale}"
        if index % _TIMED_EVERY == 0:
            seconds.append(_seconds_on_12_megapixels(rgb))
    yield f"{finds} of {len(paths)} real photographs without sheet or chart have a find"
    if seconds:
        middle, high = 1000 * np.median(seconds), 1000 * np.percentile(seconds, 95)
        yield f"processor time on 12 megapixels, {len(seconds)} photographs: median {middle:.0f} ms, p95 {high:.0f} ms"


def _seconds_on_12_megapixels(rgb: NDArray[np.uint8]) -> float:
    """Processor time, as others may share the machine."""
    zoom = math.sqrt(12e6 / (rgb.shape[0] * rgb.shape[1]))
    large = np.asarray(cv2.resize(rgb, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_CUBIC), np.uint8)
    start = time.process_time()
    find_references(large, "classic")
    return time.process_time() - start
