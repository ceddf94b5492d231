"""What is found on every real photograph: face, scale, skin, quality. One row each, and a summary of each set."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.check import Checked, Instruments, check_photo
from inference.errors import PhotoError
from training.evaluate.sheet import PairSheet, skin_overlay

#: Folders of ../shared/data, in the order of its README.
SETS = ("london/neutral", "london/smiling", "canada", "one_person_zoom", "one_person_lisa", "acne_scars")
SUFFIXES = {".jpg", ".jpeg", ".jfif", ".png"}
#: Photographs on one sheet, so that it can be opened.
PER_SHEET = 24

Look = Callable[[str, str, Checked], None]


@dataclass(frozen=True, slots=True)
class PhotoRow:
    """What was found. yaw_deg: None without a face. skin_share: of the working picture. refused: why it cannot be
    read; the rest is then empty."""

    set: str
    photo: str
    yaw_deg: float | None = None
    mm_per_px: float | None = None
    scale: str = ""
    scale_relative_sd: float | None = None
    skin_share: float | None = None
    score: float | None = None
    usable: bool = False
    codes: tuple[str, ...] = ()
    refused: str | None = None


def evaluate_photos(root: Path, instruments: Instruments, look: Look | None = None) -> list[PhotoRow]:
    """Checks every photograph of `SETS` below `root` as `cicatrix score` does.

    look: called with the set, the photograph's name and what was found, to draw it.
    """
    rows: list[PhotoRow] = []
    for name in SETS:
        for path in sorted(p for p in (root / name).rglob("*") if p.suffix.lower() in SUFFIXES):
            photo = path.relative_to(root / name).as_posix()
            try:
                checked = check_photo(path, instruments)
            except PhotoError as error:
                rows.append(PhotoRow(name, photo, refused=str(error)))
                continue
            rows.append(_row(name, photo, checked))
            if look is not None:
                look(name, photo, checked)
    return rows


def _row(name: str, photo: str, checked: Checked) -> PhotoRow:
    face, scale, quality = checked.standard.face, checked.photo.scale, checked.quality
    return PhotoRow(
        set=name,
        photo=photo,
        yaw_deg=face.pose.yaw_deg if face is not None else None,
        mm_per_px=scale.mm_per_px,
        scale=f"{scale.source}: {scale.method}" if scale.method else scale.source,
        scale_relative_sd=scale.relative_sd,
        skin_share=float(checked.skin.mean()),
        score=quality.score,
        usable=quality.usable,
        codes=tuple(issue.code for issue in quality.issues),
    )


def rows_text(rows: Sequence[PhotoRow]) -> str:
    """Plain text, a line for each photograph."""
    header = ("set", "photo", "yaw", "mm/px", "sd", "scale", "skin", "score", "codes (! not usable)")
    lines = [header, *(_cells(row) for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(header) - 1)]
    return "\n".join(
        "  ".join((*(cell.ljust(width) for cell, width in zip(line, widths, strict=False)), line[-1]))
        for line in lines
    )


def summary_text(rows: Sequence[PhotoRow]) -> str:
    """Plain text, a few lines for each set."""
    return "\n".join(
        line for name in SETS if (own := [row for row in rows if row.set == name]) for line in _summary(own)
    )


def _cells(row: PhotoRow) -> tuple[str, ...]:
    if row.refused is not None:
        return (row.set, row.photo, "", "", "", "", "", "", f"refused: {row.refused}")
    return (
        row.set,
        row.photo,
        _text(row.yaw_deg, "+.0f") or "no face",
        _text(row.mm_per_px, ".3f"),
        _text(row.scale_relative_sd, ".0%"),
        row.scale,
        _text(row.skin_share, ".0%"),
        _text(row.score, ".0f"),
        ("" if row.usable else "! ") + (", ".join(row.codes) or "none"),
    )


def _summary(rows: Sequence[PhotoRow]) -> list[str]:
    read = [row for row in rows if row.refused is None]
    faces = sum(row.yaw_deg is not None for row in read)
    usable = sum(row.usable for row in read)
    scales = Counter(row.scale for row in read)
    codes = Counter(code for row in read for code in set(row.codes))
    skin, score = ([getattr(row, name) for row in read] for name in ("skin_share", "score"))
    return [
        f"{rows[0].set}: {len(rows)} photographs, {len(rows) - len(read)} refused, {faces} faces, {usable} usable",
        f"  scale: {_counts(scales)}",
        f"  skin share: {_spread(skin, 100, ' %')}; score: {_spread(score, 1, '')}",
        f"  codes: {_counts(codes) or 'none'}",
    ]


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counter.most_common())


def _spread(values: Sequence[float], factor: float, unit: str) -> str:
    if not values:
        return "unknown"
    low, middle, high = (factor * float(np.percentile(values, q)) for q in (0, 50, 100))
    return f"median {middle:.0f}{unit}, {low:.0f} to {high:.0f}"


def _text(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)


class PhotoSheets:
    """Contact sheets, `PER_SHEET` photographs on each: regions of the face beside the skin to be measured."""

    def __init__(self) -> None:
        self._sheets: dict[str, list[PairSheet]] = {}
        self._count: Counter[str] = Counter()

    def add(self, name: str, photo: str, checked: Checked) -> None:
        """Adds a photograph to its set's sheet."""
        sheets = self._sheets.setdefault(name, [])
        if self._count[name] % PER_SHEET == 0:
            sheets.append(PairSheet())
        self._count[name] += 1
        rgb = checked.maps.rgb
        sheets[-1].add_pair(photo, region_overlay(rgb, checked.site.index), skin_overlay(rgb, checked.skin))

    def write(self, folder: Path) -> list[Path]:
        """Writes `<set>-<number>.png`. Raises ValueError inside a Git working tree, where they could be committed."""
        folder.mkdir(parents=True, exist_ok=True)
        written: list[Path] = []
        for name, sheets in self._sheets.items():
            for number, sheet in enumerate(sheets, start=1):
                written.append(folder / f"{name.replace('/', '-')}-{number}.png")
                sheet.write(written[-1])
        return written


def region_overlay(rgb: NDArray[np.uint8], index: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(h, w, 3) uint8, each region tinted in a colour of its own. index: (h, w) uint8, 0 none."""
    hue = np.arange(256) * 137.508 / 2 % 180  # the golden angle keeps neighbours apart
    colours = cv2.cvtColor(
        np.stack((hue, np.full(256, 200), np.full(256, 255)), -1).astype(np.uint8)[None], cv2.COLOR_HSV2RGB
    )[0]
    tinted = (0.65 * rgb + 0.35 * colours[index]).astype(np.uint8)
    return np.where((index > 0)[..., None], tinted, rgb).astype(np.uint8)
