"""The design of a blinded reading: who reads which pairs on which scale. Its file is the key, and not for readers."""

import hashlib
import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from inference.reading.errors import DesignError
from inference.reading.scales import SCALES, Scale, ScaleName
from inference.report.files import write_bytes

#: What a pair is: two visits, two photographs of one visit, or one photograph twice. The last two show no change.
PairKind = Literal["change", "same visit", "same photograph"]

#: Which visits are paired: first and last, the first with every later one, or each with the next.
Pairing = Literal["last", "every", "next"]

#: An account's name, or a code that a reader types.
Reader = Annotated[str, Field(pattern=r"^[^\W_][\w.@-]{0,39}$")]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Small = Annotated[float, Field(ge=-0.1, le=0.1, allow_inf_nan=False)]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a new design.

    repeats, nulls: how many pairs are repeated and how many nulls are put among them, as shares of the pairs of
    change; one at least where the share is not 0.
    """

    scale: ScaleName
    seed: int
    repeats: float = 0.2
    nulls: float = 0.1
    readers: tuple[str, ...] = ()
    pairing: Pairing = "last"
    title: str = ""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Framing(_Frozen):
    """How one photograph is taken once more from itself: turned, a little nearer, and moved in shares of its sides.
    Without it the reader would see at once that both are the same."""

    turn_deg: Annotated[float, Field(ge=-10, le=10, allow_inf_nan=False)]
    zoom: Annotated[float, Field(ge=1, le=1.5, allow_inf_nan=False)]
    shift_x: Small
    shift_y: Small


class Shot(_Frozen):
    """A photograph: a file below the design's root, or one of the records by its number. sha256: of its file."""

    sha256: Sha256
    image: str | None = None
    photograph: int | None = None
    framing: Framing | None = None

    @model_validator(mode="after")
    def _is_one(self) -> "Shot":
        if (self.image is None) == (self.photograph is None):
            raise ValueError("a photograph is either a file or a number of the records")
        return self


class Pair(_Frozen):
    """Two photographs of one view of one person. first: the earlier one where `kind` is "change".

    subject: whose it is, as a code or a number. days: from the first to the second.
    """

    id: Annotated[str, Field(pattern="^[A-Za-z0-9-]{1,40}$")]
    kind: PairKind
    subject: Annotated[str, Field(min_length=1, max_length=200)]
    days: int
    first: Shot
    second: Shot


class Design(_Frozen):
    """A blinded reading.

    seed: with a reader's name it decides order and sides. readers: who may read; anybody where it is empty. repeated:
    pairs that are shown twice. root: folder of the photographs, as seen from the design's file.
    """

    format: Literal["cicatrix reading 1"] = "cicatrix reading 1"
    title: Annotated[str, Field(max_length=200)] = ""
    scale: ScaleName
    seed: int
    readers: tuple[Reader, ...] = ()
    root: str = "."
    pairs: Annotated[tuple[Pair, ...], Field(min_length=1)]
    repeated: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _agrees(self) -> "Design":
        names = [pair.id for pair in self.pairs]
        if len(set(names)) < len(names):
            raise ValueError("two pairs have the same id")
        if len(set(self.repeated)) < len(self.repeated) or not set(self.repeated) <= set(names):
            raise ValueError("repeated names a pair twice, or one that is not in the design")
        if len({reader.casefold() for reader in self.readers}) < len(self.readers):
            raise ValueError("two readers have the same name")
        if len(names) < 2 and self.repeated:
            raise ValueError("with a single pair nothing lies between its two showings: add pairs")
        return self

    @property
    def key(self) -> str:
        """SHA-256 of the content: another design has another one."""
        return hashlib.sha256(self.model_dump_json().encode("utf-8")).hexdigest()

    @property
    def asked(self) -> Scale:
        """The scale."""
        return SCALES[self.scale]

    def pair(self, name: str) -> Pair:
        """The pair of this id. Raises KeyError."""
        return {pair.id: pair for pair in self.pairs}[name]

    def photographs(self) -> frozenset[int]:
        """Numbers of the photographs of the records in it."""
        shots = [shot for pair in self.pairs for shot in (pair.first, pair.second)]
        return frozenset(shot.photograph for shot in shots if shot.photograph is not None)

    def reader(self, name: str) -> str:
        """The reader's name as the design spells it. Raises DesignError for somebody who may not read."""
        if not self.readers:
            return name
        for reader in self.readers:
            if reader.casefold() == name.casefold():
                return reader
        raise DesignError("This reading is for other readers: ask whoever made it.")


def read_design(path: Path) -> Design:
    """Read a design from JSON or TOML, by the ending. Raises DesignError that names the field."""
    try:
        text = path.read_text(encoding="utf-8")
        data: Any = tomllib.loads(text) if path.suffix.lower() == ".toml" else json.loads(text)
        return Design.model_validate(data)
    except ValidationError as error:
        problems = (f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()[:5])
        raise DesignError(f"{path.name} is no design of a reading: {'; '.join(problems)}") from error
    except (OSError, ValueError) as error:
        raise DesignError(f"{path.name} cannot be read ({error}): give a design as JSON or TOML.") from error


def write_design(path: Path, design: Design) -> None:
    """Write it as JSON, in one step."""
    write_bytes(path, (design.model_dump_json(indent=1) + "\n").encode("utf-8"))
