"""Pairs of photographs with an exactly known map: faces and close-ups, rendered, turned, moved and taken anew."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from inference.measure.assessment import Evidence
from training.evaluate.change.geometry import Points, Turned, draw_turn
from training.render.camera import draw_camera
from training.render.canvas import Canvas, Tile, find_faces, load_canvas
from training.render.forms import draw_part, head_slope, tilted
from training.render.marks import draw_look_alikes, places_on
from training.render.pairs import draw_views, render_views
from training.render.rigs import draw_rig
from training.render.scars import draw_scars
from training.render.scene import Scene, Tone

#: Sides of the rendered pictures, px, and the scale of close-ups, px per mm: 57 to 130 mm of skin.
FACE_SIDE_PX, CLOSE_SIDE_PX, CLOSE_PX_PER_MM = 1000, 800, (6.0, 14.0)
#: Radii of the skin under a face and under a close-up, mm: means and spread of `training.render.forms`.
FACE_RADII_MM, CLOSE_RADII_MM = ((75, 110), (110, 180)), ((45, 110), (60, 200))
#: Most turn of the camera, degrees; views of one patient take the bands in turn.
TURNS_DEG = (5.0, 10.0, 15.0)
#: Distance of the points on which the error is measured, px of the made view.
GRID_PX = 16


@dataclass(frozen=True, slots=True, eq=False)
class KnownPair:
    """before, after: as `align` takes them. points: (n, 2) px of before on common skin; truth: (n, 2) px of after.

    kind: what is pictured and in what light. turn_deg: most that the camera may have turned. moves: whether the skin
    moved as with an expression.
    """

    name: str
    kind: str
    turn_deg: float
    moves: bool
    before: Evidence
    after: Evidence
    points: Points
    truth: Points


def known_pairs(seed: int, patients: int, faces: Path | None) -> Iterator[KnownPair]:
    """Four pairs of each patient, two in the same light and two in another. Patients are close-ups, and held-out
    faces every other time where `faces`, a folder with london/ and canada/, is given."""
    for k in range(patients):
        rng = np.random.default_rng((seed, k))
        on_face = faces is not None and k % 2 == 0
        scene = face_scene(rng, faces) if on_face and faces is not None else close_scene(rng)
        yield from _pairs_of(scene, "face" if on_face else "close-up", rng, k)


def _pairs_of(scene: Scene, what: str, rng: np.random.Generator, number: int) -> Iterator[KnownPair]:
    views = draw_views(scene, 3)
    pictures = render_views(views, torch.device("cpu"))
    skin = np.ones(scene.size_px, np.bool_) if scene.face is None else scene.face.label == 1
    for k, (view, picture) in enumerate(zip(views[1:], pictures[1:], strict=True)):
        for moves in (False, True):
            kind = f"{what}, {'same light' if view.same_rig else 'other light'}"
            turn_deg = TURNS_DEG[(number + k + moves) % len(TURNS_DEG)]
            turn = draw_turn(rng, scene.size_px, scene.px_per_mm, _radii(rng, what), turn_deg, moves)
            name = f"{what} {number + 1}.{2 * k + moves + 1}"
            one, two = (
                (pictures[0].rgb, picture.rgb) if rng.random() < 0.5 else (picture.rgb, pictures[0].rgb)
            )
            yield replace(
                taken_anew(rng, (one, two), skin, turn, swapped=bool(rng.random() < 0.5)),
                name=name,
                kind=kind,
                turn_deg=turn_deg,
                moves=moves,
            )


def _radii(rng: np.random.Generator, what: str) -> tuple[float, float]:
    spans = FACE_RADII_MM if what == "face" else CLOSE_RADII_MM
    one, two = (math.exp(rng.uniform(*np.log(span))) for span in spans)
    return one, two


def taken_anew(
    rng: np.random.Generator,
    pictures: tuple[NDArray[np.uint8], NDArray[np.uint8]],
    skin: NDArray[np.bool_],
    turn: Turned,
    swapped: bool,
) -> KnownPair:
    """The first picture as it is and the second one turned, both with noise, blur and JPEG of their own.

    pictures: (h, w, 3) uint8 each of one frame. swapped: the turned one comes first.
    """
    height, width = skin.shape
    size = (round(width * turn.scale), round(height * turn.scale))
    x, y = np.meshgrid(np.arange(size[0], dtype=np.float64), np.arange(size[1], dtype=np.float64))
    every = np.column_stack([x.ravel(), y.ravel()])
    where = turn.source_of(every).astype(np.float32).reshape(size[1], size[0], 2)
    seen = cv2.remap(skin.astype(np.uint8), where, None, cv2.INTER_NEAREST) > 0  # pyright: ignore
    shown = seen & turn.shown(every).reshape(seen.shape)
    made = cv2.remap(pictures[1], where, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)  # pyright: ignore
    view = evidence_of(photographed(rng, np.asarray(made, np.uint8)), seen, turn.px_per_mm * turn.scale)
    still = evidence_of(photographed(rng, pictures[0]), skin, turn.px_per_mm)
    row, column = np.nonzero(shown[::GRID_PX, ::GRID_PX])
    points = np.column_stack([column, row]).astype(np.float64) * GRID_PX
    truth = turn.source_of(points)
    if swapped:
        return KnownPair("", "", 0.0, False, still, view, truth, points)
    return KnownPair("", "", 0.0, False, view, still, points, truth)


def photographed(rng: np.random.Generator, rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Blur, noise and JPEG that the two pictures do not share, so that no grain of the canvas can be matched."""
    blur = rng.uniform(0.3, 1.2)
    soft = np.asarray(cv2.GaussianBlur(rgb, (0, 0), blur), np.float32)
    noisy = soft + rng.normal(0, rng.uniform(1, 4), rgb.shape)
    levels = np.clip(noisy + 0.5, 0, 255).astype(np.uint8)
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(60, 96))]
    written = cv2.imencode(".jpg", levels[..., ::-1], quality)[1]
    return np.ascontiguousarray(np.asarray(cv2.imdecode(written, cv2.IMREAD_COLOR))[..., ::-1], np.uint8)


def evidence_of(rgb: NDArray[np.uint8], skin: NDArray[np.bool_], px_per_mm: float) -> Evidence:
    """What `align` takes, of a picture in which no scar was looked for."""
    shape = skin.shape
    return Evidence(
        rgb=rgb,
        label=np.zeros(shape, np.uint8),
        lesion_id=np.zeros(shape, np.int32),
        skin=skin,
        relief_um=np.zeros(shape, np.float32),
        mm_per_px=1 / px_per_mm,
        photo_px_per_px=(1.0, 1.0),
    )


def close_scene(rng: np.random.Generator) -> Scene:
    """Scarred skin with moles, pores and marks, rendered altogether."""
    shape = (CLOSE_SIDE_PX, CLOSE_SIDE_PX)
    px_per_mm = math.exp(rng.uniform(*np.log(CLOSE_PX_PER_MM)))
    form = draw_part(rng, shape, px_per_mm, torch.device("cpu"), "cheek")
    return _scene(rng, shape, px_per_mm, None, torch.as_tensor(form), float(rng.uniform(8, 60)))


def face_scene(rng: np.random.Generator, faces: Path) -> Scene:
    """A held-out person's whole head with scars laid on."""
    files = find_faces(faces, held_out=True)
    canvas = _canvas(files[int(rng.integers(len(files)))])
    tile, px_per_mm = whole_head(canvas, FACE_SIDE_PX)
    assert tile.points is not None
    slope = torch.as_tensor(head_slope(tile.points, FACE_SIDE_PX, px_per_mm))
    return _scene(rng, (FACE_SIDE_PX, FACE_SIDE_PX), px_per_mm, tile, tilted(rng, slope), 0.0)


@cache
def _canvas(path: Path) -> Canvas:
    return load_canvas(path)


def whole_head(canvas: Canvas, side_px: int) -> tuple[Tile, float]:
    """The canvas in a square of `side_px`, never enlarged, and its pixels per mm."""
    assert canvas.points is not None
    height, width = canvas.label.shape
    zoom = min(1.0, side_px / max(height, width))
    shift = np.array([side_px - zoom * width, side_px - zoom * height]) / 2
    matrix = np.array([[zoom, 0, shift[0]], [0, zoom, shift[1]]])

    def warp(array: NDArray[np.uint8], kernel: int, border: int) -> NDArray[np.uint8]:
        return np.asarray(
            cv2.warpAffine(array, matrix, (side_px, side_px), flags=kernel, borderMode=border), np.uint8
        )

    rgb = warp(canvas.rgb, cv2.INTER_AREA, cv2.BORDER_REPLICATE)
    label = warp(canvas.label, cv2.INTER_NEAREST, cv2.BORDER_CONSTANT)
    smooth = warp(canvas.smooth, cv2.INTER_NEAREST, cv2.BORDER_CONSTANT)
    px_per_mm = canvas.px_per_mm * zoom
    return Tile(rgb, label, smooth, canvas.px_per_mm, canvas.points * zoom + shift), px_per_mm


def _scene(
    rng: np.random.Generator,
    shape: tuple[int, int],
    px_per_mm: float,
    face: Tile | None,
    form: torch.Tensor,
    furrow_um: float,
) -> Scene:
    tone = Tone(float(rng.gamma(1.3, 0.45)), float(rng.uniform(0.12, 0.45)))
    places = places_on(np.ones(shape, np.uint8) if face is None else face.smooth, px_per_mm)
    others = draw_look_alikes(rng, places, shape, px_per_mm, None if face is None else face.points)
    return Scene(
        seed=int(rng.integers(2**31)),
        size_px=shape,
        px_per_mm=px_per_mm,
        face=face,
        tone=tone,
        furrow_um=furrow_um,
        form=form,
        scars=draw_scars(rng, places, none_chance=0.0),
        others=others.bare(),
        rig=draw_rig(rng, tone.melanin),
        camera=draw_camera(rng, px_per_mm),
    )
