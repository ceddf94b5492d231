"""Regions that the user outlined, as they arrive from a file or from the page."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, RootModel, ValidationError, field_validator

from inference.errors import CicatrixError
from inference.standard.regions import DrawnRegion

#: The index of a region is one byte, and a person outlines by hand.
MAX_REGIONS, MAX_CORNERS = 12, 200

_Fraction = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]


class RegionError(CicatrixError):
    """What was drawn outlines nothing."""


class _Region(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=40)]
    polygon: Annotated[list[tuple[_Fraction, _Fraction]], Field(min_length=3, max_length=MAX_CORNERS)]

    @field_validator("name")
    @classmethod
    def _printable(cls, name: str) -> str:
        if not name.strip() or not name.isprintable():
            raise ValueError("a region's name is made of printable characters")
        return name.strip()


class _Regions(RootModel[Annotated[list[_Region], Field(max_length=MAX_REGIONS)]]):
    def drawn(self) -> tuple[DrawnRegion, ...]:
        names = [region.name for region in self.root]
        if len(set(names)) < len(names):
            raise RegionError("Two regions have one name: name each differently.")
        return tuple(DrawnRegion(region.name, tuple(region.polygon)) for region in self.root)


class _RegionsFile(RootModel[dict[str, _Regions]]):
    pass


def parse_regions(text: str) -> tuple[DrawnRegion, ...]:
    """Regions of one photograph from JSON: [{"name": "left cheek", "polygon": [[x, y], ...]}, ...].

    Corners are fractions 0..1 of the upright photograph's width and height; at most `MAX_REGIONS` regions of
    `MAX_CORNERS` corners. Raises RegionError.
    """
    try:
        return _Regions.model_validate_json(text).drawn()
    except ValidationError as error:
        raise RegionError(f"The drawn regions cannot be used ({_first(error)}): draw them again.") from error


def read_regions(path: Path) -> dict[str, tuple[DrawnRegion, ...]]:
    """Regions by file name of the photograph, from a JSON file: {"cheek.jpg": [as in `parse_regions`], ...}.

    Raises RegionError.
    """
    try:
        found = _RegionsFile.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        reason = _first(error) if isinstance(error, ValidationError) else error.strerror
        raise RegionError(f"{path.name} holds no regions ({reason}): see README, Regions.") from error
    return {name: regions.drawn() for name, regions in found.root.items()}


def _first(error: ValidationError) -> str:
    detail = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in detail["loc"])
    return f"{place}: {detail['msg']}" if place else detail["msg"]
