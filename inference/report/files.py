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
from typing import Any, Literal, cast, get_type_hints

import cv2
import numpy as np
import pandas as pd  # pyright: ignore[reportMissingTypeStubs]
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from inference.change.comparison import Comparison
from inference.change.series import Series
from inference.errors import CicatrixError
from inference.measure.assessment import Assessment, Evidence
from inference.report.pictures import comparison_pictures, pair_pictures

TableFormat = Literal["csv", "parquet"]
#: Fields that hold pictures in memory and never reach a file.
_IN_MEMORY = frozenset({"evidence", "pair"})


class ResultFileError(CicatrixError):
    """A result file cannot be read back."""


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
        names = [f.name for f in fields(value) if f.name not in _IN_MEMORY]
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
    """Write the pictures and then `comparison.json`, which lists them in the added field `pictures`.

    photos: both upright photographs, or copies of them of any size, (h, w, 3) uint8 sRGB.
    """
    names: dict[str, str] = {}
    for name, picture in comparison_pictures(comparison, pair_pictures(comparison, *photos)).items():
        names[name] = f"comparison.{name}.png"
        write_bytes(out_dir / names[name], encode_png(picture))
    write_json(out_dir / "comparison.json", {**comparison_to_dict(comparison), "pictures": names})


def read_assessment_json(path: Path) -> Assessment:
    """Read an assessment back; its pictures are not in the file, so `evidence` is None.

    Raises ResultFileError when the file is not a result of this program.
    """
    try:
        return assessment_from_dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, ResultFileError) as error:
        raise ResultFileError(f"{path.name} is not a readable result file: score the photo again") from error


def assessment_from_dict(data: Mapping[str, Any]) -> Assessment:
    """The inverse of `assessment_to_dict`, without `evidence`. Raises ResultFileError."""
    return Assessment(**_values(Assessment, data))


def comparison_from_dict(data: Mapping[str, Any]) -> Comparison:
    """The inverse of `comparison_to_dict`, without `pair`. Raises ResultFileError."""
    before, after = (assessment_from_dict(data.get(name, {})) for name in ("before", "after"))
    rest = _values(Comparison, data, skip=frozenset({"before", "after"}))
    return Comparison(before=before, after=after, **rest)


def _values(kind: type, data: Mapping[str, Any], skip: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The fields of a result, each of its type."""
    hints = get_type_hints(kind)
    names = [f.name for f in fields(kind) if f.name not in _IN_MEMORY | skip]
    try:
        return {name: TypeAdapter[Any](hints[name]).validate_python(data[name]) for name in names}
    except (KeyError, TypeError, ValidationError) as error:
        raise ResultFileError(f"This {kind.__name__.lower()} is not complete: measure it again.") from error


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
