"""One photograph: what a rater said held against what a machine, or another rater, said -> sums.

The labels of several raters weigh together as one: the sums of a photograph are the mean over those who labelled it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from data.masks import IGNORE
from inference.measure.assessment import Assessment
from inference.network.maps import TYPES
from training.evaluate.own.figures import ANY_SCAR, BINS, LEVELS
from training.evaluate.own.labels import Asked, Mask, Said, Scar
from training.evaluate.own.machine import Machine, Mark
from training.evaluate.own.matched import Matched, matched

Sums = dict[str, dict[str, float]]
#: A photograph says how dense its scars are only if so much of the assessed skin was labelled. As in calibration.
_LEAST_LABELLED = 0.95
#: Random placements behind the level of chance.
_THROWS = 10


def held(said: Sequence[Said], machine: Machine, asked: Asked) -> Sums:
    """All sums of a photograph."""
    by_rater = [_of_one(one, machine, asked) for one in said]
    return averaged(by_rater) | _grades(said, machine.assessment) | _image_type(said, machine.type)


def averaged(sides: Sequence[Mapping[str, Mapping[str, float]]]) -> Sums:
    """The mean of each group over those that have it; a part that one of them lacks counts as 0."""
    together: defaultdict[str, list[Mapping[str, float]]] = defaultdict(list)
    for side in sides:
        for group, parts in side.items():
            together[group].append(parts)
    return {
        group: {
            name: sum(parts.get(name, 0.0) for parts in known) / len(known)
            for name in dict.fromkeys(name for parts in known for name in parts)
        }
        for group, known in together.items()
    }


def _of_one(said: Said, machine: Machine, asked: Asked) -> Sums:
    sums: Sums = {}
    if said.mask is not None:
        sums |= overlaps(said.mask, machine.label, asked, machine.mm_per_px)
        sums["pixels"] = _pixels(said.mask, machine)
    if said.scars is not None and said.is_complete:
        sums |= _lesions(said, machine, asked)
    elif said.scars:
        found = matched(machine.marks, said.scars, machine.mm_per_px)
        sums["marked"] = {"n": 1.0, "found": len(found.hits), "missed": len(found.missed)}
    return sums | _boxes(said, machine)


def overlaps(mask: Mask, label: NDArray[np.uint8], asked: Asked, mm_per_px: float) -> Sums:
    """Areas (mm²) of each class in both, and the Dice of the photograph where either has the class.

    label: (H, W) uint8, 0..4. Where nobody labelled, nothing counts. A type that nobody was to label counts nowhere.
    """
    unasked = [k for k in range(1, len(TYPES)) if asked.excuses(TYPES[k])]
    told = mask.types != IGNORE
    excused = np.isin(label, unasked) & (mask.types == 0)
    sums: Sums = {}
    for number, name in enumerate(TYPES):
        if name in asked.types:
            sums[f"dice, {name}"] = _overlap(
                mask.types == number, label == number, told & ~excused, mm_per_px
            )
    sums[f"dice, {ANY_SCAR}"] = _overlap(mask.scarred, label > 0, mask.known & ~excused, mm_per_px)
    return sums


def _overlap(
    one: NDArray[np.bool_], other: NDArray[np.bool_], known: NDArray[np.bool_], mm_per_px: float
) -> dict[str, float]:
    one, other = one & known, other & known
    sizes = int(np.count_nonzero(one)), int(np.count_nonzero(other))
    both = int(np.count_nonzero(one & other))
    is_there = sum(sizes) > 0
    areas = {"label": sizes[0], "machine": sizes[1], "both": both}
    of_photo = {"n": float(is_there), "dice": 2.0 * both / sum(sizes) if is_there else 0.0}
    return {name: size * mm_per_px**2 for name, size in areas.items()} | of_photo


def counted(marks: Sequence[Mark], said: Said) -> list[Mark]:
    """The marks whose middle lies where it is said whether there is a scar."""
    if said.mask is None:
        return list(marks)
    known = said.mask.known
    return [mark for mark in marks if known[_place(mark, known.shape)]]


def _lesions(said: Said, machine: Machine, asked: Asked) -> Sums:
    assert said.scars is not None
    marks = counted(machine.marks, said)
    found = matched(marks, said.scars, machine.mm_per_px, [asked.excuses(mark.type) for mark in marks])
    typed = [(marks[i].type, said.scars[j].type) for i, j in found.hits if said.scars[j].type is not None]
    skin_cm2 = _labelled_skin_cm2(said, machine)
    lesions = {
        "n": 1.0,
        "found": len(found.hits),
        "missed": len(found.missed),
        "false": len(found.false),
        "type_asked": len(typed),
        "type_right": sum(one == other for one, other in typed),
        "area_cm2": skin_cm2,
    }
    sums: Sums = {"lesions": lesions, "froc": _froc(said, machine, asked)}
    sums |= _chance(said, machine, len(found.told))
    wanted = [scar for scar in said.scars if not scar.is_speck(machine.mm_per_px)]
    told = [marks[k] for k in found.told]
    sums |= _counts(wanted, told, asked)
    sums["specks"] = {"n": len(said.scars) - len(wanted)}
    if told:
        hits = {i for i, _ in found.hits}
        true = np.array([k in hits for k in found.told])
        sums["confidence"] = binned(np.array([mark.confidence for mark in told]), true)
    return sums | _density(said, machine, skin_cm2, len(wanted))


def _chance(said: Said, machine: Machine, marks: int) -> Sums:
    """What as many marks would find if they were thrown evenly onto the labelled skin: scars lie close together, so
    that some are always hit. Mean of a few throws."""
    assert said.scars is not None
    evidence = machine.evidence
    skin = evidence.skin if said.mask is None else evidence.skin & small(said.mask.known, evidence.skin.shape)
    rows, columns = np.nonzero(skin)
    if not marks or not rows.size:
        return {}
    rng = np.random.default_rng(0)
    thrown: list[dict[str, float]] = []
    for _ in range(_THROWS):
        places = rng.integers(rows.size, size=marks)
        x, y = columns[places] * evidence.photo_px_per_px[0], rows[places] * evidence.photo_px_per_px[1]
        at = [Scar(float(a), float(b), None) for a, b in zip(x, y, strict=True)]
        found = matched(at, said.scars, machine.mm_per_px)
        thrown.append({"found": len(found.hits), "missed": len(found.missed), "false": len(found.false)})
    return averaged([{"chance": one} for one in thrown])


def _froc(said: Said, machine: Machine, asked: Asked) -> dict[str, float]:
    """Scars found and false marks among the marks that are at least so sure (Bunch et al., J Appl Photogr Eng
    1978;4:166). Matched anew at every level, as a mark that falls away may free a scar for another."""
    assert said.scars is not None
    marks = sorted(counted(machine.faint, said), key=lambda mark: -mark.confidence)
    scars = sum(not scar.is_speck(machine.mm_per_px) for scar in said.scars)
    sums = {"n": 1.0, "scars": float(scars), "area_cm2": _labelled_skin_cm2(said, machine)}
    known: dict[int, Matched] = {}
    for place, level in enumerate(LEVELS):
        sure = [mark for mark in marks if mark.confidence >= level]
        if len(sure) not in known:
            excused = [asked.excuses(mark.type) for mark in sure]
            known[len(sure)] = matched(sure, said.scars, machine.mm_per_px, excused)
        sums[f"found {place}"] = len(known[len(sure)].hits)
        sums[f"false {place}"] = len(known[len(sure)].false)
    return sums


def _counts(scars: Sequence[Scar], marks: Sequence[Mark], asked: Asked) -> Sums:
    """Numbers on the labelled ground, in all and by type where every scar has one."""
    numbers = {"all": (len(marks), len(scars))}
    if all(scar.type is not None for scar in scars):
        for name in TYPES[1:]:
            if name in asked.types:
                numbers[name] = sum(m.type == name for m in marks), sum(s.type == name for s in scars)
    return {
        f"count, {name}": {
            "n": 1.0,
            "machine": machine,
            "label": label,
            "difference": machine - label,
            "squared": (machine - label) ** 2,
            "absolute": abs(machine - label),
        }
        for name, (machine, label) in numbers.items()
    }


def _labelled_skin_cm2(said: Said, machine: Machine) -> float:
    evidence = machine.evidence
    skin = evidence.skin
    if said.mask is not None:
        skin = skin & small(said.mask.known, skin.shape)
    return float(np.count_nonzero(skin)) * evidence.mm_per_px**2 / 100


def _density(said: Said, machine: Machine, skin_cm2: float, scars: int) -> Sums:
    """Whether the intervals of share and density hold the label, where it covers the assessed skin."""
    assessed = machine.assessment.skin.area_cm2
    if not assessed or skin_cm2 < _LEAST_LABELLED * assessed:
        return {}
    true = {"density_per_cm2": scars / skin_cm2}
    if said.mask is not None:
        skin = machine.evidence.skin
        known = skin & small(said.mask.known, skin.shape)
        true["area_fraction"] = float((small(said.mask.scarred, skin.shape) & known).sum() / known.sum())
    sums: Sums = {}
    for name, value in true.items():
        bounds = machine.assessment.scars.intervals.get(name)
        if bounds is not None:
            sums[f"coverage, scars.{name}"] = {"n": 1.0, "held": float(bounds.low <= value <= bounds.high)}
    return sums


def _pixels(mask: Mask, machine: Machine) -> dict[str, float]:
    skin = machine.evidence.skin
    known = skin & small(mask.known, skin.shape)
    return binned(machine.scarred[known], small(mask.scarred, skin.shape)[known])


def binned(said: NDArray[np.floating], true: NDArray[np.bool_]) -> dict[str, float]:
    """By bins of equal width: how many, the sum of what was said, and how many were true."""
    place = np.minimum((np.asarray(said, np.float64) * BINS).astype(np.intp), BINS - 1)
    sums: dict[str, float] = {}
    for name, weights in (("n", None), ("said", said), ("true", true)):
        counts = np.bincount(place, None if weights is None else weights.astype(np.float64), BINS)
        sums |= {f"{name} {k}": float(value) for k, value in enumerate(counts)}
    return sums


def small(mask: NDArray[np.bool_], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """A mask of the photograph at the size (h, w) of the working picture."""
    size = shape[1], shape[0]
    return cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST_EXACT) > 0


def _boxes(said: Said, machine: Machine) -> Sums:
    """Whether boxes of scarred ground hold a mark, and boxes of clear ground none."""
    sums: Sums = {}
    for group, part, boxes in (
        ("scar", "marked", said.scar_boxes),
        ("clear", "free", said.clear_boxes),
    ):
        if boxes:
            holds = [any(_inside(mark, box) for mark in machine.marks) for box in boxes]
            right = sum(holds) if part == "marked" else len(boxes) - sum(holds)
            sums[f"boxes, {group}"] = {"n": len(boxes), part: right}
    return sums


def _inside(mark: Mark, box: tuple[float, float, float, float]) -> bool:
    x, y = mark.x_px + 0.5, mark.y_px + 0.5
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def _place(mark: Mark, shape: tuple[int, ...]) -> tuple[int, int]:
    row, column = round(mark.y_px), round(mark.x_px)
    return min(max(row, 0), shape[0] - 1), min(max(column, 0), shape[1] - 1)


def _grades(said: Sequence[Said], assessment: Assessment) -> Sums:
    """Moments of the machine's grade (a) and the raters' mean (b), and whether the interval holds that mean."""
    sums: Sums = {}
    for scale in dict.fromkeys(scale for one in said for scale in one.grades):
        given = assessment.scales.get(scale)
        if given is None or given.value is None:
            continue
        label = float(np.mean([one.grades[scale] for one in said if scale in one.grades]))
        sums[f"grade, {scale}"] = moments(given.value, label)
        if given.low is not None and given.high is not None:
            sums[f"coverage, scales.{scale}"] = {"n": 1.0, "held": float(given.low <= label <= given.high)}
    return sums


def moments(a: float, b: float) -> dict[str, float]:
    """One pair of grades."""
    products = {"a": a, "b": b, "aa": a * a, "bb": b * b, "ab": a * b}
    return {"n": 1.0, **products, "difference": a - b, "absolute": abs(a - b)}


def _image_type(said: Sequence[Said], machine: str | None) -> Sums:
    """The label is the one type that most raters named; where two stand level, or one rater named several, the machine
    is right with either, and the share of the majority is split among them."""
    votes: defaultdict[str, float] = defaultdict(float)
    for one in said:
        for name in one.types:
            votes[name] += 1.0
    if not votes or machine is None:
        return {}
    most = [name for name, count in votes.items() if count == max(votes.values())]
    parts = {"n": 1.0, "right": float(machine in most)}
    parts |= {f"label {name}": 1.0 / len(most) for name in most}
    parts |= {f"{name} said {machine}": 1.0 / len(most) for name in most}
    return {"image type": parts}
