"""Samples in the renderer's format on disk, drawn with numpy in a moment: shaded pits on even skin."""

import json
from pathlib import Path

import numpy as np

from inference.network.maps import SURFACE, TYPES


def draw_samples(folder: Path, count: int = 6, size_px: int = 96, seed: int = 0) -> Path:
    """Writes `count` tiles. The last one is a face whose scars and severity nobody labelled."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True)
    shape = (count, size_px, size_px)
    arrays = {
        "rgb": np.empty((*shape, 3), np.uint8),
        "types": np.zeros(shape, np.uint8),
        "surface": np.ones(shape, np.uint8),
        "surface_known": np.full(shape, 0b11111, np.uint8),
        "relief_um": np.zeros(shape, np.int16),
    }
    lines = []
    for row in range(count):
        relief, scars = _pits(size_px, rng, arrays["types"][row])
        slope = np.gradient(relief, axis=0) / 3.0
        skin = np.array([205.0, 160.0, 140.0]) + slope[..., None] + rng.normal(0, 2, (size_px, size_px, 3))
        arrays["rgb"][row] = np.clip(skin, 0, 255)
        arrays["relief_um"][row] = relief
        arrays["surface"][row, :, :8] = 0
        arrays["rgb"][row, :, :8] = (40, 60, 90)
        facts = {"row": row, "seed": seed, "source": "skin", "px_per_mm": 6.4, "roughness_sa_um": 12.0}
        lines.append({**facts, "severity": float(2 * len(scars)), "scars": scars})
    _forget_labels(arrays, lines[-1])
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    meta = {"size_px": size_px, "count": count, "types": list(TYPES), "surface": list(SURFACE)}
    (folder / "meta.json").write_text(json.dumps(meta), encoding="utf-8")
    (folder / "samples.jsonl").write_text(
        "".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8"
    )
    return folder


def _pits(size_px: int, rng: np.random.Generator, types: np.ndarray) -> tuple[np.ndarray, list[dict]]:
    """Relief of a few Gaussian pits; marks their types in place and lists them."""
    y, x = np.mgrid[:size_px, :size_px]
    relief, scars = np.zeros((size_px, size_px)), []
    for _ in range(int(rng.integers(2, 6))):
        kind = int(rng.integers(1, 4))
        radius, depth_um = 2.0 + 2.0 * kind, float(rng.uniform(150, 500))
        cx, cy = rng.uniform(16, size_px - 8, 2)
        inside = (x - cx) ** 2 + (y - cy) ** 2 < radius**2
        relief -= depth_um * np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / radius**2)
        types[inside] = kind
        facts = {"type": TYPES[kind], "x_px": float(cx), "y_px": float(cy), "width_mm": 2 * radius / 6.4}
        scars.append({**facts, "depth_um": depth_um, "area_px": int(inside.sum())})
    return relief, scars


def _forget_labels(arrays: dict[str, np.ndarray], line: dict) -> None:
    """What a photographed face lacks: types of the marks it had before, its relief there, its grades."""
    arrays["types"][-1, :20] = 255
    arrays["relief_um"][-1, :20] = -32768
    arrays["surface_known"][-1] = 0b00001
    line.update(source="face", roughness_sa_um=None, severity=None)
