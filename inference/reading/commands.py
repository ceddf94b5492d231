"""What the commands of blinded readings do, on open records."""

import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from inference.reading.analysis import analyse
from inference.reading.answers import Read, readings_csv, unblinded
from inference.reading.design import Asked, Design, read_design, write_design
from inference.reading.desk import Desk
from inference.reading.make import make_design
from inference.reading.model import from_records, from_results
from inference.reading.order import order
from inference.reading.report import write_analysis
from inference.reading.sources import ReadSeries, series_of_manifest, series_of_records
from inference.records.records import Records
from inference.report.files import write_bytes


def make(records: Records, sources: Sequence[str], out: Path, asked: Asked) -> Design:
    """Write a design to `out` and let readers read it.

    sources: one manifest, or codes of patients, or nothing for all of them. Raises CicatrixError.
    """
    series, root = _series(records, sources, out)
    design = make_design(series, asked, root)
    write_design(out, design)
    Desk(records).keep(design, out.resolve().parent)
    return design


def offer(records: Records, path: Path) -> Design:
    """Let readers read a design that is there already. Raises CicatrixError."""
    design = read_design(path)
    Desk(records).keep(design, path.resolve().parent)
    return design


def close(records: Records, path: Path) -> None:
    """Offer a design to readers no longer. Raises CicatrixError."""
    records.readings.close(records.readings.find(read_design(path).key).id)


def export(records: Records, path: Path, out: Path) -> dict[str, tuple[int, int]]:
    """Write all answers as CSV. Returns by reader how many pairs are done, and of how many. Raises CicatrixError."""
    design, reads = _read(records, path)
    write_bytes(out, readings_csv(reads).encode("utf-8"))
    readers = sorted({read.reader for read in reads})
    return {name: (sum(read.reader == name for read in reads), len(order(design, name))) for name in readers}


def write_analysis_of(records: Records, path: Path, out: Path, model: str | None, made: date) -> None:
    """Analyse all answers. model: a folder of results, the word records, or None. Raises CicatrixError."""
    design, reads = _read(records, path)
    says = None
    if model is not None:
        says = from_records(design, records) if model == "records" else from_results(design, Path(model))
    write_analysis(analyse(design, reads, says), out, made)


def _series(records: Records, sources: Sequence[str], out: Path) -> tuple[list[ReadSeries], str]:
    """The series, and the folder of their files as seen from the design's file."""
    manifest = Path(sources[0]) if len(sources) == 1 else None
    if manifest is not None and manifest.is_file():
        root = os.path.relpath(manifest.resolve().parent, out.resolve().parent)
        return series_of_manifest(manifest), Path(root).as_posix()
    return series_of_records(records, sources, date.today()), "."


def _read(records: Records, path: Path) -> tuple[Design, list[Read]]:
    design = read_design(path)
    kept = records.readings.find(design.key)
    return design, unblinded(design, records.readings.answers(kept.id))
