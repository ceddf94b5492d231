"""What measured photographs suggest before a treatment and after one: hints for a person to judge, never answers."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from inference.records.errors import NotInRecordsError
from inference.records.facts import PatientRecord, Photograph, Visit
from inference.records.records import Records

#: Figures that move with pigment.
PIGMENT_METRICS = ("pigment.melanin_index", "pigment.ita_deg", "pigment.pigment_spot_fraction")


@dataclass(frozen=True, slots=True)
class SkinHint:
    """What a result says of a view that bears on a treatment.

    raised: scars above the skin. red_fraction: share of the skin in red spots, which acne is among; None where unknown.
    """

    view: str
    on: date
    raised: int
    red_fraction: float | None


@dataclass(frozen=True, slots=True)
class PigmentHint:
    """Pigment of a view that changed beyond its measurement error, in the unit of the metric."""

    view: str
    since: date
    on: date
    metric: str
    before: float
    after: float
    mdc95: float


def last_scored(record: PatientRecord) -> Visit | None:
    """The newest visit with a result."""
    scored = [v for v in record.visits if any(one.figures is not None for one in v.photographs)]
    return scored[-1] if scored else None


def skin_hints(records: Records, record: PatientRecord) -> tuple[SkinHint, ...]:
    """Of every view of the newest visit with a result."""
    visit = last_scored(record)
    hints: list[SkinHint] = []
    for photograph in () if visit is None else visit.photographs:
        if photograph.figures is not None and visit is not None:
            result = records.results.json(photograph.figures.id)
            raised = result["scars"]["by_type"].get("raised", {}).get("count", 0)
            red = result["pigment"]["redness_spot_fraction"]
            hints.append(SkinHint(photograph.view.name, visit.on, raised, red))
    return tuple(hints)


def pigment_hints(records: Records, record: PatientRecord) -> tuple[PigmentHint, ...]:
    """Changes of pigment beyond error from the visit before, and from the first, to the newest with a result."""
    visit = last_scored(record)
    if visit is None:
        return ()
    place = {one.id: (v, one) for v in record.visits for one in v.photographs}
    newest = {one.id for one in visit.photographs}
    hints: list[PigmentHint] = []
    for compared in record.comparisons:
        if compared.after_id in newest and compared.before_id in place:
            hints.extend(_of_pair(records, place[compared.before_id], place[compared.after_id]))
    return tuple(sorted(hints, key=lambda hint: (hint.view, hint.metric, hint.since), reverse=True))


def _of_pair(
    records: Records, before: tuple[Visit, Photograph], after: tuple[Visit, Photograph]
) -> list[PigmentHint]:
    try:
        metrics: list[dict[str, Any]] = records.results.comparison_json(before[1].id, after[1].id)["metrics"]
    except NotInRecordsError:  # deleted meanwhile
        return []
    return [
        PigmentHint(
            after[1].view.name,
            before[0].on,
            after[0].on,
            metric["name"],
            metric["before"],
            metric["after"],
            metric["mdc95"],
        )
        for metric in metrics
        if metric["name"] in PIGMENT_METRICS and metric["verdict"] in ("improved", "worse")
    ]
