"""What the model says of the pairs of a design, from result files or from the records."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from inference.change.comparison import Comparison
from inference.reading.design import Design, Pair
from inference.reading.errors import ReadingError
from inference.records.errors import NotInRecordsError
from inference.records.records import Records
from inference.report.read import ResultFileError, read_comparison


@dataclass(frozen=True, slots=True)
class ModelSays:
    """Of one pair of change. values: on the scale of the reading, as `Read.values`; empty where the model knows none.
    percent_less: by how much the scar burden fell, in percent of the first photograph's."""

    values: tuple[float, ...]
    percent_less: float | None


def from_results(design: Design, folder: Path) -> dict[str, ModelSays]:
    """By pair, from every comparison.json in `folder`, as `cicatrix compare` and `cicatrix series` write them.
    Photographs are recognized by the SHA-256 of their files. Raises ReadingError where no pair of the design is
    among them."""
    known: dict[tuple[str, str], Comparison] = {}
    for path in sorted(folder.rglob("comparison.json")):
        try:
            one = read_comparison(path.parent).comparison
        except ResultFileError as error:
            raise ReadingError(f"{path}: {error}") from error
        known[one.before.photo.sha256, one.after.photo.sha256] = one
    said = {
        pair.id: _says(design, known[pair.first.sha256, pair.second.sha256])
        for pair in _changes(design)
        if (pair.first.sha256, pair.second.sha256) in known
    }
    if not said:
        raise ReadingError(
            f"{folder} holds no comparison of a pair of this design: give the --out folder of cicatrix series or "
            "compare, of the same photographs."
        )
    return said


def from_records(design: Design, records: Records) -> dict[str, ModelSays]:
    """By pair, from the newest comparisons in the records. Raises ReadingError where there is none."""
    said: dict[str, ModelSays] = {}
    for pair in _changes(design):
        if pair.first.photograph is not None and pair.second.photograph is not None:
            try:
                comparison = records.results.comparison(pair.first.photograph, pair.second.photograph)
            except NotInRecordsError:
                continue
            said[pair.id] = _says(design, comparison)
    if not said:
        raise ReadingError(
            "The records hold no comparison of a pair of this design: let the app measure them first."
        )
    return said


def _changes(design: Design) -> Iterable[Pair]:
    return (pair for pair in design.pairs if pair.kind == "change")


def _says(design: Design, comparison: Comparison) -> ModelSays:
    percent = comparison.overall.percent
    return ModelSays(_values(design, comparison), None if percent is None else -percent)


def _values(design: Design, comparison: Comparison) -> tuple[float, ...]:
    scale = design.asked
    if scale.asks == "side":
        value = getattr(comparison.overall, scale.model)
        return () if value is None else (float(value),)
    scales = [one.scales.get(scale.model) for one in (comparison.before, comparison.after)]
    grades = [one.value for one in scales if one is not None and one.value is not None]
    return tuple(grades) if len(grades) == len(scales) else ()
