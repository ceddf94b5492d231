"""The check as one HTML file: pictures inside, no script, nothing fetched."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from data.checking.balance import ClassCount, class_counts, photo_classes, split_counts
from data.checking.check import Checked
from data.checking.duplicates import groups_of
from data.errors import DatasetError
from data.manifest import UNKNOWN_PATIENT
from data.masks import read_mask
from inference.errors import PhotoError
from inference.photo.read import read_photo
from inference.report.files import encode_jpeg
from inference.report.overlay import COLOURS, outlines, rgb_of
from inference.report.templates_in import templates_in
from inference.report.words import GRADES
from training.labels.agreement import Agreement
from training.labels.tone import scale_counts, tone_counts

_TEMPLATES = Path(__file__).parent / "templates"
_STYLE = Path(__file__).parents[2] / "inference" / "report" / "templates" / "report.css"
#: Height of a picture on the page, and twice that in the file, for sharp screens.
_SHOWN_PX = 150
_EXAMPLES = 4
_MOST_GROUPS = 30
_MOST_FINDINGS = 60
_ORDER = ("fault", "warning", "note")
#: Boxes and points without a type, and boxes of clear ground, on pictures.
_OTHER_COLOUR = "#56B4E9"
_CLEAR_COLOUR = "#FFFFFF"


@dataclass(frozen=True, slots=True)
class Card:
    """A picture with a line below it. alert: the line is a warning."""

    uri: str
    title: str
    line: str
    alert: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of a bar chart. share: of the longest, 0..1."""

    name: str
    text: str
    share: float


def check_page(checked: Checked, agreed: list[Agreement], ita_deg: dict[str, float] | None) -> str:
    """The page. ita_deg: skin tones by photo id; None where they were not measured."""
    labelled = checked.labelled
    classes = photo_classes(labelled, checked.examined.masks)
    counts = class_counts(labelled, checked.examined.masks)
    photos = list(labelled.photos.values())
    folds = None if checked.folds is None else {p: f"fold {k}" for p, k in checked.folds.fold.items()}
    splits = {row.photo_id: row.split for row in photos if row.split is not None}
    return templates_in(_TEMPLATES).get_template("check.html").render(
        style=_STYLE.read_text(encoding="utf-8"),
        name=labelled.folder.resolve().name,
        photos=len(photos),
        patients=len({row.patient_id for row in photos}),
        unnamed=sum(row.patient_id.startswith(UNKNOWN_PATIENT) for row in photos),
        raters=sorted({row.rater_id for row in labelled.rows if row.rater_id is not None}),
        masks=len(checked.examined.masks),
        leaks=checked.leaks,
        findings=sorted(checked.findings, key=lambda f: _ORDER.index(f.severity))[:_MOST_FINDINGS],
        hidden=max(0, len(checked.findings) - _MOST_FINDINGS),
        faults=len(checked.faults),
        groups=_groups(checked),
        counts=counts,
        bars=_class_bars(counts, len(photos)),
        examples=[(count.name, list(_examples(checked, count.name, classes))) for count in counts if count.photos],
        tables=[
            (title, split_counts(labelled, classes, places))
            for title, places in (("splits", splits), ("folds", folds or {}))
            if places
        ],
        class_names=sorted(set(classes.values())),
        agreed=[replace(one, what=GRADES.get(one.what, one.what)) for one in agreed],
        scales=_bars(scale_counts([row.mm_per_px for row in photos])),
        tones=None if ita_deg is None else _bars(tone_counts(ita_deg)),
        toned=len(ita_deg or ()),
        sizes=_sizes(checked),
        number=_number,
    )  # fmt: skip


def _groups(checked: Checked) -> list[list[Card]]:
    """Photographs that show one picture, side by side; groups across patients, types or splits first."""
    pairs = {frozenset((pair.one, pair.other)): pair.bits for pair in checked.alike}
    leaders = groups_of(list(checked.examined.photos), [(pair.one, pair.other) for pair in checked.alike])
    members: dict[str, list[str]] = {}
    for photo, leader in leaders.items():
        members.setdefault(leader, []).append(photo)
    types: dict[str, set[str]] = {}
    for row in checked.labelled.sidecars.types:
        types.setdefault(row.photo_id, set()).add(row.type)
    groups: list[list[Card]] = []
    for group in members.values():
        if len(group) < 2:
            continue
        cards: list[Card] = []
        for photo in group:
            row, first = checked.labelled.photos[photo], checked.labelled.photos[group[0]]
            bits = pairs.get(frozenset((group[0], photo)))
            facts = [", ".join(sorted(types.get(photo, ()))), row.split or "", _named(row.patient_id)]
            differs = (
                row.patient_id != first.patient_id
                or row.split != first.split
                or types.get(photo) != types.get(group[0])
            )
            apart = "" if bits is None else f"{bits} of 256 bits apart"
            line = " · ".join(fact for fact in (*facts, apart) if fact)
            cards.append(Card(_picture(checked, photo), photo, line, differs))
        groups.append(cards)
    return sorted(groups, key=lambda cards: not any(card.alert for card in cards))[:_MOST_GROUPS]


def _named(patient: str) -> str:
    return "patient unknown" if patient.startswith(UNKNOWN_PATIENT) else f"patient {patient}"


def _examples(checked: Checked, name: str, classes: dict[str, str]) -> Iterator[Card]:
    """Photographs with a class marked, spread over the set."""
    beside = checked.labelled.sidecars
    marked = {m.photo_id for m in (*beside.boxes, *beside.points) if (m.type or "scar") == name}
    marked |= {mask.photo_id for mask in checked.examined.masks if name in mask.pixels}
    marked |= {photo for photo, kind in classes.items() if kind == name}
    shown = [photo for photo in checked.examined.photos if photo in marked]
    for index in np.unique(np.linspace(0, len(shown) - 1, min(_EXAMPLES, len(shown))).round().astype(int)):
        yield Card(_picture(checked, shown[index], name), shown[index], "")


def _picture(checked: Checked, photo_id: str, name: str | None = None) -> str:
    """The photograph as a data URI, small, with what was marked of a class, or of all."""
    labelled = checked.labelled
    try:
        rgb = read_photo(labelled.folder / labelled.photos[photo_id].image).rgb
    except PhotoError:
        return ""
    factor = min(1.0, 2 * _SHOWN_PX / rgb.shape[0])
    size = max(1, round(rgb.shape[1] * factor)), max(1, round(rgb.shape[0] * factor))
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    for row in labelled.rows:
        if row.photo_id == photo_id and row.mask is not None:
            small = _with_mask(checked, row.mask, small, name)
    _draw_marks(checked, photo_id, small, factor, name)
    return "data:image/jpeg;base64," + base64.b64encode(encode_jpeg(small, 80)).decode("ascii")


def _with_mask(checked: Checked, path: str, small: NDArray[np.uint8], name: str | None) -> NDArray[np.uint8]:
    classes = checked.labelled.classes
    try:
        mask = read_mask(checked.labelled.folder / path, classes)
    except DatasetError:
        return small
    label = np.zeros_like(mask)
    for index, (own, _) in enumerate(COLOURS.items(), start=1):
        if own in classes.names and name in (None, own):
            label[mask == classes.names.index(own)] = index
    height, width = small.shape[:2]
    return outlines(
        small, cv2.resize(label, (width, height), interpolation=cv2.INTER_NEAREST_EXACT).astype(np.uint8)
    )


def _draw_marks(
    checked: Checked, photo_id: str, small: NDArray[np.uint8], factor: float, name: str | None
) -> None:
    """Boxes and points onto the picture."""
    beside = checked.labelled.sidecars
    for box in beside.boxes:
        kind = box.type or "scar"
        if box.photo_id == photo_id and name in (None, kind):
            first, second = ((round(x * factor), round(y * factor)) for x, y in
                             ((box.x0_px, box.y0_px), (box.x1_px, box.y1_px)))  # fmt: skip
            cv2.rectangle(small, first, second, (24, 20, 18), 4, cv2.LINE_AA)
            cv2.rectangle(small, first, second, _colour(kind), 2, cv2.LINE_AA)
    for point in beside.points:
        kind = point.type or "scar"
        if point.photo_id == photo_id and name in (None, kind):
            middle = round(point.x_px * factor), round(point.y_px * factor)
            cv2.circle(small, middle, 5, (24, 20, 18), 3, cv2.LINE_AA)
            cv2.circle(small, middle, 5, _colour(kind), 2, cv2.LINE_AA)


def _colour(kind: str) -> tuple[int, int, int]:
    if kind == "none":
        return rgb_of(_CLEAR_COLOUR)
    known = {str(name): colour for name, colour in COLOURS.items()}
    return rgb_of(known.get(kind, _OTHER_COLOUR))


def _class_bars(counts: list[ClassCount], photos: int) -> list[Bar]:
    return [Bar(count.name, f"{count.photos}", count.photos / max(photos, 1)) for count in counts]


def _bars(counts: dict[str, int]) -> list[Bar]:
    most = max([*counts.values(), 1])
    return [Bar(name, str(count), count / most) for name, count in counts.items()]


def _sizes(checked: Checked) -> str:
    """Smallest, median and largest long side."""
    sides = sorted(max(p.width_px, p.height_px) for p in checked.examined.photos.values())
    if not sides:
        return ""
    if sides[0] == sides[-1]:
        return f"long side {sides[0]} px"
    return f"long sides {sides[0]} to {sides[-1]} px, half of them under {sides[len(sides) // 2]} px"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
