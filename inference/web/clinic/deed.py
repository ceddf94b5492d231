"""What a form of the page asks for, and what becomes of it. The form stays as it is, so nothing typed is ever lost."""

from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from inference.errors import CicatrixError
from inference.records.errors import EntryError
from inference.web.clinic.route import Route, RouteError

#: Notes may have 10,000 characters; a form has a few of them.
_MAX_TEXT = 200_000


class Deed(BaseModel):
    """One wish. do: its name. route: where the person is. values: the form's inputs by their names; a name that
    ends in [] holds a list. n: as `Route.n`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    do: str
    route: Route
    values: dict[str, str | list[str]] = Field(default_factory=dict[str, str | list[str]])
    n: int = 0

    def text(self, name: str) -> str:
        """An input's text, stripped; "" where it is missing."""
        value = self.values.get(name, "")
        return value.strip() if isinstance(value, str) else ""

    def known(self, *names: str) -> dict[str, Any]:
        """These inputs without the empty ones, for `inference.records.entries.entered`."""
        return {name: self.text(name) for name in names if self.text(name)}

    def number(self, name: str) -> int:
        """A number that the page itself wrote. Raises RouteError for anything else."""
        try:
            return int(self.text(name))
        except ValueError as error:
            raise RouteError("This could not be read: load the page again.") from error

    def day(self, name: str) -> date:
        """A day that was entered. Raises EntryError for none."""
        try:
            return date.fromisoformat(self.text(name))
        except ValueError as error:
            raise EntryError({name: "enter a day"}) from error


class Answer(BaseModel):
    """What became of a wish.

    said: in words, that it is done. error, fields: why it is not, as a whole and by input; the form then keeps what
    was typed. go: where to go next. document: a kept document to hand to the person as a file.
    """

    model_config = ConfigDict(frozen=True)

    said: str = ""
    error: str = ""
    fields: dict[str, str] = Field(default_factory=dict[str, str])
    go: Route | None = None
    document: int | None = None
    part: str | None = None
    more: bool = False

    @classmethod
    def of_error(cls, error: CicatrixError) -> "Answer":
        """Why it was not done."""
        if isinstance(error, EntryError):
            named = {name: text for name, text in error.fields.items() if name}
            return cls(error=error.fields.get("", ""), fields=named)
        return cls(error=str(error))


def read_deed(text: str) -> Deed:
    """The wish in the page's JSON. Raises RouteError for anything else."""
    try:
        if len(text) > _MAX_TEXT:
            raise ValueError("too long")
        return Deed.model_validate_json(text)
    except (ValidationError, ValueError) as error:
        raise RouteError("This could not be read: load the page again.") from error
