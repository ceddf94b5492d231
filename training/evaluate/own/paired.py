"""Two bundles on the same photographs: difference, its interval, and a permutation test, all by patient."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from training.evaluate.own.sums import (
    Estimate,
    Figure,
    Record,
    Rows,
    Values,
    calculated,
    chunks,
    interval,
    resampled,
    rows_of,
)

#: With so many patients or fewer all ways of exchanging the bundles are tried, otherwise so many at random.
_ALL_UP_TO, _AT_RANDOM = 12, 9_999
#: A result as far away but for rounding counts as as far away.
_ROUNDING = 1e-12
SIGNIFICANT = 0.05

Verdict = Literal["better", "worse", "not shown"]


@dataclass(frozen=True, slots=True)
class Tested:
    """One figure of the bundle less that of the other. p: two-sided, of the permutation test; p_holm: corrected for all
    tests that were made (Holm, Scand J Stat 1979;6:65), and what the verdict rests on."""

    figure: str
    title: str
    higher_is_better: bool
    new: float | None
    old: float | None
    difference: Estimate
    p: float | None
    p_holm: float | None = None
    verdict: Verdict = "not shown"

    @property
    def sentence(self) -> str:
        """The finding in plain words."""
        by = self.difference
        if by.value is None:
            return f"{self.title}: cannot be compared, as {by.why}."
        size = f"{_signed(by.value)} ({_signed(by.low)} to {_signed(by.high)})"
        if self.verdict == "not shown":
            return f"{self.title}: a difference is not shown, {size}."
        return f"{self.title}: {self.verdict}, {size}."


def difference(
    new: Sequence[Record], old: Sequence[Record], figure: Figure, draws: int, higher_is_better: bool
) -> Tested:
    """On the photographs of which both know the figure."""
    rows, others = shared(rows_of(new, figure.group), rows_of(old, figure.group))
    if not len(rows.photos):
        nothing = Estimate(None, unit=figure.unit, why=figure.why)
        return Tested(figure.name, figure.title, higher_is_better, None, None, nothing, None)
    values = [_finite(calculated(figure, one.parts(one.photos.sum(axis=0)))) for one in (rows, others)]
    count = len(rows.by_patient)
    apart = None if values[0] is None or values[1] is None else values[0] - values[1]
    low, high, p = None, None, None
    if apart is not None and count > 1:
        sums = resampled([rows.by_patient, others.by_patient], draws)
        one, other = (calculated(figure, rows.parts(side)) for side in sums)
        low, high = interval(one - other)
        p = exchanged_p(rows, others, figure)
    why = None if apart is not None else figure.why
    found = Estimate(apart, low, high, len(rows.photos), count, figure.unit, why)
    return Tested(figure.name, figure.title, higher_is_better, values[0], values[1], found, p)


def corrected(tests: Sequence[Tested]) -> list[Tested]:
    """The tests with Holm's p and their verdicts."""
    import pingouin

    known = [k for k, one in enumerate(tests) if one.p is not None]
    p_holm: dict[int, float] = {}
    if known:
        _, adjusted = pingouin.multicomp([tests[k].p for k in known], alpha=SIGNIFICANT, method="holm")
        p_holm = {k: float(p) for k, p in zip(known, adjusted, strict=True)}
    return [
        replace(one, p_holm=p_holm.get(k), verdict=_verdict(one, p_holm.get(k)))
        for k, one in enumerate(tests)
    ]


def _verdict(one: Tested, p_holm: float | None) -> Verdict:
    if p_holm is None or p_holm >= SIGNIFICANT or not one.difference.value:
        return "not shown"
    return "better" if (one.difference.value > 0) == one.higher_is_better else "worse"


def exchanged_p(new: Rows, old: Rows, figure: Figure) -> float:
    """How often the difference is as far from 0 when the bundles are exchanged within patients by chance.

    Exact with up to 12 patients; else of 9,999 random exchanges and the one that was seen (Phipson & Smyth, Stat Appl
    Genet Mol Biol 2010;9:39). For a mean this is the sign-flip test (Fisher 1935); for F1 and Dice, which are no
    means, exchanging whole patients is what keeps it valid (Yeh, COLING 2000: approximate randomization).
    """
    count = len(new.by_patient)
    seen = abs(_apart(new, old, figure, np.zeros((1, count)))[0])
    far, tried = 0, 0
    for flips in _exchanges(count):
        drawn = np.abs(_apart(new, old, figure, flips))
        far += int(
            (~(drawn < seen - _ROUNDING)).sum()
        )  # one that cannot be known speaks against a difference
        tried += len(flips)
    return far / tried if count <= _ALL_UP_TO else (far + 1) / (tried + 1)


def _exchanges(count: int) -> Iterator[Values]:
    """(k, count) 1 where a patient's bundles are exchanged: all ways, or many at random, in parts."""
    if count <= _ALL_UP_TO:
        yield ((np.arange(2**count)[:, np.newaxis] >> np.arange(count)) & 1).astype(np.float64)
        return
    rng = np.random.default_rng(0)
    for part in chunks(_AT_RANDOM, count):
        yield rng.integers(0, 2, (part, count)).astype(np.float64)


def _apart(new: Rows, old: Rows, figure: Figure, flips: Values) -> Values:
    """(k,) differences with the patients exchanged for which `flips` (k, p) is 1."""
    moved = flips @ (old.by_patient - new.by_patient)
    one, other = new.by_patient.sum(axis=0) + moved, old.by_patient.sum(axis=0) - moved
    return calculated(figure, new.parts(one)) - calculated(figure, old.parts(other))


def shared(one: Rows, other: Rows) -> tuple[Rows, Rows]:
    """Both on the photographs that both have, with the same parts in the same order."""
    names = tuple(dict.fromkeys((*one.names, *other.names)))
    both = [photo for photo in one.photo_ids if photo in set(other.photo_ids)]
    kept = [_arranged(rows, names, both) for rows in (one, other)]
    numbers = {number: k for k, number in enumerate(dict.fromkeys(kept[0][1].tolist()))}
    patient = np.array([numbers[number] for number in kept[0][1].tolist()], np.intp)
    return Rows(names, tuple(both), kept[0][0], patient), Rows(names, tuple(both), kept[1][0], patient)


def _arranged(rows: Rows, names: Sequence[str], photos: Sequence[str]) -> tuple[Values, NDArray[np.intp]]:
    place = {photo: k for k, photo in enumerate(rows.photo_ids)}
    chosen = np.array([place[photo] for photo in photos], np.intp)
    values = np.zeros((len(photos), len(names)))
    for k, name in enumerate(names):
        if name in rows.names:
            values[:, k] = rows.photos[chosen, rows.names.index(name)]
    return values, rows.patient[chosen]


def _signed(value: float | None) -> str:
    return "–" if value is None else f"{value:+.2g}".replace("-", "−")


def _finite(value: Values) -> float | None:
    return float(value) if np.isfinite(value) else None
