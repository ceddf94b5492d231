"""What the user marked in a photograph, parts to be measured and a known length: checked, as a browser sent it."""

import json
import math
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from inference.errors import CicatrixError
from inference.standard.drawn import MAX_REGIONS, parse_regions
from inference.standard.regions import DrawnRegion

#: 12 regions of 200 corners need 60 kB.
_MAX_TEXT = 200_000
#: Share of the picture that a region covers at least: at 12 megapixels 35 x 35 px. A convention of ours.
_LEAST_AREA = 1e-4

_Fraction = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
_Length = Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)]


class MarksError(CicatrixError):
    """What was marked cannot be used."""


class _Ruler(BaseModel):
    """Two points and the length between them; they travel so that the page can show them again."""

    model_config = ConfigDict(extra="forbid")

    points: Annotated[list[tuple[_Fraction, _Fraction]], Field(min_length=2, max_length=2)]
    mm: _Length
    mm_per_px: _Length


class _Marks(BaseModel):
    model_config = ConfigDict(extra="forbid")

    regions: Annotated[list[dict[str, Any]], Field(max_length=MAX_REGIONS)] = []
    ruler: _Ruler | None = None


@dataclass(frozen=True, slots=True)
class Marks:
    """Checked marks. mm_per_px: of the oriented photograph, from the ruler; None without one."""

    drawn: tuple[DrawnRegion, ...] = ()
    mm_per_px: float | None = None


def read_marks(text: str | None) -> Marks:
    """Marks from the page's JSON: {"regions": [as `parse_regions` reads], "ruler": {...}}, or an empty text.

    Raises CicatrixError when they are malformed, too many, outside of the picture, or enclose nothing.
    """
    if not text or not text.strip():
        return Marks()
    if len(text) > _MAX_TEXT:
        raise MarksError("Too much was marked: remove parts, or draw them with fewer corners.")
    try:
        marks = _Marks.model_validate_json(text)
    except ValidationError:
        raise MarksError("What was marked cannot be read: mark it again.") from None
    drawn = parse_regions(json.dumps(marks.regions)) if marks.regions else ()
    for region in drawn:
        if _area(region.polygon) < _LEAST_AREA:
            raise MarksError(f"“{region.name}” encloses next to nothing: draw it larger.")
    return Marks(drawn, marks.ruler.mm_per_px if marks.ruler is not None else None)


def _area(corners: tuple[tuple[float, float], ...]) -> float:
    """Share of the picture inside the polygon, by the shoelace formula."""
    following = [*corners[1:], corners[0]]
    doubled = [x * v - u * y for (x, y), (u, v) in zip(corners, following, strict=True)]
    return abs(math.fsum(doubled)) / 2
