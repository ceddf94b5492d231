"""Figures of agreement against other people's programs and against numbers worked out by hand."""

import numpy as np
import pytest
from scipy.stats import pearsonr

from inference.reading.agreement import (
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

#: Shrout & Fleiss 1979, table 2: six targets, four judges; they give ICC(2,1) 0.29 and ICC(3,1) 0.71.
SHROUT_FLEISS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], np.float64
)


def ratings(seed: int, rows: int = 25, columns: int = 3) -> np.ndarray:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 5, (rows, 1))
    return np.clip(truth + rng.integers(-1, 2, (rows, columns)), 0, 5).astype(np.float64)


def test_icc_is_that_of_shrout_and_fleiss() -> None:
    assert icc_2_1(SHROUT_FLEISS) == pytest.approx(0.2898, abs=5e-5)
    assert icc_3_1(SHROUT_FLEISS) == pytest.approx(0.7148, abs=5e-5)


@pytest.mark.parametrize("seed", range(3))
def test_icc_is_that_of_pingouin(seed: int) -> None:
    pingouin = pytest.importorskip("pingouin", reason="the peer of ICC comes with the extra training")
    pandas = pytest.importorskip("pandas")
    table = ratings(seed)
    long = pandas.DataFrame(
        [(row, column, value) for row, line in enumerate(table) for column, value in enumerate(line)],
        columns=["target", "rater", "score"],
    )
    theirs = pingouin.intraclass_corr(long, "target", "rater", "score").set_index("Type")["ICC"]
    names = ("ICC(A,1)", "ICC(C,1)") if "ICC(A,1)" in theirs else ("ICC2", "ICC3")
    assert icc_2_1(table) == pytest.approx(theirs[names[0]], abs=1e-9)
    assert icc_3_1(table) == pytest.approx(theirs[names[1]], abs=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_kappa_is_that_of_scikit_learn(seed: int) -> None:
    metrics = pytest.importorskip("sklearn.metrics", reason="the peer of kappa comes with pingouin")
    table = ratings(seed)
    pairs = [(0, 1), (0, 2), (1, 2)]
    theirs = [metrics.cohen_kappa_score(table[:, a], table[:, b], weights="quadratic") for a, b in pairs]
    assert weighted_kappa(table) == pytest.approx(np.mean(theirs), abs=1e-9)
    assert weighted_kappa(table[:, :2]) == pytest.approx(theirs[0], abs=1e-9)


def test_figures_worked_out_by_hand() -> None:
    table = np.array([[1, 1], [2, 3], [3, 3], [4, 2]], np.float64)
    assert exact_agreement(table) == 0.5
    # mean (a - b)^2 = 5/4; var a = 5/4, var b = 11/16, means 5/2 and 9/4: 5/4 + 11/16 + 1/16 = 2
    assert weighted_kappa(table) == pytest.approx(1 - (5 / 4) / 2)
    ranks = np.array([[1, 1], [2, 3.5], [3, 3.5], [4, 2]])
    assert spearman(table) == pytest.approx(pearsonr(*ranks.T).statistic)
    differences = limits([row[None, :] for row in table])  # 0, -1, 0, 2
    assert differences.mean.value == 0.25
    assert differences.sd == pytest.approx(np.sqrt((0.0625 + 1.5625 + 0.0625 + 3.0625) / 3))
    assert differences.high == pytest.approx(0.25 + 1.96 * differences.sd)


def test_what_cannot_be_known_is_none() -> None:
    same = np.full((5, 2), 3.0)
    for figure in (icc_2_1, icc_3_1, weighted_kappa, spearman):
        assert figure(same) is None
        assert figure(np.empty((0, 2))) is None
        assert figure(SHROUT_FLEISS[:2, :2]) is None
    assert share(0, 0).value is None
    assert bootstrap([], icc_2_1).value is None


def test_intervals_hold_what_they_say() -> None:
    """Wilson's worked out by hand; the bootstrap's of a mean against its own standard error."""
    wilson = share(1, 10)
    centre, half = (0.1 + 1.96**2 / 20) / 1.384146, 1.96 * np.sqrt(0.009 + 1.96**2 / 400) / 1.384146
    assert (wilson.low, wilson.high) == pytest.approx((centre - half, centre + half), abs=1e-3)
    values = np.random.default_rng(5).normal(2, 3, 400)
    mean = bootstrap([np.array([[value]]) for value in values], mean_of)
    error = values.std(ddof=1) / np.sqrt(len(values))
    assert mean.low == pytest.approx(values.mean() - 1.96 * error, abs=0.05)
    assert mean.high == pytest.approx(values.mean() + 1.96 * error, abs=0.05)


def test_pairs_are_drawn_whole() -> None:
    """Two photographs of one pair are no two pairs: rows that go together give no narrower interval."""
    rows = [row[None, :] for row in ratings(1, 30, 2)]
    doubled = [np.concatenate([row, row]) for row in rows]
    once, twice = bootstrap(rows, weighted_kappa), bootstrap(doubled, weighted_kappa)
    assert (twice.value, twice.low, twice.high) == pytest.approx((once.value, once.low, once.high))
