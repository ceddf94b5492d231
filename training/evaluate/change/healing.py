"""Pairs whose scars healed by a known share: direction, percent, and what is said of it."""

from collections.abc import Callable, Sequence

from inference.change.metrics import BURDEN
from training.evaluate.change.known import Judged
from training.evaluate.change.null_pairs import LEAST_BURDEN_UM, by_group, over_pairs
from training.evaluate.goals import Goal, Row
from training.evaluate.statistics import bootstrap, correlation, mean, median, ratio, slope

DIRECTION = Goal(least=0.95)
POINTS_SAME, POINTS_OTHER = Goal(most=6), Goal(most=10)
COVERED = Goal(least=0.95)
F1 = Goal(least=0.9)
#: A true change of this share has a direction that must be found.
CLEAR_CHANGE = 0.20


def healing_rows(pairs: Sequence[Judged], where: str) -> list[Row]:
    """Direction of clear changes, error of percent change by light, and whether the intervals hold the truth."""
    healed = [pair for pair in pairs if not pair.look.unchanged and true_percent(pair) is not None]
    clear = [pair for pair in healed if abs(true_percent(pair) or 0.0) >= 100 * CLEAR_CHANGE]
    rows = [
        Row(
            f"true changes of {CLEAR_CHANGE:.0%} or more: direction found", where,
            over_pairs(by_group(clear), _right_way, mean), DIRECTION, "%", "skins",
        ),
        Row(
            f"true changes of {CLEAR_CHANGE:.0%} or more: called so, beyond error", where,
            over_pairs(by_group(clear), _called_right, mean), None, "%", "skins",
        ),
    ]  # fmt: skip
    for same, text, goal in ((True, "same rig", POINTS_SAME), (False, "other light", POINTS_OTHER)):
        groups = by_group([pair for pair in healed if pair.look.same_rig == same])
        error = over_pairs(groups, percent_error, median)
        rows.append(Row(f"error of percent change, {text}: median, points", where, error, goal, "", "skins"))
        told = [known for group in groups if (known := [both for pair in group if (both := _both(pair))])]
        for name, statistic in (("slope", slope), ("r", correlation)):
            value = bootstrap(told, lambda drawn, of=statistic: _over(of, drawn))
            rows.append(
                Row(f"percent change against the truth, {text}: {name}", where, value, None, "", "skins")
            )
    covered = over_pairs(by_group(healed), _covered, mean)
    rows.append(Row("95 % interval of percent change holds the truth", where, covered, COVERED, "%", "skins"))
    return rows


def _over(
    statistic: Callable[..., float | None], groups: Sequence[Sequence[tuple[float, float]]]
) -> float | None:
    """Of true and measured percent of all pairs; None of none."""
    return statistic(*zip(*(both for group in groups for both in group), strict=True)) if groups else None


def lesion_rows(pairs: Sequence[Judged], where: str) -> list[Row]:
    """Scars of both visits that are matched rightly."""
    rows: list[Row] = []
    for found, text, goal in (
        (True, "scars found at both visits, matched: F1", F1),
        (False, "all true scars, found and matched: F1", None),
    ):
        groups = [[pair.look.matched for pair in group if pair.look.matched] for group in by_group(pairs)]
        value = bootstrap(
            [group for group in groups if group],
            lambda drawn, found=found: ratio(
                2 * sum(one.right for group in drawn for one in group),
                sum(
                    2 * one.right + one.wrong + (one.unlinked if found else one.unlinked + one.unfound)
                    for group in drawn
                    for one in group
                ),
            ),
        )
        rows.append(Row(text, where, value, goal, "", "skins"))
    return rows


def true_percent(pair: Judged) -> float | None:
    """Change of the true burden in per cent; None with next to none at first."""
    true = pair.look.true_um
    if true is None or true[0] < LEAST_BURDEN_UM:
        return None
    return 100 * (true[1] / true[0] - 1)


def _percent(pair: Judged) -> float | None:
    metric = pair.metrics.get(BURDEN)
    return None if metric is None else metric.change_percent


def percent_error(pair: Judged) -> float | None:
    """|measured - true| percent change, points; None where either is unknown."""
    both = _both(pair)
    return None if both is None else abs(both[1] - both[0])


def _both(pair: Judged) -> tuple[float, float] | None:
    true, measured = true_percent(pair), _percent(pair)
    return None if true is None or measured is None else (true, measured)


def _right_way(pair: Judged) -> float | None:
    true, metric = true_percent(pair), pair.metrics.get(BURDEN)
    if true is None or metric is None or metric.change is None:
        return None
    return float(metric.change * true > 0)


def _called_right(pair: Judged) -> float | None:
    true, metric = true_percent(pair), pair.metrics.get(BURDEN)
    if true is None or metric is None or metric.mdc95 is None:
        return None
    return float(metric.verdict == ("improved" if true < 0 else "worse"))


def _covered(pair: Judged) -> float | None:
    true, metric = true_percent(pair), pair.metrics.get(BURDEN)
    if true is None or metric is None or metric.mdc95 is None or metric.percent_low is None:
        return None
    return float(
        metric.percent_low <= true <= (float("inf") if metric.percent_high is None else metric.percent_high)
    )
