"""Where a person wants to go, as the browser says it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from inference.errors import CicatrixError

PageName = Literal["patients", "patient", "visit", "treatment", "scars", "pair", "settings", "reading"]
#: Longer is nothing that a page of ours wrote.
_MAX_TEXT = 2000


class RouteError(CicatrixError):
    """What the browser asks for is no page."""


class Route(BaseModel):
    """A page and what it is to show, by numbers of the records.

    photograph, other: the earlier and the later one of a pair. n: counts up, so that the same wish can be made again.
    renew: only what changes by itself is to be shown anew, nothing that a person may be typing into.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    page: PageName
    patient: int | None = None
    visit: int | None = None
    photograph: int | None = None
    treatment: int | None = None
    other: int | None = None
    design: int | None = None
    search: str = Field(default="", max_length=200)
    sort: str = Field(default="", max_length=40)
    start: int = Field(default=0, ge=0)
    n: int = 0
    renew: bool = False


def read_route(text: str) -> Route:
    """The wish in the page's JSON. Raises RouteError for anything else."""
    try:
        if len(text) > _MAX_TEXT:
            raise ValueError("too long")
        return Route.model_validate_json(text)
    except (ValidationError, ValueError) as error:
        raise RouteError("There is no such page: start again from the list of patients.") from error
