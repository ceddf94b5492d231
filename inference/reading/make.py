"""Series of photographs -> a design: its pairs, which of them are repeated, and nulls among them."""

import random
from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise

from pydantic import ValidationError

from inference.reading.design import Asked, Design, Framing, Pair, Pairing, PairKind, Shot
from inference.reading.errors import DesignError
from inference.reading.order import shuffled
from inference.reading.sources import ReadSeries

#: A photograph taken once more from itself: 1 to 3 degrees turned, 4 to 8 % nearer, moved by up to 1.5 % of its
#: sides.
_TURN_DEG, _ZOOM, _SHIFT = (1.0, 3.0), (1.04, 1.08), 0.015


def make_design(series: Sequence[ReadSeries], asked: Asked, root: str = ".") -> Design:
    """A design of all pairs of these series, the same for the same input. root: as `Design.root`.

    Nulls are two photographs of one visit as long as there are such, then one photograph twice, taken once more from
    itself. Raises DesignError.
    """
    chance = random.Random(f"{asked.seed}")
    change = [pair for one in series for pair in _changes(one, asked.pairing)]
    if not change:
        raise DesignError("There is no pair to be read: a view needs photographs of two visits that count.")
    empty = [*shuffled(_same_visit(series), chance), *_same_photograph(change, chance)]
    pairs = _numbered([*change, *empty[: _share(asked.nulls, len(change))]])
    again = shuffled(pairs[: len(change)], chance)[: _share(asked.repeats, len(change))]
    try:
        return Design(
            title=asked.title,
            scale=asked.scale,
            seed=asked.seed,
            readers=asked.readers,
            root=root,
            pairs=tuple(pairs),
            repeated=tuple(sorted(pair.id for pair in again)),
        )
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise DesignError(f"This makes no design: {problems}") from error


def _changes(series: ReadSeries, pairing: Pairing) -> Iterator[Pair]:
    visits = series.visits
    match pairing:
        case "last":
            chosen = [(visits[0], visits[-1])] if len(visits) > 1 else []
        case "every":
            chosen = [(visits[0], later) for later in visits[1:]]
        case "next":
            chosen = list(pairwise(visits))
    for first, second in chosen:
        yield _pair("change", series.subject, second.days - first.days, first.shots[0], second.shots[0])


def _same_visit(series: Sequence[ReadSeries]) -> list[Pair]:
    return [
        _pair("same visit", one.subject, 0, first, second)
        for one in series
        for visit in one.visits
        for first, second in combinations(visit.shots, 2)
    ]


def _same_photograph(change: Sequence[Pair], chance: random.Random) -> list[Pair]:
    """One of each pair of change, half of them earlier and half of them later ones, in random order."""
    nulls: list[Pair] = []
    for k, pair in enumerate(shuffled(change, chance)):
        shot = (pair.first, pair.second)[k % 2]
        again = shot.model_copy(update={"framing": _framing(chance)})
        nulls.append(_pair("same photograph", pair.subject, 0, shot, again))
    return nulls


def _pair(kind: PairKind, subject: str, days: int, first: Shot, second: Shot) -> Pair:
    """Still without its own id."""
    return Pair(id="0", kind=kind, subject=subject, days=days, first=first, second=second)


def _framing(chance: random.Random) -> Framing:
    def between(low: float, high: float) -> float:
        return round(low + (high - low) * chance.random(), 4)

    way = 1 if chance.random() < 0.5 else -1
    return Framing(
        turn_deg=way * between(*_TURN_DEG),
        zoom=between(*_ZOOM),
        shift_x=between(-_SHIFT, _SHIFT),
        shift_y=between(-_SHIFT, _SHIFT),
    )


def _numbered(pairs: Sequence[Pair]) -> list[Pair]:
    width = len(str(len(pairs)))
    return [pair.model_copy(update={"id": f"pair-{k:0{width}d}"}) for k, pair in enumerate(pairs, start=1)]


def _share(share: float, count: int) -> int:
    return max(1, round(share * count)) if share > 0 else 0
