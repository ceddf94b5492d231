"""What a blinded reading shows: how well readers agree with themselves, each other and the model, and what blinds
them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from inference.reading.agreement import (
    Estimate,
    Limits,
    Table,
    bootstrap,
    exact_agreement,
    icc_2_1,
    icc_3_1,
    limits,
    mean_of,
    share,
    spearman,
    weighted_kappa,
)
from inference.reading.answers import Read
from inference.reading.design import Design
from inference.reading.errors import ReadingError
from inference.reading.model import ModelSays
from inference.reading.order import order
from inference.reading.scales import ScaleName

#: Name of the mean of all readers, where figures of single readers stand beside it.
ALL_READERS = "Mean of readers"


@dataclass(frozen=True, slots=True)
class Agreement:
    """Between ratings of the same pairs; n of each figure counts pairs."""

    icc_2_1: Estimate
    icc_3_1: Estimate
    weighted_kappa: Estimate
    exact: Estimate


@dataclass(frozen=True, slots=True)
class WithModel:
    """A reader, or the mean of all, against the model.

    weighted_kappa, difference: of the published class, or the grade of a photograph; difference is reader less model.
    spearman: improvement in steps against the fall of the scar burden in percent.
    """

    reader: str
    weighted_kappa: Estimate
    difference: Limits
    spearman: Estimate


@dataclass(frozen=True, slots=True)
class ReaderFigures:
    """One reader.

    done, total: trials. not_judged: of those done. seconds: median for a pair. intra: first against second showing.
    nulls: share of nulls that were called changed. side: mean of the steps by which the right side was called
    better; 0 without a bias. later_better, no_change, earlier_better: pairs of change at their first showing.
    """

    reader: str
    done: int
    total: int
    not_judged: int
    changed: int
    seconds: float | None
    intra: Agreement
    nulls: Estimate
    side: Estimate
    later_better: int
    no_change: int
    earlier_better: int


@dataclass(frozen=True, slots=True)
class Analysis:
    """All of it. pairs, repeated, nulls: of the design. inter: None with one reader. model: None where it was not
    asked; model_pairs: pairs of change that the model knows."""

    title: str
    scale: ScaleName
    key: str
    pairs: int
    repeated: int
    nulls: int
    readers: tuple[ReaderFigures, ...]
    inter: Agreement | None
    all_nulls: Estimate
    all_sides: Estimate
    model: tuple[WithModel, ...] | None
    model_pairs: int


def analyse(design: Design, reads: Sequence[Read], model: Mapping[str, ModelSays] | None = None) -> Analysis:
    """Analyse all answers of a design. Raises ReadingError where there is none."""
    readers = sorted({read.reader for read in reads}, key=str.casefold)
    if not readers:
        raise ReadingError("Nobody has answered anything in this reading yet.")
    by_reader = {name: [read for read in reads if read.reader == name] for name in readers}
    changes = [pair for pair in design.pairs if pair.kind == "change"]
    return Analysis(
        title=design.title,
        scale=design.scale,
        key=design.key,
        pairs=len(changes),
        repeated=len(design.repeated),
        nulls=len(design.pairs) - len(changes),
        readers=tuple(_reader(design, name, own) for name, own in by_reader.items()),
        inter=_inter(by_reader),
        all_nulls=_nulls(reads),
        all_sides=_sides(reads),
        model=None if model is None else tuple(_with_model(by_reader, model)),
        model_pairs=0 if model is None else len(model),
    )


def _reader(design: Design, name: str, reads: Sequence[Read]) -> ReaderFigures:
    seconds = [read.seconds for read in reads if read.seconds is not None]
    steps = [read.improvement for read in _first(reads) if read.improvement is not None]
    return ReaderFigures(
        reader=name,
        done=len(reads),
        total=len(order(design, name)),
        not_judged=sum(not read.judged for read in reads),
        changed=sum(read.changed > 0 for read in reads),
        seconds=float(np.median(seconds)) if seconds else None,
        intra=_agreement(_repeats(reads)),
        nulls=_nulls(reads),
        side=_sides(reads),
        later_better=sum(step > 0 for step in steps),
        no_change=sum(step == 0 for step in steps),
        earlier_better=sum(step < 0 for step in steps),
    )


def _agreement(blocks: Sequence[Table]) -> Agreement:
    figures = (icc_2_1, icc_3_1, weighted_kappa, exact_agreement)
    return Agreement(*(bootstrap(blocks, figure) for figure in figures))


def _first(reads: Iterable[Read]) -> list[Read]:
    """Pairs of change at their first showing, where they could be judged."""
    return [read for read in reads if read.kind == "change" and read.showing == 1 and read.judged]


def _repeats(reads: Sequence[Read]) -> list[Table]:
    """By repeated pair, (1, 2) or of both photographs (2, 2): first and second showing."""
    first = {read.pair: read.values for read in reads if read.showing == 1}
    return [
        _block(first[read.pair], read.values)
        for read in reads
        if read.showing == 2 and first.get(read.pair) and read.values
    ]


def _inter(by_reader: Mapping[str, Sequence[Read]]) -> Agreement | None:
    """Of pairs of change that all readers have judged, at their first showing."""
    if len(by_reader) < 2:
        return None
    values = [{read.pair: read.values for read in _first(reads)} for reads in by_reader.values()]
    return _agreement([_block(*(one[pair] for one in values)) for pair in _common(values)])


def _common(by_pair: Sequence[Mapping[str, object]]) -> list[str]:
    """Pairs that are in all of them."""
    return sorted(pair for pair in by_pair[0] if all(pair in other for other in by_pair))


def _block(*columns: Sequence[float]) -> Table:
    """(m, k): m values of one pair, from each of k ratings."""
    return np.array(columns, np.float64).T


def _nulls(reads: Iterable[Read]) -> Estimate:
    nulls = [read for read in reads if read.kind != "change" and read.judged]
    return share(sum(read.difference != 0 for read in nulls), len(nulls))


def _sides(reads: Iterable[Read]) -> Estimate:
    """Over all trials: sides were drawn by chance, so that true change does not tell on them."""
    by_pair: dict[str, list[float]] = {}
    for read in reads:
        if read.difference is not None:
            by_pair.setdefault(read.pair, []).append(read.difference)
    return bootstrap([np.array(steps, np.float64)[:, None] for steps in by_pair.values()], mean_of)


def _with_model(
    by_reader: Mapping[str, Sequence[Read]], model: Mapping[str, ModelSays]
) -> Iterable[WithModel]:
    """Each reader, then the mean of all on the pairs that all have judged."""
    firsts = {name: {read.pair: read for read in _first(reads)} for name, reads in by_reader.items()}
    for name, own in firsts.items():
        values = {pair: read.values for pair, read in own.items()}
        yield _one_with_model(name, values, {pair: float(_steps(read)) for pair, read in own.items()}, model)
    if len(firsts) > 1:
        reads = {pair: [own[pair] for own in firsts.values()] for pair in _common(list(firsts.values()))}
        means = {
            pair: tuple(float(mean) for mean in np.mean([read.values for read in all_], axis=0))
            for pair, all_ in reads.items()
        }
        steps = {pair: float(np.mean([_steps(read) for read in all_])) for pair, all_ in reads.items()}
        yield _one_with_model(ALL_READERS, means, steps, model)


def _steps(read: Read) -> int:
    return read.improvement or 0


def _one_with_model(
    name: str,
    values: Mapping[str, Sequence[float]],
    steps: Mapping[str, float],
    model: Mapping[str, ModelSays],
) -> WithModel:
    classed = [
        _block(values[pair], model[pair].values)
        for pair in sorted(values)
        if pair in model and model[pair].values
    ]
    percent = {pair: says.percent_less for pair, says in model.items()}
    ranked = [
        np.array([[steps[pair], less]], np.float64)
        for pair in sorted(steps)
        if (less := percent.get(pair)) is not None
    ]
    return WithModel(name, bootstrap(classed, weighted_kappa), limits(classed), bootstrap(ranked, spearman))


#: For the report: the figures of `Agreement` by their names.
FIGURES: tuple[tuple[str, Callable[[Agreement], Estimate]], ...] = (
    ("ICC(2,1)", lambda one: one.icc_2_1),
    ("ICC(3,1)", lambda one: one.icc_3_1),
    ("Weighted kappa", lambda one: one.weighted_kappa),
    ("Same class", lambda one: one.exact),
)
