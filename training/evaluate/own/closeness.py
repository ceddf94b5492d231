"""Is the machine as close to the other raters as a rater is? Each rater in turn is set against the machine.

Leave-one-rater-out as in the alternative annotator test (Calderon, Reichart & Dror, ACL 2025, arXiv 2501.10970), on
agreement that suits masks, scars and grades, with intervals over patients. Of it are the share of photographs on which
the machine is at least as close as the rater (their advantage probability) and the comparison with the others only, so
that no rater is taken for the truth. Of ours are the margins and that the verdict rests on the interval of the mean.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from inference.measure.scales import ECCA_ATROPHIC_MAX, GOODMAN_BARON_MAX
from training.evaluate.own.figures import f1, weighted_kappa
from training.evaluate.own.raters import key
from training.evaluate.own.sums import Estimate, Figure, Parts, Record, Values, estimate

#: The machine may be so much less close and still be called as close: conventions of this project, stated with every
#: verdict. Of grades it is this share of the scale's range.
MARGIN, KAPPA_MARGIN, GRADE_MARGIN = 0.05, 0.1, 0.05
_RANGE: dict[str, float] = {
    "goodman_baron_quantitative": GOODMAN_BARON_MAX,
    "severity_network": GOODMAN_BARON_MAX,
    "goodman_baron_qualitative": 4,
    "ecca_atrophic": ECCA_ATROPHIC_MAX,
    "ecca_continuous": ECCA_ATROPHIC_MAX,
    "scar_s_face": 5,
}
#: Fewer patients tell nothing.
_LEAST_PATIENTS = 5
#: What a null means.
_WHY = "nobody else rated these photographs"


@dataclass(frozen=True, slots=True)
class AgainstRater:
    """One rater, or the mean of all. agreement with the others of the rater and of the machine; closer: the machine's
    less the rater's, turned so that more is closer. ahead: share of photographs on which the machine is at least as
    close, None for a mean and for kappa."""

    rater: str
    of_rater: Estimate
    of_machine: Estimate
    closer: Estimate
    ahead: Estimate | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Compared:
    """One kind of agreement. rows: a rater each, the mean of all last."""

    what: str
    margin: float
    unit: str
    rows: tuple[AgainstRater, ...]


@dataclass(frozen=True, slots=True)
class _Kind:
    """group: of sums. of: the figure of one side (rater, machine) of a rater. sign: -1 where less is closer."""

    title: str
    group: str
    margin: float
    of: Callable[[Parts, str, str], Values]
    sign: float = 1.0
    unit: str = ""
    has_ahead: bool = True


def compare_raters(records: Sequence[Record], draws: int) -> list[Compared]:
    """Every kind of agreement that two named raters or more share."""
    groups = sorted({group for record in records for group in record.sums if group.startswith("raters, ")})
    return [_compare(kind, records, draws) for group in groups for kind in _kinds(group)]


def _kinds(group: str) -> list[_Kind]:
    what = group.removeprefix("raters, ")
    if what == "Dice":
        return [_Kind("Dice of masks", group, MARGIN, _mean)]
    if what == "F1":
        return [
            _Kind("F1 of scars at 3 mm", group, MARGIN, lambda p, rater, side: f1(_under(p, rater, side)))
        ]
    return [
        _Kind(f"{what}: distance", group, GRADE_MARGIN * _RANGE.get(what, 1.0), _mean, -1.0, "points"),
        _Kind(f"{what}: weighted kappa", group, KAPPA_MARGIN, _kappa, has_ahead=False),
    ]  # fmt: skip


def _kappa(parts: Parts, rater: str, side: str) -> Values:
    return weighted_kappa(_under(parts, rater, side))


def _mean(parts: Parts, rater: str, side: str) -> Values:
    count = parts[key(rater, "n")]
    return parts[key(rater, side)] / np.where(count > 0, count, np.nan)


def _under(parts: Parts, rater: str, side: str) -> Parts:
    """The parts of one side of a rater, under their own names."""
    start = key(rater, side, "")
    return {name.removeprefix(start): value for name, value in parts.items() if name.startswith(start)}


def _compare(kind: _Kind, records: Sequence[Record], draws: int) -> Compared:
    end = key("", "ahead")
    raters = sorted(
        {
            name.removesuffix(end)
            for record in records
            for name in record.sums.get(kind.group, ())
            if name.endswith(end)
        }
    )
    rows = [_against(kind, (rater,), rater, records, draws) for rater in raters]
    rows.append(_against(kind, raters, "mean of all", records, draws))
    return Compared(kind.title, kind.margin, kind.unit, tuple(rows))


def _against(
    kind: _Kind, raters: Sequence[str], name: str, records: Sequence[Record], draws: int
) -> AgainstRater:
    def side(parts: Parts, which: str) -> Values:
        return np.stack([kind.of(parts, rater, which) for rater in raters])

    def told(of: Callable[[Parts], Values], counted: str | None) -> Estimate:
        figure = Figure(kind.title, kind.title, kind.group, of, kind.unit, counted, _WHY)
        return estimate(records, figure, draws)

    counted = key(raters[0], "n") if len(raters) == 1 else None
    closer = told(lambda p: _mean_of(kind.sign * (side(p, "machine") - side(p, "rater"))), counted)
    ahead = None
    if len(raters) == 1 and kind.has_ahead:
        ahead = told(lambda p: _mean(p, raters[0], "ahead"), counted)
    return AgainstRater(
        name,
        told(lambda p: _mean_of(side(p, "rater")), counted),
        told(lambda p: _mean_of(side(p, "machine")), counted),
        closer,
        ahead,
        verdict(closer, kind.margin, "a rater" if counted is None else name),
    )


def _mean_of(values: Values) -> Values:
    """Over the raters of whom something is known."""
    known = np.isfinite(values)
    return np.where(known, values, 0.0).sum(axis=0) / np.where(known.any(axis=0), known.sum(axis=0), np.nan)


def verdict(closer: Estimate, margin: float, rater: str) -> str:
    """In plain words; by the 95 % interval, so that being as close is shown at the 2.5 % level, one-sided."""
    if closer.low is None or closer.high is None or closer.patients < _LEAST_PATIENTS:
        return "too few patients to say how close the machine is"
    if closer.low > 0:
        return f"the machine is closer to the others than {rater} is"
    if closer.low > -margin:
        return f"the machine is as close to the others as {rater} is, within {margin:g}"
    if closer.high < 0:
        return f"the machine is further from the others than {rater} is"
    return f"the machine is not shown to be as close to the others as {rater} is, within {margin:g}"
