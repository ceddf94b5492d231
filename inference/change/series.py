"""Three or more visits of one region: every figure over time, against the baseline and against the visit before."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, median
from typing import Protocol, cast

from inference.change.comparison import Comparable, Comparison, LesionTrace, LesionVerdict, Metric, Verdict
from inference.change.metrics import BURDEN, KINDS
from inference.change.trend import Point, Trend, trend_of
from inference.errors import ComparisonError
from inference.measure.assessment import SCHEMA_VERSION

#: Swelling and redness after needling flatten and redden the skin; a photograph within so many days of a treatment
#: draws no conclusion. A convention of this project, as most protocols photograph before the next treatment.
TOO_EARLY_DAYS = 14


@dataclass(frozen=True, slots=True)
class Visit:
    """When a photograph was taken. days: since the baseline. days_since_treatment: None where there was none, or nobody
    said."""

    label: str
    days: float
    days_since_treatment: float | None = None


@dataclass(frozen=True, slots=True)
class SeenVisit:
    """One visit in the result. counted: whether it draws conclusions; `why_not` says why it does not."""

    label: str
    days: float
    file: str
    counted: bool
    why_not: str | None = None


@dataclass(frozen=True, slots=True)
class Track:
    """One figure over all visits, in their order; None where a visit does not show it.

    values: as if all were measured on the baseline's skin: the baseline's figure, changed by what each pair with the
    baseline says. sem: standard error of measurement of each value. since_baseline, since_last: verdict of the pair
    with the baseline and with the visit before. trend: None where the error of a value is unknown.
    """

    name: str
    unit: str
    values: tuple[float | None, ...]
    sem: tuple[float | None, ...]
    since_baseline: tuple[Verdict | None, ...]
    since_last: tuple[Verdict | None, ...]
    trend: Trend | None


@dataclass(frozen=True, slots=True)
class LesionTrack:
    """One scar of the baseline over all visits, the baseline first; None where its place is not seen.

    depth_um: below the skin around it, inside the union of its outlines in the pair with the baseline, as each pair
    measured it. verdicts: against the baseline.
    """

    id: int
    depth_um: tuple[float | None, ...]
    verdicts: tuple[LesionVerdict | None, ...]


@dataclass(frozen=True, slots=True)
class Series:
    """Result of a series of visits. new: by visit, ids of its scars that the baseline does not show."""

    schema_version: str
    visits: tuple[SeenVisit, ...]
    tracks: tuple[Track, ...]
    lesions: tuple[LesionTrack, ...]
    new: tuple[tuple[int, ...], ...]
    statement: str


class PairFigures(Protocol):
    """What figures over time need of a comparison."""

    @property
    def comparable(self) -> Comparable:
        """Whether the two may be compared."""
        ...

    @property
    def metrics(self) -> Sequence[Metric]:
        """In the order of `KINDS`."""
        ...


@dataclass(frozen=True, slots=True)
class FigureSeries:
    """The figures of a series without its scars."""

    visits: tuple[SeenVisit, ...]
    tracks: tuple[Track, ...]
    statement: str

    def track(self, name: str) -> Track:
        """The figure of this name in the result files."""
        return next(track for track in self.tracks if track.name == name)


def figures_of(
    visits: Sequence[Visit],
    to_baseline: Sequence[PairFigures],
    to_last: Sequence[PairFigures],
    files: Sequence[str],
) -> FigureSeries:
    """The figures of all visits over time; arguments and errors as of `series_of`. files: of the photographs."""
    if len(visits) < 2 or not len(to_baseline) == len(to_last) == len(visits) - 1:
        raise ComparisonError("A series needs a baseline and at least one later visit.")
    if any(b.days <= a.days for a, b in pairwise(visits)):
        raise ComparisonError("The visits of a series must be in the order of their days, one visit a day.")
    seen = tuple(
        _seen(visit, file, pair)
        for visit, file, pair in zip(visits, files, (None, *to_baseline), strict=True)
    )
    tracks = tuple(_track(k, seen, to_baseline, to_last) for k in range(len(KINDS)))
    burden = next(track for track in tracks if track.name == BURDEN)
    return FigureSeries(seen, tracks, statement_of(burden, seen))


def series_of(
    visits: Sequence[Visit], to_baseline: Sequence[Comparison], to_last: Sequence[Comparison]
) -> Series:
    """Put the comparisons of all visits together.

    visits: the baseline first. to_baseline: of the baseline with every later visit, in order; to_last: of every visit
    with the next. Raises ComparisonError with fewer than two visits, or where their days do not rise.
    """
    files = [pair.before.photo.file for pair in to_baseline[:1]]
    files += [pair.after.photo.file for pair in to_baseline]
    figures = figures_of(visits, to_baseline, to_last, files)
    return Series(
        SCHEMA_VERSION,
        figures.visits,
        figures.tracks,
        _lesions(to_baseline),
        ((), *(pair.lesions.new for pair in to_baseline)),
        figures.statement,
    )


def _seen(visit: Visit, file: str, pair: PairFigures | None) -> SeenVisit:
    why: str | None = None
    if pair is not None and not pair.comparable.usable:
        why = "cannot be compared with the baseline: " + pair.comparable.issues[0].message
    since = visit.days_since_treatment
    if since is not None and since < TOO_EARLY_DAYS:
        why = f"taken {since:.0f} days after a treatment, too early to judge"
    return SeenVisit(visit.label, visit.days, file, why is None, why)


def _track(
    kind: int, seen: Sequence[SeenVisit], to_baseline: Sequence[PairFigures], to_last: Sequence[PairFigures]
) -> Track:
    """KINDS and the metrics of every comparison have one order."""
    pairs = [pair.metrics[kind] for pair in to_baseline]
    usable = [pair.comparable.usable for pair in to_baseline]
    has_zero = KINDS[kind].has_zero
    known = [pair.before for pair, fit in zip(pairs, usable, strict=True) if fit and pair.before is not None]
    start = median(known) if known else None
    values: list[float | None] = [start]
    sem: list[float | None] = [None]
    for pair, fit in zip(pairs, usable, strict=True):
        value, error = _carried(pair, start, has_zero) if fit and start is not None else (None, None)
        values.append(value)
        sem.append(error)
    errors = [error for error in sem if error is not None]
    sem[0] = fmean(errors) if errors else None
    return Track(
        name=KINDS[kind].name,
        unit=KINDS[kind].unit,
        values=tuple(values),
        sem=tuple(sem),
        since_baseline=(None, *(pair.verdict for pair in pairs)),
        since_last=(None, *(pair.metrics[kind].verdict for pair in to_last)),
        trend=_trend(values, sem, seen),
    )


def _carried(pair: Metric, start: float, has_zero: bool) -> tuple[float | None, float | None]:
    """What the pair says of the later visit, on the baseline's own level, with its standard error.

    Pairs share different parts of the baseline's skin, so that the baseline's own figure differs a little from pair
    to pair: a change by a factor is kept as a factor, a difference as a difference.
    """
    if pair.before is None or pair.after is None:
        return None, None
    if has_zero and pair.before > 0 and start > 0:
        factor = start / pair.before
        return pair.after * factor, None if pair.sem is None else pair.sem * factor
    return start + pair.after - pair.before, pair.sem


def _trend(
    values: Sequence[float | None], sem: Sequence[float | None], seen: Sequence[SeenVisit]
) -> Trend | None:
    """Places in the trend are places among all visits; visits without a value are passed over."""
    if (
        values[0] is None
        or not sem[0]
        or any(v is not None and not e for v, e in zip(values, sem, strict=True))
    ):
        return None
    places = [k for k, value in enumerate(values) if value is not None]
    points = [
        Point(seen[k].days, cast(float, values[k]), cast(float, sem[k]), seen[k].counted) for k in places
    ]
    found = trend_of(points)
    return Trend(
        found.slope,
        None if found.first_beyond is None else places[found.first_beyond],
        None if found.plateau_from is None else places[found.plateau_from],
        tuple(places[k] for k in found.misfits),
    )


def _lesions(to_baseline: Sequence[Comparison]) -> tuple[LesionTrack, ...]:
    """Every scar of the baseline through all pairs, by the traces it belongs to."""
    by_pair: list[dict[int, LesionTrace]] = [
        {lesion: trace for trace in pair.lesions.traces for lesion in trace.before_ids}
        for pair in to_baseline
    ]
    tracks: list[LesionTrack] = []
    for lesion in to_baseline[0].before.lesions:
        traces = [pair.get(lesion.id) for pair in by_pair]
        first = next((trace.depth_before_um for trace in traces if trace is not None), None)
        tracks.append(
            LesionTrack(
                lesion.id,
                (first, *(None if trace is None else trace.depth_after_um for trace in traces)),
                (None, *(None if trace is None else trace.verdict for trace in traces)),
            )
        )
    return tuple(tracks)


def statement_of(burden: Track, seen: Sequence[SeenVisit]) -> str:
    """The finding over all visits in one sentence; nothing is claimed without a measurement error."""
    if sum(visit.counted for visit in seen) < 2:
        return "No visit can be held against the baseline, so no change is given."
    if burden.trend is None:
        return "The measurement error of the scar burden is not known for every visit, so no trend is given."
    trend = burden.trend
    if trend.first_beyond is None:
        return "No lasting change of the scar burden since the baseline is beyond measurement error."
    start, now = cast(float, burden.values[0]), cast(float, burden.values[trend.first_beyond])
    side = "lower" if now < start else "higher"
    first = seen[trend.first_beyond].label
    since = f"Scar burden has been {side} than at the baseline, beyond measurement error, since {first}"
    if trend.plateau_from is not None:
        return f"{since}; since {seen[trend.plateau_from].label} no further change is beyond error."
    last = max(k for k, visit in enumerate(seen) if visit.counted and burden.values[k] is not None)
    if last > trend.first_beyond and burden.since_last[last] in ("improved", "worse"):
        return f"{since}, and still changes."
    return f"{since}."
