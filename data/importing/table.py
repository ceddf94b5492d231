"""The small table that maps a tool's names to ours.

As CSV, classes only:          As TOML:

    theirs,ours                    [classes]
    Ice pick,icepick               "Ice pick" = "icepick"
    tattoo,ignore                  tattoo = "ignore"
                                   [columns]              # of CSV files of grades, boxes, points, facts
                                   "GB score" = "grade_goodman_baron_quantitative"

Ours is a class of the masks, or one of the words below. A name that equals a class but for case, spaces, hyphens and
underscores needs no line.
"""

import csv
import io
import re
import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from data.errors import DatasetError
from data.masks import Classes

#: Pixels become 255, not labelled; boxes, points and types are left out.
IGNORE_WORD = "ignore"
#: Left out everywhere, as if it had not been marked: an outline around the whole cheek, for example.
DROP_WORD = "drop"
#: A scar of unknown type: boxes and points of no class, pixels 255.
SCAR_WORD = "scar"
WORDS = (IGNORE_WORD, DROP_WORD, SCAR_WORD)


class Table(BaseModel):
    """classes, columns: ours by theirs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    classes: dict[str, str] = Field(default_factory=dict)
    columns: dict[str, str] = Field(default_factory=dict)

    def column(self, name: str) -> str:
        """Our name of a CSV column."""
        return self.columns.get(name, name).strip()


class Names:
    """Their class names -> ours, under a table. Raises DatasetError where the table names a class that is none."""

    def __init__(self, table: Table, classes: Classes) -> None:
        wrong = sorted({ours for ours in table.classes.values() if ours not in (*classes.names, *WORDS)})
        if wrong:
            raise DatasetError(
                f"The table maps to {', '.join(wrong)}: use {', '.join(classes.names)}, or {', '.join(WORDS)}."
            )
        self.classes = classes
        self._ours = {_plain(name): name for name in (*classes.names, *WORDS)}
        self._ours |= {_plain(theirs): ours for theirs, ours in table.classes.items()}

    def ours(self, name: str) -> str | None:
        """A class, or one of `WORDS`; None for a name that nobody has mapped."""
        return self._ours.get(_plain(name))


def read_table(path: Path | None) -> Table:
    """Raises DatasetError when the file is missing or not as this module says. None gives the empty table."""
    if path is None:
        return Table()
    try:
        text = path.read_text(encoding="utf-8-sig")
        if path.suffix.lower() == ".toml":
            return Table.model_validate(tomllib.loads(text))
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        return Table(classes={row["theirs"].strip(): row["ours"].strip() for row in rows})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise DatasetError(f"The table {path.name} cannot be read: {error}") from error
    except (KeyError, AttributeError) as error:
        raise DatasetError(f"The table {path.name} needs the columns theirs,ours in every line.") from error


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]+", "", name).casefold()
