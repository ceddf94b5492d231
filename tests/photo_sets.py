"""Labelled photographs on disk, drawn in a moment: pits on skin with masks, boxes, points, types and grades."""

import csv
from pathlib import Path

import numpy as np
from PIL import Image

from data.manifest import ManifestRow, write_manifest
from data.masks import Classes, write_classes, write_mask
from inference.network.maps import TYPES

WIDTH, HEIGHT = 128, 96
#: Label kinds by the number of the photograph, modulo 6; the last kind has none.
KINDS = ("mask", "boxes", "points", "types", "grades", "nothing")


def draw_photos(root: Path, count: int = 12, kinds: tuple[str, ...] = KINDS, seed: int = 0) -> Path:
    """Writes `count` photographs of one pit each, labelled by turns as `kinds` says; returns the manifest."""
    rng = np.random.default_rng(seed)
    (root / "images").mkdir(parents=True)
    classes = Classes(names=TYPES)
    write_classes(root / "classes.json", classes)
    rows: list[ManifestRow] = []
    tables: dict[str, list[list[object]]] = {"boxes": [], "points": [], "types": []}
    for k in range(count):
        name, kind, type_ = f"p{k:02d}", kinds[k % len(kinds)], 1 + k % 3
        rgb, mask, (x, y, radius) = _pit(rng, type_)
        Image.fromarray(rgb).save(root / "images" / f"{name}.png")
        raters = ("one", "two") if kind == "grades" else (None,)
        if kind == "mask":
            write_mask(root / "masks" / f"{name}.png", mask, classes)
        if kind == "boxes":
            tables["boxes"].append(
                [name, "one", TYPES[type_], x - radius, y - radius, x + radius, y + radius]
            )
        if kind == "points":
            tables["points"] += [[name, "one", TYPES[type_], x, y], [name, "one", "none", 4, 4]]
        if kind == "types":
            tables["types"].append([name, "one", TYPES[type_]])
        for place, rater in enumerate(raters):
            grades = {"goodman_baron_qualitative": float(1 + (k + place) % 4)} if kind == "grades" else {}
            if kind == "grades" and place == 0:
                grades["goodman_baron_quantitative"] = float(k)
            rows.append(
                ManifestRow(
                    photo_id=name,
                    patient_id=f"patient-{k // 2}",
                    image=f"images/{name}.png",
                    mask=f"masks/{name}.png" if kind == "mask" else None,
                    mm_per_px=1 / 6.4,
                    rater_id=rater,
                    grades=grades,
                )
            )
    write_manifest(root / "manifest.csv", rows)
    _write(
        root / "boxes.csv",
        ["photo_id", "rater_id", "type", "x0_px", "y0_px", "x1_px", "y1_px"],
        tables["boxes"],
    )
    _write(root / "points.csv", ["photo_id", "rater_id", "type", "x_px", "y_px"], tables["points"])
    _write(root / "types.csv", ["photo_id", "rater_id", "type"], tables["types"])
    folds = [[f"p{k:02d}", k // 2, (k // 2) % 3] for k in range(count)]
    _write(root / "folds.csv", ["photo_id", "group_id", "fold"], folds)
    return root / "manifest.csv"


def _pit(rng: np.random.Generator, type_: int) -> tuple[np.ndarray, np.ndarray, tuple[float, float, float]]:
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    radius = 4.0 + 3.0 * type_
    cx, cy = rng.uniform(24, WIDTH - 24), rng.uniform(24, HEIGHT - 24)
    shade = 40.0 * (y - cy) / radius * np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / radius**2)
    rgb = np.array([205.0, 160.0, 140.0]) + shade[..., None] + rng.normal(0, 2, (HEIGHT, WIDTH, 3))
    mask = np.where((x - cx) ** 2 + (y - cy) ** 2 < radius**2, type_, 0).astype(np.uint8)
    return np.clip(rgb, 0, 255).astype(np.uint8), mask, (float(cx), float(cy), radius)


def _write(path: Path, head: list[str], rows: list[list[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([head, *rows])
