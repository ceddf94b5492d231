"""Every figure of a bundle beside its goal, in one table."""

from collections.abc import Iterator
from pathlib import Path

from inference.check import Instruments
from inference.measure.assessment import Assessment
from training.evaluate import points, rows
from training.evaluate.goals import Row
from training.evaluate.real import evaluate_faces, evaluate_photos, scores_of
from training.evaluate.rendered import evaluate_tiles
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
    for name in ("rendered", "traced", "pairs"):
        folder = samples.get(name)
        if folder is None:
            table += rows.missing_rows(f"figures on {WHERE[name]} samples", folder)
            continue
        results = evaluate_tiles(folder, instruments, limit)
        if name != "pairs":
            table += rows.tile_rows(results, f"{WHERE[name]} ({len(results)} tiles)")
        if any(result.burden.group is not None for result in results):
            table += rows.repeat_rows(results, WHERE[name])
    pace = milliseconds_a_megapixel(instruments.network.bundle)
    where = "ONNX Runtime, two cores; fastest and slowest round"
    table.append(Row("milliseconds a megapixel", where, pace, rows.MILLISECONDS, "ms", "rounds"))
    return table


def _real_rows(instruments: Instruments, photos: Path | None, faces: Path | None) -> Iterator[Row]:
    clear = evaluate_faces(faces, instruments) if faces else []
    if photos is None:
        yield from rows.missing_rows("figures on real photographs", photos)
    else:
        known = points.read_points()
        wanted = {name for marked in known.passes for name in marked.photos}
        found: dict[str, tuple[points.Mark, ...]] = {}

        def keep(name: str, assessment: Assessment) -> None:
            if name in wanted:
                found[name] = points.marks_of(assessment)

        looks = evaluate_photos(photos, instruments, keep)
        yield from rows.box_rows(looks)
        yield from rows.width_rows(evaluate_widths(photos, scores_of(looks), instruments))
        yield from rows.photo_rows(looks, clear)
        yield from rows.point_rows(found, known)
    if clear:
        yield from rows.clear_repeat_rows(clear)
