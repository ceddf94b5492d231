"""What the product would say of pairs that were looked at: with a bundle's knowledge, or with that of other skins."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inference.change.comparison import Metric
from inference.change.error import PairError
from inference.change.metrics import KINDS, metric_of
from inference.network.bundle import ModelDescription
from inference.network.repeatability import RepeatError, WitnessWeights
from training.calibrate.pair_looks import PairLook, Source
from training.calibrate.pairs import learn, weighted_values
from training.calibrate.tiles import folds_of


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of pairs: weights of the witnesses of burden, and errors by figure."""

    weights: WitnessWeights | None
    errors: dict[str, RepeatError]


@dataclass(frozen=True, slots=True)
class Judged:
    """A pair with every figure as the product states it, by name."""

    look: PairLook
    metrics: dict[str, Metric]
    error: PairError


def judged_by_bundle(looks: Sequence[PairLook], description: ModelDescription) -> list[Judged]:
    """With what the bundle holds."""
    known = Known(description.witness_weights, description.repeatability)
    return [judged(look, known) for look in looks]


def judged_across(looks: Sequence[PairLook], source: Source) -> list[Judged]:
    """The pairs of one source, with what is learnt from other skins and people, in five folds; the other source
    teaches in each."""
    places = [k for k, look in enumerate(looks) if look.source == source]
    folds = folds_of([looks[k].group for k in places])
    found: dict[int, Judged] = {}
    for fold in np.unique(folds):
        held = {k for k, of in zip(places, folds.tolist(), strict=True) if of == fold}
        weights, errors, _ = learn([look for k, look in enumerate(looks) if k not in held])
        found |= {k: judged(looks[k], Known(weights, errors)) for k in held}
    return [found[k] for k in places]


def judged(look: PairLook, known: Known) -> Judged:
    """The figures of one pair, with their errors and verdicts."""
    error = PairError(known.errors, look.conditions)
    values = {**look.values, **weighted_values(look, known.weights)}
    metrics = {kind.name: metric_of(kind, values[kind.name], error) for kind in KINDS if kind.name in values}
    return Judged(look, metrics, error)


<<<<<<< HEAD
def called_changed(metric: Metric) -> bool | None:
    """Whether the figure is said to have changed; None where its error is unknown."""
    if metric.change is None or metric.mdc95 is None:
        return None
    return abs(metric.change) > metric.mdc95
=======
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
>>>>>>> register
