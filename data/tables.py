"""The manifest as Parquet, for programs that read tables faster than text."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from data.manifest import COLUMNS, GRADE_PREFIX, ManifestRow

_WHOLE = ("session_index", "days_from_baseline", "days_since_treatment")


def write_parquet(path: Path, rows: Sequence[ManifestRow]) -> None:
    """The columns of manifest.csv with their types; unknown is null."""
    scales = sorted({scale for row in rows for scale in row.grades})
    columns = {name: [getattr(row, name) for row in rows] for name in COLUMNS}
    columns |= {GRADE_PREFIX + scale: [row.grades.get(scale) for row in rows] for scale in scales}
    table = pd.DataFrame(columns)
    floats = ["mm_per_px", *(GRADE_PREFIX + scale for scale in scales)]
    texts = [name for name in COLUMNS if name not in (*_WHOLE, "mm_per_px")]
    kinds = {
        **dict.fromkeys(_WHOLE, "Int64"),
        **dict.fromkeys(floats, "Float64"),
        **dict.fromkeys(texts, "string"),
    }
    table.astype(kinds).to_parquet(path, index=False)
