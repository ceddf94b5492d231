"""Figures that are functions of sums over photographs, and their intervals over patients.

Each photograph leaves a few sums in named groups, such as {"lesions": {"found": 3, "missed": 1, ...}}; a group that it
lacks is one of which nothing is known there. As every figure here is a function of such sums, a draw of patients is a
weighting of their rows, and a thousand draws are one product of matrices.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
#: Sums by name, each (...,) float64: a single set of sums, or one a draw.
Parts = Mapping[str, Values]
#: Cells of a matrix of draws: 64 MB.
_MOST_CELLS = 8_000_000
#: Groups of sums of one photograph.
PhotoSums = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Record:
    """One photograph: whose it is, and its sums."""

    photo_id: str
    patient_id: str
    sums: PhotoSums


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure by name. group: the sums that it is a function of. of: those sums -> values, NaN where unknown.

    counted: the part by which a photograph has a say, where not all with the group have. why: what a null means.
    """

    name: str
    title: str
    group: str
    of: Callable[[Parts], Values]
    unit: str = ""
    counted: str | None = None
    why: str = "no photograph has such a label"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval, None where it cannot be known, and then `why` says why."""

    value: float | None
    low: float | None = None
    high: float | None = None
    photographs: int = 0
    patients: int = 0
    unit: str = ""
    why: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """One group of sums. names: of the parts. photos: (n, c), a row a photograph. patient: (n,) numbers 0..p-1."""

    names: tuple[str, ...]
    photo_ids: tuple[str, ...]
    photos: Values
    patient: NDArray[np.intp]
    by_patient: Values = field(init=False)

    def __post_init__(self) -> None:
        count = int(self.patient.max(initial=-1)) + 1
        summed = np.zeros((count, len(self.names)))
        np.add.at(summed, self.patient, self.photos)
        object.__setattr__(self, "by_patient", summed)

    def parts(self, sums: Values) -> Parts:
        """(..., c) sums by the names of the parts; those of a part that no photograph has are 0."""
        return _Zeros({name: sums[..., k] for k, name in enumerate(self.names)}, sums.shape[:-1])


class _Zeros(dict[str, Values]):
    def __init__(self, known: Mapping[str, Values], shape: tuple[int, ...]) -> None:
        super().__init__(known)
        self._shape = shape

    def __missing__(self, name: str) -> Values:
        return np.zeros(self._shape)


def rows_of(records: Iterable[Record], group: str, counted: str | None = None) -> Rows:
    """The photographs that have the group, and of the part `counted`, where it is asked for, more than 0."""
    known = [
        record
        for record in records
        if group in record.sums and (counted is None or record.sums[group].get(counted, 0.0) > 0)
    ]
    names = tuple(dict.fromkeys(name for record in known for name in record.sums[group]))
    place = {name: k for k, name in enumerate(names)}
    photos = np.zeros((len(known), len(names)))
    for row, record in zip(photos, known, strict=True):
        for name, value in record.sums[group].items():
            row[place[name]] = value
    numbers = {name: k for k, name in enumerate(dict.fromkeys(record.patient_id for record in known))}
    patient = np.array([numbers[record.patient_id] for record in known], np.intp)
    return Rows(names, tuple(record.photo_id for record in known), photos, patient)


def resampled(tables: Sequence[Values], draws: int, seed: int = 0) -> list[Values]:
    """(draws, c) sums of each (p, c) table over patients drawn with replacement, the same ones of every table.

    Efron & Tibshirani 1993, chapter 13. A seed that is fixed gives the same interval for the same labels.
    """
    patients = len(tables[0])
    rng = np.random.default_rng(seed)
    found: list[list[Values]] = [[] for _ in tables]
    for count in chunks(draws, patients):
        weights = rng.multinomial(patients, np.full(patients, 1.0 / patients), size=count).astype(np.float64)
        for table, sums in zip(tables, found, strict=True):
            sums.append(weights @ table)
    return [np.concatenate(sums) for sums in found]


def chunks(draws: int, patients: int) -> Iterator[int]:
    """Numbers that add up to `draws`, so small that a matrix of them by patients stays in memory."""
    most = max(1, _MOST_CELLS // max(patients, 1))
    for start in range(0, draws, most):
        yield min(most, draws - start)


def estimate(records: Sequence[Record], figure: Figure, draws: int) -> Estimate:
    """The figure of all records together with its percentile interval over patients.

    Draws in which it cannot be known are left out. One patient alone gives no interval.
    """
    rows = rows_of(records, figure.group, figure.counted)
    count = len(rows.by_patient)
    value = value_of(rows, figure)
    if value is None:
        return Estimate(None, None, None, len(rows.photos), count, figure.unit, figure.why)
    low, high = interval(drawn(rows, figure, draws)) if count > 1 else (None, None)
    why = None if count > 1 else "one patient gives no interval"
    return Estimate(value, low, high, len(rows.photos), count, figure.unit, why)


def value_of(rows: Rows, figure: Figure) -> float | None:
    """The figure of all rows; None where it cannot be known."""
    if not len(rows.photos):
        return None
    value = float(calculated(figure, rows.parts(rows.photos.sum(axis=0))))
    return value if np.isfinite(value) else None


def drawn(rows: Rows, figure: Figure, draws: int) -> Values:
    """(draws,) the figure of patients drawn anew; NaN where a draw does not tell."""
    return calculated(figure, rows.parts(resampled([rows.by_patient], draws)[0]))


def calculated(figure: Figure, parts: Parts) -> Values:
    """The figure's function, quiet about what it cannot know."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(figure.of(parts), np.float64)


def interval(values: Values) -> tuple[float | None, float | None]:
    """2.5 % and 97.5 % points of what is finite."""
    known = values[np.isfinite(values)]
    if not known.size:
        return None, None
    low, high = np.percentile(known, [2.5, 97.5])
    return float(low), float(high)
