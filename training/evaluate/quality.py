"""Which spoilt photographs do the quality checks find, and how often do they call an untouched one bad?

Limits were set on the even-numbered people of the London and Canada sets; every figure here is of the odd ones,
whom nobody looked at while setting them.
"""

import logging
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.face.face import Face
from inference.face.find import FaceFinder
from inference.network.session import Network, working_picture
from inference.photo.photo import Photo, Quality, Scale
from inference.photo.read import read_photo
from inference.quality.fingerprint import SAME_DISTANCE, distance, fingerprint
from inference.quality.focus import focus
from inference.quality.judge import figures, judge
from inference.quality.limits import LIMITS
from inference.quality.view import View
from inference.reference.reference import References
from training.evaluate.degrade import Degradation, Shot, degradations, enlarge, exposure, jpeg, then
from training.render.canvas import PUPIL_DISTANCE_MM, person_number

log = logging.getLogger(__name__)

#: What the smiling London photographs were asked to show.
SMILING, ASKED_FOR = "london/smiling", "expression"

FindFace = Callable[[NDArray[np.uint8]], Face | None]


@dataclass(frozen=True, slots=True, eq=False)
class Good:
    """An untouched photograph. skin: (h, w) bool, from the network, on the working picture."""

    name: str
    photo: Photo
    skin: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Rate:
    """found of n: photographs in which an issue with `code` was raised, as a warning or a reject."""

    name: str
    strength: str
    code: str
    meant: bool
    found: int
    n: int


def odd_people(root: Path, even: bool = False) -> Iterator[tuple[str, Path, float]]:
    """Set, photograph and mm per pixel of the odd-numbered people: London (neutral, smiling) and Canada.

    even: the even-numbered ones instead, on whom the limits were set.

    The smiling London photographs have no points; they were taken from the same place as the neutral ones.
    """
    for folder in ("london/neutral", "london/smiling", "canada"):
        for path in sorted((root / folder).glob("*.jpg")):
            points = path if folder == "canada" else root / "london/neutral" / path.name
            if person_number(path) % 2 != even and points.with_suffix(".tem").exists():
                yield folder, path, _mm_per_px(points.with_suffix(".tem"))


def _mm_per_px(points: Path) -> float:
    first, second = (
        np.array([float(v) for v in line.split()[:2]]) for line in points.read_text().split("\n")[1:3]
    )
    return PUPIL_DISTANCE_MM / float(np.hypot(*(first - second)))


def load(network: Network, path: Path, mm_per_px: float) -> Good:
    """Reads a photograph and finds its skin."""
    photo = read_photo(path, mm_per_px=mm_per_px)
    skin = network.maps(photo).surface_map("skin") >= network.bundle.description.thresholds.skin
    return Good(path.name, photo, skin)


@dataclass(frozen=True, slots=True)
class Verdict:
    """On an untouched photograph. values: of each check, and `level`, the log10 level of the skin's texture over that
    of the law, and `sharp_px`, its blur in pixels."""

    quality: Quality
    values: dict[str, float]


def untouched(goods: list[Good], network: Network, find_face: FindFace | None) -> list[Verdict]:
    """The verdict on each photograph as it is."""
    return [_verdict(view_of(good.photo, good.skin, network, find_face)) for good in goods]


def _verdict(view: View) -> Verdict:
    sharpness = focus(view)
    values = figures(view, sharpness)
    if sharpness is not None:
        values |= {"level": sharpness.log_level, "sharp_px": sharpness.total_blur_mm / sharpness.mm_per_px}
    return Verdict(judge(view), values)


def view_of(photo: Photo, skin: NDArray[np.bool_], network: Network, find_face: FindFace | None) -> View:
    """A view with its face, where a finder is there."""
    rgb = working_picture(photo, network.bundle.description.plan)
    if skin.shape != rgb.shape[:2]:
        skin = cv2.resize(skin.astype(np.uint8), rgb.shape[1::-1], interpolation=cv2.INTER_NEAREST) > 0
    face = find_face(photo.rgb) if find_face else None
    mm_per_px = photo.scale.mm_per_px * photo.width_px / rgb.shape[1]
    return View(photo, rgb, skin, mm_per_px, face, References())


def try_degradations(goods: list[Good], network: Network, find_face: FindFace | None) -> list[Rate]:
    """Every degradation on every photograph. The skin found on the untouched one is used, moved along."""
    rates = []
    for degradation in degradations():
        if degradation.code == "pose" and find_face is None:
            continue
        found = [_found(good, degradation, network, find_face) for good in goods]
        rates.append(
            Rate(
                *(degradation.name, degradation.strength, degradation.code, degradation.meant),
                sum(found),
                len(found),
            )
        )
        log.info("%s %s: %d of %d", degradation.name, degradation.strength, sum(found), len(found))
    return rates


def _found(good: Good, degradation: Degradation, network: Network, find_face: FindFace | None) -> bool:
    rng = np.random.default_rng(zlib.crc32(f"{good.name} {degradation.strength}".encode()))
    spoilt = degradation.spoil(shot_of(good), rng)
    photo = Photo(good.name, good.photo.sha256, spoilt.rgb, Scale(spoilt.mm_per_px, "given", 0.03))
    finder = find_face if degradation.code == "pose" else None
    quality = judge(view_of(photo, spoilt.skin > 0, network, finder))
    return degradation.code in alarms(quality)


def shot_of(good: Good) -> Shot:
    """The photograph with its skin at its own size."""
    size = (good.photo.width_px, good.photo.height_px)
    skin = cv2.resize(good.skin.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    return Shot(good.photo.rgb, skin.astype(np.uint8), good.photo.scale.mm_per_px)


def alarms(quality: Quality) -> set[str]:
    """Codes raised as a warning or a reject; notes are no alarms."""
    return {issue.code for issue in quality.issues if issue.severity != "note"}


def duplicates(goods: list[Good]) -> list[Rate]:
    """Copies of each photograph, and every pair of different photographs, by their fingerprints."""
    copies = {
        "the file saved again": jpeg(60),
        "half the size, quality 50": then(enlarge(2.0), jpeg(50)),
        "half a stop lighter": exposure(0.5),
    }
    prints = [fingerprint(good.photo.rgb) for good in goods]
    rng = np.random.default_rng(0)
    rates = []
    for strength, spoil in copies.items():
        same = [
            distance(own, fingerprint(spoil(shot_of(good), rng).rgb)) <= SAME_DISTANCE
            for own, good in zip(prints, goods, strict=True)
        ]
        rates.append(Rate("duplicate", strength, "duplicate", True, sum(same), len(same)))
    pairs = [distance(a, b) <= SAME_DISTANCE for i, a in enumerate(prints) for b in prints[:i]]
    rates.append(Rate("different photographs", "all pairs", "duplicate", False, sum(pairs), len(pairs)))
    return rates


def table(rates: list[Rate], verdicts: dict[str, list[Quality]]) -> str:
    """Plain text: detection by fault and strength beside the false alarms of the same code, then those by set."""
    counts = {name: _alarm_counts(found) for name, found in verdicts.items()}
    totals = {
        code: sum(len(v) for name, v in verdicts.items() if not _wanted(code, name)) for code in _all_codes()
    }
    everything = {
        code: sum(counts[name][code] for name in verdicts if not _wanted(code, name)) for code in totals
    }
    lines = [
        f"{'fault':24}{'strength':30}{'code':16}{'meant':7}{'found':>12}{'false alarms':>16}",
    ]
    for rate in rates:
        false = "" if rate.code == "duplicate" else _share(everything[rate.code], totals[rate.code])
        found = _share(rate.found, rate.n)
        meant = "yes" if rate.meant else "no"
        lines.append(f"{rate.name:24}{rate.strength:30}{rate.code:16}{meant:7}{found:>12}{false:>16}")
    lines += ["", f"{'alarms on untouched':24}" + "".join(f"{name:>20}" for name in verdicts)]
    for code in sorted(everything):
        cells = (
            f"{_share(counts[name][code], len(verdicts[name])) + ('*' if _wanted(code, name) else ' '):>20}"
            for name in verdicts
        )
        lines.append(f"{code:24}" + "".join(cells))
    lines += ["", "* no false alarm: the picture is like that, and it is left out of the false alarms above."]
    return "\n".join(lines)


def _all_codes() -> list[str]:
    return sorted({limit.code for limit in LIMITS.values()} | {"edited"})


def _wanted(code: str, folder: str) -> bool:
    """Whether an alarm is right on this untouched set: the smiling smile, and London has 0.27 to 0.37 mm per pixel."""
    return (code == ASKED_FOR and folder == SMILING) or (
        code == "resolution_low" and folder.startswith("london")
    )


def _alarm_counts(found: list[Quality]) -> dict[str, int]:
    counts: dict[str, int] = defaultdict(int)
    for quality in found:
        for code in alarms(quality):
            counts[code] += 1
    return counts


def _share(found: int, n: int) -> str:
    return f"{found}/{n} {100 * found / n:.0f} %" if n else "–"


def report(root: Path, network: Network, every: int = 1, limit: int | None = None, even: bool = False) -> str:
    """All figures as plain text. every: only each so many-th neutral London or Canada photograph is spoilt."""
    finder = FaceFinder()
    find_face = finder.find if finder.available() else None
    by_set: dict[str, list[Good]] = defaultdict(list)
    for folder, path, mm_per_px in odd_people(root, even):
        if limit is None or len(by_set[folder]) < limit:
            by_set[folder].append(load(network, path, mm_per_px))
    looked_at = {name: untouched(goods, network, find_face) for name, goods in by_set.items()}
    verdicts = {name: [one.quality for one in found] for name, found in looked_at.items()}
    neutral = [*by_set["london/neutral"], *by_set["canada"]]
    rates = [*try_degradations(neutral[::every], network, find_face), *duplicates(neutral)]
    smiling = [ASKED_FOR in alarms(one) for one in verdicts.get(SMILING, [])]
    if find_face and smiling:
        rates.insert(0, Rate("a real smile", "as asked for", ASKED_FOR, True, sum(smiling), len(smiling)))
    faces = "with" if find_face else "without"
    people = "Even" if even else "Odd"
    head = f"{people}-numbered people only, {faces} the face models. Found and false alarms: warnings and rejects."
    return "\n".join([head, "", table(rates, verdicts), "", value_table(looked_at)])


def value_table(verdicts: dict[str, list[Verdict]]) -> str:
    """Least, middle and largest value of each check on the untouched photographs of each set."""
    lines = [f"{'values on untouched':20}{'warning':>9}" + "".join(f"{name:>30}" for name in verdicts)]
    names = dict.fromkeys(name for found in verdicts.values() for one in found for name in one.values)
    for name in names:
        warning = f"{LIMITS[name].warning:g}" if name in LIMITS else ""
        cells = [
            _spread([one.values[name] for one in found if name in one.values]) for found in verdicts.values()
        ]
        lines.append(f"{name:20}{warning:>9}" + "".join(f"{cell:>30}" for cell in cells))
    return "\n".join(lines)


def _spread(values: list[float]) -> str:
    return " ".join(f"{v:.4g}" for v in np.percentile(values, [0, 50, 100])) if values else "–"
