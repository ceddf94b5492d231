"""Designs for tests of blinded reading, and readers who answer by a rule."""

import csv
import hashlib
import random
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from photo_files import save_jpeg, skin
from PIL import Image

from inference.reading.answers import Read, unblinded
from inference.reading.design import Asked, Design, Shot
from inference.reading.make import make_design
from inference.reading.order import Trial, order
from inference.reading.sources import ReadSeries, Taken
from inference.records.readings import Reading

#: difference, grade of the left, grade of the right
Says = Callable[[Trial], tuple[int | None, int | None, int | None]]


def shot(name: str) -> Shot:
    return Shot(sha256=hashlib.sha256(name.encode()).hexdigest(), image=f"{name}.jpg")


def drawn_series(people: int, retakes: int = 0) -> list[ReadSeries]:
    """Two visits of so many people; the first visit of `retakes` of them was photographed twice."""
    return [
        ReadSeries(
            f"S{k}",
            (
                Taken(0, (shot(f"{k}-a"), shot(f"{k}-b"))[: 2 if k < retakes else 1]),
                Taken(90, (shot(f"{k}-c"),)),
            ),
        )
        for k in range(people)
    ]


def drawn_design(people: int = 20, retakes: int = 0, **asked: object) -> Design:
    wanted = {"scale": "gais", "seed": 1, **asked}
    return make_design(drawn_series(people, retakes), Asked(**wanted))  # type: ignore[arg-type]


def read_by(design: Design, says: dict[str, Says]) -> list[Read]:
    """What readers answer who judge every trial by a rule."""
    readings: list[Reading] = []
    for reader, rule in says.items():
        for trial in order(design, reader):
            difference, left, right = rule(trial)
            readings.append(
                Reading(
                    id=len(readings) + 1,
                    reader=reader,
                    answered_at=datetime(2026, 10, 16, tzinfo=UTC),
                    place=trial.place,
                    pair=trial.pair.id,
                    showing=trial.showing,
                    first_on_left=trial.first_on_left,
                    difference=difference,
                    left_grade=left,
                    right_grade=right,
                    seconds=float(trial.place),
                )
            )
    return unblinded(design, readings)


def improved(steps: Callable[[Trial], int]) -> Says:
    """Says by how much the second photograph is better, on whatever side it stands."""
    return lambda trial: (steps(trial) if trial.first_on_left else -steps(trial), None, None)


def graded(first: Callable[[Trial], int], second: Callable[[Trial], int]) -> Says:
    """Grades both photographs, on whatever side they stand."""

    def says(trial: Trial) -> tuple[None, int, int]:
        grades = first(trial), second(trial)
        return None, *(grades if trial.first_on_left else grades[::-1])

    return says


def some(design: Design, seed: int, low: int, high: int) -> Callable[[Trial], int]:
    """Any whole number for each trial, always the same one for the same trial."""
    chance = random.Random(seed)
    showings = [(pair.id, showing) for pair in design.pairs for showing in (1, 2)]
    known = {key: chance.randint(low, high) for key in showings}
    return lambda trial: known[trial.pair.id, trial.showing]


def manifest_of(folder: Path, people: int) -> Path:
    """A manifest of photographs that tell their day and camera in their names and in what cameras write."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "manifest.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["photo_id", "patient_id", "image", "days_from_baseline", "view"])
        for k in range(people):
            for visit, days in enumerate((0, 84)):
                name = f"Meyer-{k}-visit-{visit}-2026-0{3 + 3 * visit}-04.jpg"
                rgb = skin(120 + 40 * visit, 180, 10 * k + visit)
                exif = Image.Exif()
                exif[0x0132] = f"2026:0{3 + 3 * visit}:04 10:00:00"  # DateTime
                exif[0x010E] = f"Meyer {k}"  # ImageDescription
                save_jpeg(folder / name, rgb, exif=exif)
                table.writerow([f"photo-{k}-{visit}", f"Meyer-{k}", name, days, "left cheek"])
    return path
