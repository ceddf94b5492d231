"""All figures as one tidy table: a row a patient, visit, region, metric and basis."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd  # pyright: ignore[reportMissingTypeStubs]

from inference.exchange.visits import ExchangeError, VisitResult
from inference.report.files import write_bytes

#: Columns and their types, so that a column in which nothing is known keeps its type. docs/exchange.md describes them.
COLUMNS: dict[str, str] = {
    **dict.fromkeys(("patient", "visit"), "string"),
    "day": "Float64",
    "date": "string",
    "counted": "boolean",
    **dict.fromkeys(("view", "region", "metric", "basis"), "string"),
    **dict.fromkeys(("value", "sem", "low", "high"), "Float64"),
    **dict.fromkeys(
        ("unit", "photo_file", "photo_sha256", "model", "model_version", "model_sha256"), "string"
    ),
}


def tidy_table(visits: Iterable[VisitResult], patient: str | None, view: str | None) -> pd.DataFrame:
    """The table; unknown values are missing, never 0."""
    rows = [
        (
            patient, visit.label, visit.day, None if visit.date is None else visit.date.isoformat(), visit.counted,
            view, reading.region, reading.metric, reading.basis, reading.value, reading.sem, reading.low,
            reading.high, reading.unit, visit.file, visit.assessment.photo.sha256, visit.assessment.model.name,
            visit.assessment.model.version, visit.assessment.model.sha256,
        )
        for visit in visits
        for reading in visit.readings()
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)  # pyright: ignore


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write it as CSV or Parquet, by the ending of `path`. Raises ExchangeError for another ending."""
    match path.suffix.lower():
        case ".csv":
            text = table.to_csv(index=False)  # pyright: ignore[reportUnknownMemberType]
            write_bytes(path, text.encode("utf-8"))
        case ".parquet":
            write_bytes(path, table.to_parquet(index=False))  # pyright: ignore[reportUnknownMemberType]
        case _:
            raise ExchangeError(f"{path.name}: name the table with the ending .csv or .parquet.")
