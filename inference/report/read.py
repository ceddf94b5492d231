"""Result files read back: the same dataclasses that were written, and where their pictures lie."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path, PurePath
from typing import Any, TypeVar, get_type_hints

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from inference.change.comparison import Comparison
from inference.change.series import Series
from inference.errors import CicatrixError
from inference.measure.assessment import Assessment
from inference.report.files import IN_MEMORY

_T = TypeVar("_T")


class ResultFileError(CicatrixError):
    """A result file cannot be read back."""


@dataclass(frozen=True, slots=True)
class StoredComparison:
    """A comparison as `cicatrix compare` wrote it. pictures: by their names in `comparison.json`."""

    comparison: Comparison
    folder: Path
    pictures: Mapping[str, Path]


@dataclass(frozen=True, slots=True)
class StoredSeries:
    """A series as `cicatrix series` wrote it. comparisons: each later visit against the baseline."""

    series: Series
    folder: Path
    comparisons: tuple[StoredComparison, ...]
    patient_id: str | None
    view: str | None


def read_assessment_json(path: Path) -> Assessment:
    """Read an assessment back; its pictures are not in the file, so `evidence` is None.

    Raises ResultFileError when the file is not a result of this program.
    """
    return _from_file(path, _assessment, "score the photo again")


def assessment_from_dict(data: Mapping[str, Any]) -> Assessment:
    """The inverse of `assessment_to_dict`, without `evidence`. Raises ResultFileError."""
    return _checked(lambda: _assessment(data), "assessment")


def comparison_from_dict(data: Mapping[str, Any]) -> Comparison:
    """The inverse of `comparison_to_dict`, without `pair`. Raises ResultFileError."""
    return _checked(lambda: _comparison(data), "comparison")


def read_comparison(folder: Path) -> StoredComparison:
    """Read back what `cicatrix compare` wrote into `folder`. Raises ResultFileError."""

    def build(data: dict[str, Any]) -> StoredComparison:
        comparison = _comparison(data)
        pictures = TypeAdapter(dict[str, str]).validate_python(data["pictures"])
        return StoredComparison(comparison, folder, {n: _inside(folder, f) for n, f in pictures.items()})

    return _from_file(folder / "comparison.json", build, "compare the photographs again")


def read_series(folder: Path) -> StoredSeries:
    """Read back what `cicatrix series` wrote into `folder`, with its comparisons. Raises ResultFileError."""

    def build(data: dict[str, Any]) -> StoredSeries:
        names = TypeAdapter(list[str]).validate_python(data["comparisons"])
        pairs = tuple(read_comparison(_inside(folder, name)) for name in names)
        series = Series(**_values(Series, data))
        if len(pairs) != len(series.visits) - 1:
            raise ValueError("not one comparison for each later visit")
        return StoredSeries(series, folder, pairs, data["patient_id"], data["view"])

    return _from_file(folder / "series.json", build, "run cicatrix series again")


def load_picture(stored: StoredComparison, name: str) -> NDArray[np.uint8]:
    """(h, w, 3) uint8 sRGB. Raises ResultFileError where the picture is missing or cannot be read."""
    path = stored.pictures.get(name)
    read = None if path is None or not path.is_file() else cv2.imread(str(path), cv2.IMREAD_COLOR)
    if read is None:
        raise ResultFileError(
            f"The picture {name} is missing in {stored.folder}: compare the photographs again."
        )
    return cv2.cvtColor(read, cv2.COLOR_BGR2RGB).astype(np.uint8, copy=False)


def _from_file(path: Path, build: Callable[[dict[str, Any]], _T], what_to_do: str) -> _T:
    try:
        return build(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, ValidationError) as error:
        raise ResultFileError(f"{path.name} is not a readable result file: {what_to_do}") from error


def _checked(build: Callable[[], _T], name: str) -> _T:
    try:
        return build()
    except (ValueError, KeyError, TypeError, ValidationError) as error:
        raise ResultFileError(f"This {name} is not complete: measure it again.") from error


def _assessment(data: Mapping[str, Any]) -> Assessment:
    return Assessment(**_values(Assessment, data))


def _comparison(data: Mapping[str, Any]) -> Comparison:
    values = _values(Comparison, data, but=("before", "after"))
    return Comparison(before=_assessment(data["before"]), after=_assessment(data["after"]), **values)


def _values(kind: type, data: Mapping[str, Any], but: Sequence[str] = ()) -> dict[str, Any]:
    """The checked values of a dataclass's fields, but for those that never reach a file; added ones are passed over."""
    hints = get_type_hints(kind)
    names = [f.name for f in fields(kind) if f.name not in IN_MEMORY and f.name not in but]
    return {name: TypeAdapter[Any](hints[name]).validate_python(data[name]) for name in names}


def _inside(folder: Path, name: str) -> Path:
    """A file beside the result. Raises ValueError for a name that leads elsewhere."""
    if PurePath(name).name != name:
        raise ValueError(f"{name} does not lie in its folder")
    return folder / name
