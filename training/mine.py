"""Hard negatives: tiles about the places where a network sees scars on faces that have none.

Faces of the training people are shown to the network at several scales, a little damaged as photographs are, at
times before another backdrop. The worst places become samples in the renderer's own format (see
`training.render.write`), so that the next run trains on them. A few people do have real marks; by the project's
decision these faces count as clear.
"""

import json
import logging
import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray
from tqdm import tqdm

from inference.network.maps import SURFACE, TYPES
from inference.network.session import Network
from training.augment import photograph
from training.config import AugmentConfig
from training.dataset import UNKNOWN_RELIEF_UM
from training.render.backdrops import draw_backdrop
from training.render.canvas import BACKDROP_SHARE, Canvas, before, find_faces, load_canvas, person_number
from training.render.write import ARRAYS

log = logging.getLogger(__name__)

#: Scales at which a face is looked at, as shares of the network's working resolution, each moved by up to
#: `SCALE_JITTER` (log) so that no face is learnt at one size.
SCALES, SCALE_JITTER = (0.7, 1.0, 1.5), 0.1
#: A tile is hard when somewhere in it a scar is at least this likely: below, no threshold would mark anything.
LEAST_PROBABILITY = 0.3
#: Tiles of one face that share more than this part of their union show the same place.
MOST_OVERLAP = 0.3
#: Nobody gives more than this many times the even share of all tiles.
PERSON_SHARE = 2.5


@dataclass(frozen=True, slots=True, eq=False)
class Hard:
    """One tile that fooled the network.

    face: photograph by set and number. score: mean false scar probability, weighted towards the tile's middle.
    box_px: (left, top, side) on the face's own pixels. rgb: (S, S, 3) uint8 sRGB. label: (S, S) uint8 as in
    `Canvas`.
    """

    face: str
    score: float
    px_per_mm: float
    box_px: tuple[float, float, float]
    rgb: NDArray[np.uint8]
    label: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A face as the network is shown it: rgb (H, W, 3) uint8, label (H, W) uint8, at px_per_mm."""

    rgb: NDArray[np.uint8]
    label: NDArray[np.uint8]
    px_per_mm: float


def mine(
    network: Network,
    out: Path,
    faces: Path,
    count: int = 300,
    size_px: int = 448,
    seed: int = 0,
    workers: int = 1,
) -> list[Hard]:
    """Writes the `count` worst tiles into the samples folder `out` and returns them, worst first.

    faces: folder that holds london/ and canada/; only training people are taken. Fewer tiles are written when
    fewer places fool the network. workers: threads that share the people.

    Raises FileNotFoundError without faces, ValueError when nothing fools the network.
    """
    paths = find_faces(faces, held_out=False)
    if not paths:
        raise FileNotFoundError(f"No faces with points below {faces}: it should hold london/ or canada/.")
    people: dict[tuple[str, int], list[Path]] = {}
    for path in paths:
        people.setdefault(_person_of(path, faces), []).append(path)
    most = max(1, math.ceil(PERSON_SHARE * count / len(people)))
    worst: list[Hard] = []

    def of_person(photos: list[Path]) -> list[Hard]:
        found = [tile for path in photos for tile in hard_tiles(network, path, faces, size_px, most, seed)]
        return _worst(found, most)

    with ThreadPoolExecutor(max(1, workers)) as pool:
        everybody = pool.map(of_person, people.values())
        for found in tqdm(everybody, total=len(people), desc="mine", unit="person"):
            worst = _worst([*worst, *found], count)
    if not worst:
        raise ValueError("The network sees no scars on these faces: there is nothing to mine.")
    if len(worst) < count:
        log.warning("only %d of %d tiles fool the network enough to be kept", len(worst), count)
    write_samples(out, worst, size_px, seed)
    return worst


def hard_tiles(network: Network, path: Path, root: Path, size_px: int, most: int, seed: int) -> list[Hard]:
    """The worst places of one photograph over all scales, no place twice, at most `most`."""
    name = path.relative_to(root).with_suffix("").as_posix()
    canvas = load_canvas(path)
    rng = np.random.default_rng((seed, *name.encode()))
    found: list[Hard] = []
    for look in looks(rng, canvas, network.bundle.description.plan.px_per_mm, size_px):
        found += pick(name, look, scar_map(network, look.rgb), canvas.px_per_mm, size_px, most)
    kept: list[Hard] = []
    for tile in sorted(found, key=lambda t: t.score, reverse=True):
        if all(overlap(tile.box_px, other.box_px) <= MOST_OVERLAP for other in kept):
            kept.append(tile)
    return kept[:most]


def looks(rng: np.random.Generator, canvas: Canvas, px_per_mm: float, size_px: int) -> Iterator[Look]:
    """The face at every scale, damaged by chance; continued by its mirror image where it is smaller than a tile."""
    for share in SCALES:
        scale = px_per_mm * share * math.exp(rng.uniform(-SCALE_JITTER, SCALE_JITTER))
        zoom = scale / canvas.px_per_mm
        rgb = _resized(canvas.rgb, zoom, cv2.INTER_AREA if zoom < 1 else cv2.INTER_CUBIC)
        label = _resized(canvas.label, zoom, cv2.INTER_NEAREST)
        if canvas.backdrop is not None and rng.random() < BACKDROP_SHARE:
            seen = _resized(canvas.backdrop, zoom, cv2.INTER_LINEAR)
            rgb = before(rgb, seen, draw_backdrop(rng, label.shape), canvas.studio_rgb)
        rgb = photograph(rgb, AugmentConfig(), rng)
        below, right = (max(0, size_px - side) for side in label.shape)
        rgb, label = (
            np.asarray(cv2.copyMakeBorder(array, 0, below, 0, right, cv2.BORDER_REFLECT_101), np.uint8)
            for array in (rgb, label)
        )
        yield Look(rgb, label, scale)


def scar_map(network: Network, rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(H, W) 0..1, how likely each pixel belongs to a scar of any type. Raises BundleError."""
    multiple = network.bundle.description.input.multiple
    height, width = rgb.shape[:2]
    padded = cv2.copyMakeBorder(rgb, 0, -height % multiple, 0, -width % multiple, cv2.BORDER_REFLECT_101)
    none = network.run(np.asarray(padded, np.uint8)[np.newaxis]).types[0, TYPES.index("none")]
    none = cv2.resize(none, padded.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(1 - none[:height, :width], np.float32)


def pick(
    face: str, look: Look, scar: NDArray[np.float32], face_px_per_mm: float, size_px: int, most: int
) -> list[Hard]:
    """The worst tiles of one look, their middles at least half a tile apart, at most `most`. scar: (H, W) 0..1."""
    half, zoom = size_px // 2, look.px_per_mm / face_px_per_mm
    # Two boxes make a triangle as wide as the tile: what lies in its middle counts most.
    score = cv2.blur(cv2.blur(scar, (half, half)), (half, half))
    rows, columns = (side - size_px + 1 for side in scar.shape)
    left_to_pick = score[half : half + rows, half : half + columns].copy()
    found: list[Hard] = []
    while len(found) < most:
        top, left = (int(i) for i in np.unravel_index(int(left_to_pick.argmax()), left_to_pick.shape))
        value = float(left_to_pick[top, left])
        if value <= 0:
            break
        left_to_pick[max(0, top - half) : top + half, max(0, left - half) : left + half] = 0
        window = slice(top, top + size_px), slice(left, left + size_px)
        if scar[window].max() >= LEAST_PROBABILITY:
            box_px = (left / zoom, top / zoom, size_px / zoom)
            rgb, label = look.rgb[window].copy(), look.label[window].copy()
            found.append(Hard(face, value, look.px_per_mm, box_px, rgb, label))
    return found


def overlap(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    """Shared part of the union of two squares (left, top, side), 0..1."""
    sides = [min(one[k] + one[2], other[k] + other[2]) - max(one[k], other[k]) for k in (0, 1)]
    shared = max(0.0, sides[0]) * max(0.0, sides[1])
    return shared / (one[2] ** 2 + other[2] ** 2 - shared)


def write_samples(out: Path, tiles: Sequence[Hard], size_px: int, seed: int) -> None:
    """The tiles as a samples folder, one a group: no scars, no relief on skin, nothing known where skin is unsure."""
    out.mkdir(parents=True, exist_ok=True)
    arrays = {
        name: open_memmap(out / f"{name}.npy", "w+", dtype, (len(tiles), size_px, size_px, *tail))
        for name, (dtype, tail) in ARRAYS.items()
    }
    skin = 1 << SURFACE.index("skin")
    every = (1 << len(SURFACE)) - 1
    for row, tile in enumerate(tiles):
        arrays["rgb"][row] = tile.rgb
        arrays["types"][row] = 0
        arrays["surface"][row] = np.where(tile.label == 1, skin, 0)
        # As for rendered faces: what marks the skin bears is not known, and off the skin there are none.
        arrays["surface_known"][row] = np.select([tile.label == 1, tile.label == 0], [skin, every], 0)
        arrays["relief_um"][row] = np.where(tile.label == 1, 0, UNKNOWN_RELIEF_UM)
    for array in arrays.values():
        array.flush()
    lines = [json.dumps(_line(row, tile, seed)) + "\n" for row, tile in enumerate(tiles)]
    (out / "samples.jsonl").write_text("".join(lines), encoding="utf-8")
    meta = {"size_px": size_px, "count": len(tiles), "seed": seed, "views": 1, "types": TYPES}
    (out / "meta.json").write_text(json.dumps(meta | {"surface": SURFACE}, indent=1), encoding="utf-8")


def _line(row: int, tile: Hard, seed: int) -> dict[str, object]:
    return {
        "row": row,
        "group": row,
        "view": 0,
        "seed": seed,
        "source": "mined",
        "face": tile.face,
        "false_probability": round(tile.score, 4),
        "px_per_mm": tile.px_per_mm,
        "same_rig": True,
        "healed": False,
        "depth_left": 1.0,
        "healed_share": 0.0,
        "burden_um": 0.0,
        "affine": np.eye(2, 3).tolist(),
        "roughness_sa_um": None,
        "severity": None,
        "scales": {},
        "scars": [],
    }


def _person_of(path: Path, root: Path) -> tuple[str, int]:
    """The two sets number their people apart."""
    return path.relative_to(root).parts[0], person_number(path)


def _worst(tiles: Sequence[Hard], most: int) -> list[Hard]:
    return sorted(tiles, key=lambda tile: tile.score, reverse=True)[:most]


def _resized(array: NDArray[np.uint8], zoom: float, kernel: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.resize(array, None, fx=zoom, fy=zoom, interpolation=kernel), np.uint8)
