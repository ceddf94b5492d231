"""How well faces are found, placed and measured, on real photographs with hand-placed points."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.face.face import Face
from inference.face.find import Candidate, FaceFinder
from inference.face.frames import Pyramid
from inference.face.pose import MEAN_FACE, rigid_fit
from inference.face.regions import excluded_areas
from inference.face.scale import (
    IRIS_MM,
    IRIS_SD_MM,
    PUPILS_MM,
    PUPILS_SD_MM,
    iris_measuring_sd,
    iris_scale,
    pupil_measuring_sd,
    pupil_scale,
)

#: Photographs of each set, below the data folder.
SETS = {
    "london neutral": "london/neutral/*.jpg",
    "london smiling": "london/smiling/*.jpg",
    "canada": "canada/*.jpg",
    "one_person_zoom": "one_person_zoom/*.jpg",
    "one_person_lisa": "one_person_lisa/*.jpg",
    "acne_scars": "acne_scars/*/*",
}
#: Hand-placed points with the mesh points at the same place, by how many points a `.tem` file holds; found by drawing
#: the numbers on a face. The pupils are compared with the irises' centres.
PUPILS = {189: (0, 1), 106: (0, 1), 83: (63, 81)}
SAME_PLACE: dict[int, dict[str, dict[int, int]]] = {
    189: {
        "eye corners": {18: 33, 22: 133, 23: 362, 27: 263},
        "mouth corners": {87: 61, 93: 291},
        "lips' middle": {90: 0, 106: 17},
        "nose": {55: 2, 63: 64, 68: 294},
        "chin": {129: 152},
    },
    106: {"eye corners": {35: 33, 39: 133, 44: 362, 48: 263}, "nose": {80: 2}},
    83: {
        "eye corners": {44: 33, 79: 133, 61: 362, 40: 263},
        "mouth corners": {29: 61, 45: 291},
        "nose": {37: 2},
    },
}
#: Outlines of the 189 points, against the excluded areas by their place in `excluded_areas`.
_OUTLINES = {
    "eyes": ((0, (18, 19, 20, 21, 22, 30, 29, 28)), (1, (23, 24, 25, 26, 27, 33, 32, 31))),
    "lips": ((2, (*range(87, 94), 108, 107, 106, 105, 104)),),
    "brows": ((5, (71, 72, 73, 74, 75, 76, 84, 83)), (6, (77, 78, 79, 80, 81, 82, 86, 85))),
}
#: Iris edges at the sides, of the 189 points.
_IRIS_SIDES = ((4, 8), (12, 16))
#: Windows that leave no whole face, by the distance of the pupils from their middle: x0, y0, x1, y1. Right and left are
#: the person's.
WINDOWS = {
    "right half": (-1.6, -1.6, 0.15, 1.9),
    "left half": (-0.15, -1.6, 1.6, 1.9),
    "right cheek": (-1.4, 0.1, 0.1, 1.6),
    "left cheek": (-0.1, 0.1, 1.4, 1.6),
    "below the eyes": (-1.3, 0.12, 1.3, 2.0),
    "through the eyes": (-1.3, -0.05, 1.3, 2.0),
    "forehead": (-1.3, -1.8, 1.3, -0.1),
}


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """One photograph: the face, if any, the hand-placed points, if any, and seconds of processor time."""

    name: str
    candidates: list[Candidate]
    face: Face | None
    truth_px: NDArray[np.float64] | None
    seconds: float


def look_at_set(folder: Path, pattern: str, finder: FaceFinder) -> list[Found]:
    """The finder on every photograph of a set."""
    found: list[Found] = []
    for path, rgb in _photos(folder, pattern):
        start = time.process_time()
        face = finder.find(rgb)
        seconds = time.process_time() - start
        found.append(
            Found(
                path.stem,
                finder.candidates(Pyramid(rgb)),
                face,
                read_points(path.with_suffix(".tem")),
                seconds,
            )
        )
    return found


def false_faces(folder: Path, finder: FaceFinder) -> dict[str, tuple[int, int]]:
    """By window: faces accepted in windows of the London faces that show no whole face, and windows tried."""
    counts = dict.fromkeys(WINDOWS, (0, 0))
    for path, rgb in _photos(folder, SETS["london neutral"]):
        points = read_points(path.with_suffix(".tem"))
        if points is None:
            continue
        middle, unit = points[:2].mean(axis=0), float(np.hypot(*(points[0] - points[1])))
        for name, window in WINDOWS.items():
            (x0, y0), (x1, y1) = (np.array(window).reshape(2, 2) * unit + middle).astype(int)
            cut = np.ascontiguousarray(rgb[max(y0, 0) : y1, max(x0, 0) : x1])
            accepted, tried = counts[name]
            counts[name] = (accepted + (finder.find(cut) is not None), tried + 1)
    return counts


def describe(name: str, photos: list[Found]) -> Iterator[str]:
    """Lines of text about one set."""
    seen = [one for one in photos if one.face]
    share = f"{100 * len(seen) / max(len(photos), 1):.0f} %"
    yield f"{name}: {len(photos)} photographs, {len(seen)} faces ({share}), {_ms(photos):.0f} ms each"
    if not seen:
        best = max((c.presence for one in photos for c in one.candidates), default=0.0)
        yield f"  highest presence       {best:.3f}"
        return
    first = [one.candidates[0] for one in seen]
    yield f"  worst of the faces     presence {min(c.presence for c in first):.3f}, " + (
        f"drift {max(c.drift for c in first):.3f}, disagreement {max(c.disagreement for c in first):.3f}, "
        f"margin {min(c.margin for c in first):.2f}"
    )
    for group, errors in _errors(seen).items():
        middle, high = np.percentile(errors, [50, 95])
        yield f"  {group:22} error {middle:5.1f} median, {high:5.1f} 95th percentile, % of the eye distance"
    for area, missed in _uncovered(seen).items():
        yield f"  {area:22} {np.mean(missed):5.1%} of the hand-drawn area not excluded, worst {max(missed):.1%}"
    yield from _measured(seen)


def mean_face(folder: Path, finder: FaceFinder) -> dict[int, NDArray[np.float64]]:
    """`MEAN_FACE` anew from the neutral London faces: level, symmetrical, outer corners of the eyes 1 apart."""
    faces = [one.face for one in look_at_set(folder, SETS["london neutral"], finder) if one.face]
    names = list(MEAN_FACE)
    stored = np.array(list(MEAN_FACE.values()))
    mirror = np.linalg.norm((stored * (-1, 1, 1))[:, np.newaxis] - stored, axis=2).argmin(axis=1)
    shapes = [_level(face.points_px[names].astype(np.float64)) for face in faces]
    mean = np.mean(shapes, axis=0)
    for _ in range(10):
        mean = (mean + mean[mirror] * (-1, 1, 1)) / 2
        mean /= np.linalg.norm(mean[1] - mean[0])
        turned = [_onto(shape, mean) for shape in shapes]
        mean = np.mean(turned, axis=0)
    mean = (mean + mean[mirror] * (-1, 1, 1)) / 2
    return dict(zip(names, mean / np.linalg.norm(mean[1] - mean[0]), strict=True))


def read_points(path: Path) -> NDArray[np.float64] | None:
    """(n, 2) hand-placed points of a `.tem` file: their number, then x and y on each line. None without the file."""
    if not path.exists():
        return None
    lines = path.read_text().split("\n")
    return np.array([[float(v) for v in line.split()[:2]] for line in lines[1 : int(lines[0]) + 1]])


def _photos(folder: Path, pattern: str) -> Iterator[tuple[Path, NDArray[np.uint8]]]:
    for path in sorted(folder.glob(pattern)):
        picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if picture is not None:
            yield path, np.ascontiguousarray(picture[..., ::-1]).astype(np.uint8, copy=False)


def _errors(seen: list[Found]) -> dict[str, list[float]]:
    """Distances from the hand-placed points, per cent of the distance between the hand-placed pupils."""
    errors: dict[str, list[float]] = {}
    for one in seen:
        truth, face = one.truth_px, one.face
        if truth is None or face is None or len(truth) not in SAME_PLACE:
            continue
        first, second = (truth[i] for i in PUPILS[len(truth)])
        unit = float(np.hypot(*(first - second))) / 100
        for point, iris in zip((first, second), face.irises or (), strict=False):
            errors.setdefault("pupils", []).append(float(np.hypot(*(point - (iris.x_px, iris.y_px)))) / unit)
        for group, pairs in SAME_PLACE[len(truth)].items():
            away = [
                np.hypot(*(truth[hand] - face.points_px[mesh, :2])) / unit for hand, mesh in pairs.items()
            ]
            errors.setdefault(group, []).extend(map(float, away))
    return errors


def _uncovered(seen: list[Found]) -> dict[str, list[float]]:
    """Share of each hand-drawn eye, mouth and brow that the excluded areas miss; only for the 189 points."""
    missed: dict[str, list[float]] = {}
    for one in seen:
        if one.truth_px is None or one.face is None or len(one.truth_px) != 189:
            continue
        areas = excluded_areas(one.face)
        size = tuple(int(v) + 50 for v in one.truth_px.max(axis=0)[::-1])
        for name, outlines in _OUTLINES.items():
            for index, corners in outlines:
                hand = _fill(one.truth_px[list(corners)], size)
                excluded = _fill(areas[index], size)
                missed.setdefault(name, []).append(1 - (hand & excluded).sum() / max(hand.sum(), 1))
    return missed


def _fill(polygon: NDArray[np.floating], size: tuple[int, ...]) -> NDArray[np.bool_]:
    mask = np.zeros(size, np.uint8)
    cv2.fillPoly(mask, [np.round(polygon).astype(np.int32)], 1)
    return mask > 0


def _measured(seen: list[Found]) -> Iterator[str]:
    faces = [one.face for one in seen if one.face]
    pose = np.array([(f.pose.yaw_deg, f.pose.pitch_deg, f.pose.roll_deg) for f in faces])
    middle, spread = np.median(pose, axis=0), pose.std(axis=0)
    yield (
        "  yaw, pitch, roll       "
        + ", ".join(f"{m:.1f} ({s:.1f})" for m, s in zip(middle, spread, strict=True))
        + " deg, median (sd)"
    )
    yield f"  irises measured        {sum(f.irises is not None for f in faces)} of {len(faces)}"
    by_hand = _iris_by_hand(seen)
    if by_hand:
        yield f"  iris by hand           {np.mean(by_hand):.3f} mean, {np.std(by_hand):.3f} sd"
    apart = [f.irises[0].diameter_px / f.irises[1].diameter_px for f in faces if f.irises]
    if apart:
        yield f"  iris by the other one  {np.std(apart) / np.sqrt(2):.4f} sd of one"
    ratios = [ratio for one in seen if (ratio := agreement(one)) is not None]
    if ratios:
        values, z = np.array(ratios).T
        yield f"  pupil by iris scale    {values.mean():.3f} mean, {values.std():.3f} sd, " + (
            f"difference by its stated error: {z.mean():.2f} mean, {np.sqrt((z * z).mean()):.2f} rms"
        )


def agreement(one: Found) -> tuple[float, float] | None:
    """Scale from the pupils by the scale from the irises, and their difference by its stated standard error.

    The error of the plane is the same for both and left out.
    """
    if one.face is None or not (iris := iris_scale(one.face)) or not (pupils := pupil_scale(one.face)):
        return None
    errors = (
        IRIS_SD_MM / IRIS_MM,
        iris_measuring_sd(one.face),
        PUPILS_SD_MM / PUPILS_MM,
        pupil_measuring_sd(one.face),
    )
    ratio = pupils[0] / iris[0]
    return ratio, (ratio - 1) / float(np.hypot.reduce(errors))


def _iris_by_hand(seen: list[Found]) -> list[float]:
    """Diameters by those between the hand-placed sides of the iris."""
    return [
        iris.diameter_px / float(np.hypot(*(one.truth_px[a] - one.truth_px[b])))
        for one in seen
        if one.face and one.face.irises and one.truth_px is not None and len(one.truth_px) == 189
        for iris, (a, b) in zip(one.face.irises, _IRIS_SIDES, strict=True)
    ]


def _ms(photos: list[Found]) -> float:
    return 1000 * float(np.median([one.seconds for one in photos])) if photos else 0.0


def _level(shape: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turned in the picture until the outer corners of the eyes are level; they are the first two points."""
    across = shape[1] - shape[0]
    angle = np.arctan2(across[1], across[0])
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1]])
    return (shape - shape.mean(axis=0)) @ turn.T / np.hypot(*across[:2])


def _onto(shape: NDArray[np.float64], mean: NDArray[np.float64]) -> NDArray[np.float64]:
    turn, scale = rigid_fit(shape, mean)
    return (shape - shape.mean(axis=0)) @ turn.T * scale


def report(folder: Path, finder: FaceFinder, say: Callable[[str], None]) -> None:
    """Everything about every set, line by line."""
    for name, pattern in SETS.items():
        photos = look_at_set(folder, pattern, finder)
        for line in describe(name, photos):
            say(line)
        if name.startswith("one_person"):
            for one in photos:
                if (pair := agreement(one)) and one.face:
                    say(
                        f"    {one.name:8} pupil by iris scale {pair[0]:.3f}, by its stated error {pair[1]:+.2f}"
                    )
    for name, (accepted, tried) in false_faces(folder, finder).items():
        say(f"no whole face, {name}: {accepted} of {tried} taken for a face")
