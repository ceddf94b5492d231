"""Answers with the design laid beside them: which photograph came first, and what each answer comes to on the
scale."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime

from inference.reading.design import Design, PairKind
from inference.records.readings import Reading


@dataclass(frozen=True, slots=True)
class Read:
    """One answer, unblinded.

    later_on: side of the later photograph; None of nulls, which have none. difference: steps by which the right
    side was called better, below zero the left. improvement: the same from the first to the second photograph,
    above zero better. value: the published class of the improvement. first_grade, second_grade: on scales of
    severity. judged: False where the reader could not.
    """

    reader: str
    place: int
    pair: str
    subject: str
    kind: PairKind
    showing: int
    days: int
    later_on: str | None
    difference: int | None
    improvement: int | None
    value: int | None
    first_grade: int | None
    second_grade: int | None
    judged: bool
    seconds: float | None
    answered_at: datetime
    changed: int

    @property
    def values(self) -> tuple[int, ...]:
        """What agreement goes by: the class of the pair, or the grades of both photographs; nothing if not judged."""
        if self.first_grade is not None and self.second_grade is not None:
            return self.first_grade, self.second_grade
        return () if self.value is None else (self.value,)


def unblinded(design: Design, readings: Iterable[Reading]) -> list[Read]:
    """All answers of a design, unblinded, by reader and place."""
    return [_read(design, one) for one in readings]


def _read(design: Design, one: Reading) -> Read:
    pair, scale = design.pair(one.pair), design.asked
    grades = (one.left_grade, one.right_grade) if one.first_on_left else (one.right_grade, one.left_grade)
    difference = one.difference
    if one.left_grade is not None and one.right_grade is not None:
        difference = one.left_grade - one.right_grade
    improvement = None if difference is None else difference if one.first_on_left else -difference
    classed = improvement is not None and scale.asks == "side" and pair.kind == "change"
    return Read(
        reader=one.reader,
        place=one.place + 1,
        pair=pair.id,
        subject=pair.subject,
        kind=pair.kind,
        showing=one.showing,
        days=pair.days,
        later_on=("right" if one.first_on_left else "left") if pair.kind == "change" else None,
        difference=difference,
        improvement=improvement,
        value=scale.value(improvement) if classed and improvement is not None else None,
        first_grade=grades[0],
        second_grade=grades[1],
        judged=difference is not None,
        seconds=None if one.seconds is None else round(one.seconds, 1),
        answered_at=one.answered_at,
        changed=one.changed,
    )


def readings_csv(reads: Sequence[Read]) -> str:
    """One row an answer; an empty cell is unknown."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    names = [field.name for field in fields(Read)]
    writer.writerow(names)
    for read in reads:
        values = {**asdict(read), "answered_at": read.answered_at.isoformat(timespec="seconds")}
        writer.writerow(["" if values[name] is None else values[name] for name in names])
    return text.getvalue()
