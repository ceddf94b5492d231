"""Result files: exactly the fields of the contract, written whole or not at all.

A file appears under its name only when it is complete, and a photograph's JSON is written after its mask,
so that a reader who sees the JSON may rely on the rest.
"""

import json
import math
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Literal, cast

import cv2
import numpy as np
import pandas as pd  # pyright: ignore[reportMissingTypeStubs]
from numpy.typing import NDArray

from inference.change.comparison import Comparison
from inference.change.series import Series
from inference.measure.assessment import Assessment, Evidence
from inference.report.pictures import pair_drawings, pair_photographs, pair_pictures

TableFormat = Literal["csv", "parquet"]
JPEG_QUALITY = 90
#: Fields that hold pictures in memory and never reach a file.
IN_MEMORY = frozenset({"evidence", "pair"})


def assessment_to_dict(assessment: Assessment) -> dict[str, Any]:
    """The assessment as plain JSON values, in the order of the contract, without its pictures."""
    return _plain(assessment)


def comparison_to_dict(comparison: Comparison) -> dict[str, Any]:
    """The comparison as plain JSON values, in the order of the contract, without its pictures."""
    return _plain(comparison)


def series_to_dict(series: Series) -> dict[str, Any]:
    """The series as plain JSON values."""
    return _plain(series)


def _plain(value: Any) -> Any:
    """Dataclasses to dicts, tuples to lists, numpy scalars to Python's; what is not finite is unknown."""
    if is_dataclass(value):
        names = [f.name for f in fields(value) if f.name not in IN_MEMORY]
        return {name: _plain(getattr(value, name)) for name in names}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in cast(Mapping[object, object], value).items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in cast(Iterable[object], value)]
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def write_assessment(assessment: Assessment, out_dir: Path, stem: str) -> None:
    """Write `<stem>.scars.png` and `<stem>.json` under `out_dir`; `stem` may name a folder within it.

    Raises ValueError when the assessment carries no evidence, as after reading it back from a file.
    """
    if assessment.evidence is None:
        raise ValueError("this assessment has no pictures; write it from the run that measured it")
    target = out_dir / f"{stem}.json"
    mask_name = f"{target.stem}.scars.png"
    mask = scar_mask(assessment.evidence, assessment.photo.width_px, assessment.photo.height_px)
    write_bytes(target.with_name(mask_name), encode_png(mask))
    named = replace(assessment, masks={**assessment.masks, "scars": mask_name})
    write_json(target, assessment_to_dict(named))


def scar_mask(evidence: Evidence, width_px: int, height_px: int) -> NDArray[np.uint8]:
    """(height_px, width_px) uint8, the type labels 0..4 at the size of the oriented photograph."""
    enlarged = cv2.resize(evidence.label, (width_px, height_px), interpolation=cv2.INTER_NEAREST_EXACT)
    return enlarged.astype(np.uint8, copy=False)


def write_comparison(
    comparison: Comparison, out_dir: Path, photos: tuple[NDArray[np.uint8], NDArray[np.uint8]]
) -> None:
    """Write the pictures and masks and then `comparison.json`, which lists the pictures in the added field `pictures`.

    photos: both upright photographs, or copies of them of any size, (h, w, 3) uint8 sRGB. Photographs are written as
    JPEG at display size, drawings as PNG.
    """
    shown = pair_pictures(comparison, *photos)
    files = {
        **{
            name: (f"comparison.{name}.jpg", encode_jpeg(one))
            for name, one in pair_photographs(shown).items()
        },
        **{
            name: (f"comparison.{name}.png", encode_png(one))
            for name, one in pair_drawings(comparison, shown).items()
        },
    }
    for file, content in files.values():
        write_bytes(out_dir / file, content)
    named = replace(
        comparison,
        before=_write_mask(comparison.before, out_dir, "comparison.before.scars.png"),
        after=_write_mask(comparison.after, out_dir, "comparison.after.scars.png"),
    )
    pictures = {name: file for name, (file, _) in files.items()}
    write_json(out_dir / "comparison.json", {**comparison_to_dict(named), "pictures": pictures})


def _write_mask(assessment: Assessment, out_dir: Path, name: str) -> Assessment:
    """The assessment that names its mask; one without evidence has none to write."""
    if assessment.evidence is None:
        return assessment
    mask = scar_mask(assessment.evidence, assessment.photo.width_px, assessment.photo.height_px)
    write_bytes(out_dir / name, encode_png(mask))
    return replace(assessment, masks={**assessment.masks, "scars": name})


def scores_table(assessments: Iterable[Assessment]) -> pd.DataFrame:
    """One row per photograph; columns join group and field, as in `scars.burden_um`."""
    return pd.DataFrame([score_row(assessment) for assessment in assessments])


def score_row(assessment: Assessment) -> dict[str, Any]:
    """The assessment as one flat row. Lesions stay in the JSON; issues are joined by their codes."""
    data = assessment_to_dict(assessment)
    data.pop("lesions")
    data["quality"]["issues"] = " ".join(issue["code"] for issue in data["quality"]["issues"])
    return _flatten(data)


def _flatten(data: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    row: dict[str, Any] = {}
    for key, value in data.items():
        if isinstance(value, Mapping):
            row.update(_flatten(cast(Mapping[str, Any], value), f"{prefix}{key}."))
        else:
            row[f"{prefix}{key}"] = value
    return row


def write_scores(table: pd.DataFrame, out_dir: Path, table_format: TableFormat) -> Path:
    """Write `scores.csv` or `scores.parquet`; returns its path."""
    path = out_dir / f"scores.{table_format}"
    if table_format == "csv":
        text = table.to_csv(index=False)  # pyright: ignore[reportUnknownMemberType]
        write_bytes(path, text.encode("utf-8"))
    else:
        write_bytes(path, table.to_parquet(index=False))  # pyright: ignore[reportUnknownMemberType]
    return path


def write_json(path: Path, data: Mapping[str, Any]) -> None:
    """Write JSON in one step. Raises ValueError on NaN, which the format does not know."""
    text = json.dumps(data, ensure_ascii=False, indent=2, allow_nan=False)
    write_bytes(path, (text + "\n").encode("utf-8"))


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file so that it is seen whole or not at all, whatever happens in between."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{uuid.uuid4().hex}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def encode_jpeg(rgb: NDArray[np.uint8], quality: int = JPEG_QUALITY) -> bytes:
    """JPEG of a (h, w, 3) sRGB picture."""
    bgr = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)
    done, encoded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError(f"cannot encode a picture of shape {rgb.shape}")
    return encoded.tobytes()


def encode_png(picture: NDArray[np.uint8]) -> bytes:
    """PNG of a (h, w) mask, a (h, w, 3) RGB or a (h, w, 4) RGBA picture."""
    channels = 1 if picture.ndim == 2 else picture.shape[2]
    if channels == 3:
        picture = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR).astype(np.uint8, copy=False)
    elif channels == 4:
        picture = cv2.cvtColor(picture, cv2.COLOR_RGBA2BGRA).astype(np.uint8, copy=False)
    done, encoded = cv2.imencode(".png", picture)
    if not done:
        raise ValueError(f"cannot encode a picture of shape {picture.shape}")
    return encoded.tobytes()
