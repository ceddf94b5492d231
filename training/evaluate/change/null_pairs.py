"""Pairs of unchanged skin: how far their figures move, and how many are called changed."""

from collections.abc import Callable, Sequence

from inference.change.metrics import BURDEN, KINDS
from training.evaluate.change.known import Judged, called_changed
from training.evaluate.goals import Goal, Row
from training.evaluate.statistics import Interval, bootstrap, mean, median

SAME_RIG, OTHER_LIGHT = Goal(most=0.04), Goal(most=0.15)
CALLED = Goal(most=0.05)
#: Burden under which a change in per cent is noise over noise. Ours, as in `training.evaluate.repeat`.
LEAST_BURDEN_UM = 1.0
Groups = Sequence[Sequence[Judged]]


def null_rows(pairs: Sequence[Judged], where: str) -> list[Row]:
    """|change| of burden by light, and pairs called changed, by light and by figure."""
    unchanged = [pair for pair in pairs if pair.look.unchanged]
    rows: list[Row] = []
    for same, text, goal in ((True, "same rig", SAME_RIG), (False, "other light", OTHER_LIGHT)):
        groups = by_group([pair for pair in unchanged if pair.look.same_rig == same])
        moved = over_pairs(groups, _moved, median)
        rows.append(
            Row(f"unchanged skin, {text}: |change of burden|, median", where, moved, goal, "%", "skins")
        )
        alone = over_pairs(groups, _relief_moved, median)
        rows.append(Row("the same, uncorrected", where, alone, None, "%", "skins"))
        called = over_pairs(groups, lambda pair: _called(pair, BURDEN), mean)
        rows.append(
            Row(f"unchanged skin, {text}: burden called changed", where, called, CALLED, "%", "skins")
        )
    return rows + called_rows(unchanged, where, "skins")


def called_rows(pairs: Sequence[Judged], where: str, counted: str) -> list[Row]:
    """Share of pairs of unchanged skin that are called changed, figure by figure; those of unknown error apart."""
    groups = by_group(pairs)
    rows: list[Row] = []
    for kind in KINDS:
        known = over_pairs(groups, lambda pair, name=kind.name: _called(pair, name), mean)
        if known.value is not None:
            share = sum(_called(pair, kind.name) is not None for pair in pairs) / max(len(pairs), 1)
            told = f"{where}, error known in {share:.0%}"
            rows.append(Row(f"{kind.name} called changed", told, known, CALLED, "%", counted))
    return rows


def by_group(pairs: Sequence[Judged]) -> Groups:
    """Pairs of one skin or person together: the units of the bootstrap."""
    groups: dict[str, list[Judged]] = {}
    for pair in pairs:
        groups.setdefault(pair.look.group, []).append(pair)
    return list(groups.values())


def over_pairs(
    groups: Groups,
    figure: Callable[[Judged], float | None],
    statistic: Callable[[Sequence[float]], float | None],
) -> Interval:
    """A statistic of what is known of all pairs, bootstrapped over the groups that hold any."""
    known = [
        values for group in groups if (values := [v for pair in group if (v := figure(pair)) is not None])
    ]
    return bootstrap(known, lambda drawn: statistic([value for values in drawn for value in values]))


def _moved(pair: Judged) -> float | None:
    metric = pair.metrics.get(BURDEN)
    return None if metric is None else _share(pair, metric.before, metric.after)


def _relief_moved(pair: Judged) -> float | None:
    return _share(pair, *pair.look.values.get(BURDEN, (None, None)))


def _share(pair: Judged, before: float | None, after: float | None) -> float | None:
    """|after / before - 1| of the visit that comes first; None where there is next to no scarring, true or seen."""
    if before is None or after is None or min(before, after) < LEAST_BURDEN_UM:
        return None
    if pair.look.true_um is None or min(pair.look.true_um) < LEAST_BURDEN_UM:
        return None
    return abs(after / before - 1)


def _called(pair: Judged, name: str) -> float | None:
    metric = pair.metrics.get(name)
    called = None if metric is None else called_changed(metric)
    return None if called is None else float(called)
