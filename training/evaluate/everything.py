"""Every figure of a bundle beside its goal, in one table."""

from collections.abc import Iterator
from pathlib import Path

from inference.check import Instruments
from training.evaluate import rows
from training.evaluate.goals import Row
from training.evaluate.marked import look_at_marked
from training.evaluate.real import evaluate_faces, scores_of
from training.evaluate.rendered import TileResult, evaluate_tiles
from training.evaluate.speed import milliseconds_a_megapixel
from training.evaluate.widths import evaluate_widths

#: Folder of samples by option name, and how the table calls it.
WHERE = {"rendered": "rendered, fresh seed", "traced": "path-traced", "pairs": "rendered views of one skin"}


def everything(
    instruments: Instruments,
    photos: Path | None,
    faces: Path | None,
    samples: dict[str, Path | None],
    limit: int | None = None,
) -> list[Row]:
    """All rows. samples: folders by the keys of `WHERE`; rows without their folder say "not run"."""
    table = list(_real_rows(instruments, photos, faces))
    for name, where in WHERE.items():
        folder = samples.get(name)
        results = None if folder is None else evaluate_tiles(folder, instruments, limit)
        table += _sample_rows(name, where, results)
    pace = milliseconds_a_megapixel(instruments.network.bundle)
    where = "ONNX Runtime, two cores; fastest and slowest round"
    table.append(Row("milliseconds a megapixel", where, pace, rows.MILLISECONDS, "ms", "rounds"))
    return table


def _sample_rows(name: str, where: str, results: list[TileResult] | None) -> list[Row]:
    """Truth of single tiles for all but the pairs, and repeats for the folders that hold some."""
    found: list[Row] = []
    if name != "pairs":
        found += rows.tile_rows(results, where)
    if name != "rendered":
        found += rows.repeat_rows(results, where)
    return found


def _real_rows(instruments: Instruments, photos: Path | None, faces: Path | None) -> Iterator[Row]:
    clear = evaluate_faces(faces, instruments) if faces else []
    if photos is None:
        yield from rows.missing_real_rows()
    else:
        seen = look_at_marked(photos, instruments)
        yield from rows.box_rows(seen.looks)
        yield from rows.width_rows(evaluate_widths(photos, scores_of(seen.looks), instruments))
        yield from rows.photo_rows(seen.looks, clear)
        yield from rows.point_rows(seen.found, seen.known)
    if faces:
        smiling = evaluate_faces(faces, instruments, smiling=True)
        yield from rows.clear_repeat_rows([*clear, *smiling])
