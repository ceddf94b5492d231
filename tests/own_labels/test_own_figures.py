"""Figures from sums, against other people's code and against arithmetic on paper."""

import numpy as np
import pandas as pd
import pytest

pingouin = pytest.importorskip("pingouin", reason="the training extra is not installed")

from sklearn.metrics import cohen_kappa_score  # noqa: E402

from training.evaluate.own import figures  # noqa: E402
from training.evaluate.own.curves import froc_of, reliability_of  # noqa: E402
from training.evaluate.own.held import averaged, binned, moments  # noqa: E402
from training.evaluate.own.paired import corrected, difference, exchanged_p  # noqa: E402
from training.evaluate.own.results import groups_of, of_bundle  # noqa: E402
from training.evaluate.own.sums import Figure, Record, estimate, resampled, rows_of, value_of  # noqa: E402

F1 = Figure("F1", "F1", "lesions", figures.f1)
MEAN = Figure("mean", "mean", "values", figures.mean_of("x"))


def lesions(photo: int, patient: int, found: float, missed: float, false: float) -> Record:
    sums = {"n": 1.0, "found": found, "missed": missed, "false": false}
    return Record(f"photo {photo}", f"patient {patient}", {"lesions": sums})


def values(of: dict[int, list[float]]) -> list[Record]:
    """One value a photograph, by patient."""
    return [
        Record(f"{patient}-{k}", str(patient), {"values": {"n": 1.0, "x": x}})
        for patient, own in of.items()
        for k, x in enumerate(own)
    ]


def graded(pairs: np.ndarray) -> list[Record]:
    return [
        Record(str(k), str(k), {"grade, s": moments(float(a), float(b))}) for k, (a, b) in enumerate(pairs)
    ]


def value(figure: Figure, records: list[Record]) -> float | None:
    return value_of(rows_of(records, figure.group), figure)


def test_counts_of_all_photographs_are_pooled() -> None:
    records = [lesions(0, 0, 3, 1, 0), lesions(1, 0, 0, 0, 4), lesions(2, 1, 1, 1, 0)]
    found = estimate(records, F1, 200)
    assert found.value == pytest.approx(2 * 4 / (2 * 4 + 2 + 4))
    assert (found.photographs, found.patients) == (3, 2)
    # only the first patient, both, or only the second
    assert found.low == pytest.approx(6 / 11)
    assert found.high == pytest.approx(2 / 3)


def test_patients_are_drawn_and_not_photographs() -> None:
    """Nine alike photographs of one patient tell no more than one of them."""
    once, often = values({0: [0.0], 1: [1.0], 2: [1.0]}), values({0: [0.0], 1: [1.0] * 9, 2: [1.0] * 9})
    assert estimate(once, MEAN, 2000).low == estimate(often, MEAN, 2000).low == 0.0
    sure = values({k: [float(k % 2)] for k in range(40)})
    assert estimate(sure, MEAN, 2000).low == pytest.approx(0.5 - 1.96 * 0.5 / np.sqrt(40), abs=0.02)


def test_what_cannot_be_known_is_none_and_says_why() -> None:
    assert estimate([], F1, 100).value is None
    nothing = estimate([lesions(0, 0, 0, 0, 0)], F1, 100)
    assert (nothing.value, nothing.low) == (None, None)
    assert nothing.why == F1.why
    alone = estimate([lesions(0, 0, 1, 1, 0)], F1, 100)
    assert alone.value is not None
    assert (alone.low, alone.why) == (None, "one patient gives no interval")


def test_chunks_of_draws_are_one_bootstrap(monkeypatch: pytest.MonkeyPatch) -> None:
    table = np.arange(12.0).reshape(6, 2)
    whole = resampled([table], 50)[0]
    monkeypatch.setattr("training.evaluate.own.sums._MOST_CELLS", 6 * 7)
    assert np.array_equal(whole, resampled([table], 50)[0])


def test_kappa_is_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(3)
    pairs = rng.integers(0, 5, (40, 2))
    kappa = next(one for one in figures.grade_figures("s") if "kappa" in one.name)
    expected = cohen_kappa_score(pairs[:, 0], pairs[:, 1], weights="quadratic")
    assert value(kappa, graded(pairs)) == pytest.approx(expected)


def test_icc_is_that_of_pingouin() -> None:
    rng = np.random.default_rng(4)
    truth = rng.normal(20, 6, 30)
    pairs = np.stack([truth + rng.normal(2, 3, 30), truth + rng.normal(0, 3, 30)], axis=1)
    table = pd.DataFrame(
        {"photo": np.repeat(np.arange(30), 2), "rater": np.tile([0, 1], 30), "grade": pairs.ravel()}
    )
    known = pingouin.intraclass_corr(table, targets="photo", raters="rater", ratings="grade")
    expected = known[known["Type"].isin(["ICC2", "ICC(A,1)"])].iloc[0]["ICC"]
    icc = next(one for one in figures.grade_figures("s") if "ICC" in one.name)
    assert value(icc, graded(pairs)) == pytest.approx(float(expected), abs=1e-6)
    assert value(icc, graded(pairs[:2])) is None


def test_limits_of_agreement_are_bland_and_altmans() -> None:
    differences = np.array([2.0, -1.0, 0.0, 3.0])
    records = [
        Record(
            str(k), str(k), {"count, all": {"n": 1, "difference": d, "squared": d * d, "absolute": abs(d)}}
        )
        for k, d in enumerate(differences)
    ]
    bias, lower, upper, error = [
        value(one, records) for one in figures.count_figures() if one.group == "count, all"
    ]
    assert (bias, error) == (1.0, 1.5)
    assert (lower, upper) == pytest.approx(
        [1.0 - 1.96 * differences.std(ddof=1), 1.0 + 1.96 * differences.std(ddof=1)]
    )


def test_calibration_error_weighs_bins_by_what_they_hold() -> None:
    said, true = np.array([0.95, 0.95, 0.95, 0.15, 1.0]), np.array([True, True, False, False, True])
    record = Record("a", "a", {"pixels": binned(said, true)})
    error = next(one for one in figures.calibration_figures() if one.group == "pixels")
    # four in the last bin say 3.85 and 3 come true; one says 0.15 and does not
    assert value(error, [record]) == pytest.approx((0.85 + 0.15) / 5)
    assert [(one.said, one.true, one.n) for one in reliability_of([record], "pixels")] == [
        (pytest.approx(0.15), 0.0, 1.0),
        (pytest.approx(3.85 / 4), 0.75, 4.0),
    ]


def test_froc_takes_the_best_threshold_that_is_allowed() -> None:
    """Ten scars on two photographs; sure marks find 4 with 1 false mark, all marks find 7 with 9."""
    levels = range(len(figures.LEVELS))
    sums = {"n": 2.0, "scars": 10.0, "area_cm2": 30.0}
    sums |= {f"found {k}": 4.0 if figures.LEVELS[k] > 0.5 else 7.0 for k in levels}
    sums |= {f"false {k}": 1.0 if figures.LEVELS[k] > 0.5 else 9.0 for k in levels}
    froc = froc_of([Record("a", "a", {"froc": sums})], 100)
    assert froc is not None
    at = {most: found.value for most, found in froc.at.items()}
    assert at == {0.5: 0.4, 1.0: 0.4, 2.0: 0.4, 4.0: 0.4, 8.0: 0.7}
    assert froc.at_cm2[0.05].value == 0.4  # at most 1.5 false marks on 30 cm2
    assert froc.at_cm2[0.5].value == 0.7
    assert froc.points[-1] == (0.0, 4.5, 0.3, 0.7)


def test_raters_weigh_together_as_one() -> None:
    one = {"lesions": {"found": 4.0, "missed": 2.0}, "froc": {"n": 1.0}}
    other = {"lesions": {"found": 2.0, "false": 2.0}}
    assert averaged([one, other]) == {
        "lesions": {"found": 3.0, "missed": 1.0, "false": 1.0},
        "froc": {"n": 1.0},
    }


def test_groups_know_their_size() -> None:
    from training.evaluate.own.results import PhotoFacts

    records = [lesions(k, k, 1, k % 2, 0) for k in range(6)]
    facts = [
        PhotoFacts(
            f"photo {k}", f"patient {k}", "A" if k else "B", "tan", 20.0, 0.1, "given", True, *([None] * 6)
        )
        for k in range(6)
    ]
    groups = {(one.kind, one.name): one for one in groups_of(records, facts, 100)}
    assert groups["device", "B"].is_small
    assert not groups["device", "A"].is_small
    assert groups["skin tone", "tan"].figures["lesions, F1"].estimate.value == pytest.approx(12 / 15)
    assert groups["device", "B"].figures["lesions, F1"].estimate.value == 1.0


def test_a_type_that_nobody_marks_is_no_agreement() -> None:
    zero = {"n": 1.0, "machine": 0, "label": 0, "difference": 0, "squared": 0, "absolute": 0}
    told = of_bundle([Record("a", "a", {"count, raised": zero})], 100).figures["count, raised, bias"].estimate
    assert (told.value, told.why) == (None, "no such scar is labelled or marked")


# Two bundles


def test_p_of_a_mean_is_that_of_all_sign_flips() -> None:
    new = {k: [x] for k, x in enumerate([0.9, 0.7, 0.8, 0.4, 0.9, 0.6])}
    old = {k: [x] for k, x in enumerate([0.5, 0.6, 0.4, 0.5, 0.7, 0.3])}
    differences = np.array([new[k][0] - old[k][0] for k in range(6)])
    signs = 1 - 2 * ((np.arange(64)[:, None] >> np.arange(6)) & 1)
    expected = (np.abs(signs @ differences) >= abs(differences.sum()) - 1e-9).mean()
    assert 0 < expected < 0.2
    found = exchanged_p(rows_of(values(new), "values"), rows_of(values(old), "values"), MEAN)
    assert found == pytest.approx(expected)


def test_p_at_random_comes_close_to_the_exact_one(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    new, old = (
        [lesions(k, k // 2, *rng.integers(0, high, 3)) for k in range(20)] for high in ((9, 3, 3), (6, 5, 5))
    )
    rows = rows_of(new, "lesions"), rows_of(old, "lesions")
    exact = exchanged_p(*rows, F1)
    monkeypatch.setattr("training.evaluate.own.paired._ALL_UP_TO", 5)
    assert exchanged_p(*rows, F1) == pytest.approx(exact, abs=0.02)


def test_alike_bundles_differ_in_nothing() -> None:
    records = [lesions(k, k, 3, 1, k) for k in range(8)]
    found = difference(records, records, F1, 200, higher_is_better=True)
    assert (found.difference.value, found.difference.low, found.difference.high, found.p) == (0, 0, 0, 1)
    assert corrected([found])[0].verdict == "not shown"


def test_better_and_worse_are_said_after_holm() -> None:
    """Seven patients who all agree give 2 / 2^7 at the least, three times that after Holm for the smallest of three."""
    good = [lesions(k, k, 9, 1, 1) for k in range(7)]
    bad = [lesions(k, k, 5, 5, 5) for k in range(7)]
    tests = corrected(
        [
            difference(good, bad, F1, 200, higher_is_better=True),
            difference(bad, good, F1, 200, higher_is_better=True),
            difference(good, good, F1, 200, higher_is_better=True),
        ]
    )
    assert [one.p for one in tests] == [2 / 128, 2 / 128, 1.0]
    assert [one.p_holm for one in tests] == pytest.approx([6 / 128, 6 / 128, 1.0])
    assert [one.verdict for one in tests] == ["better", "worse", "not shown"]
    assert "better, +0.4" in tests[0].sentence


def test_only_shared_photographs_are_compared() -> None:
    new = [lesions(k, k, 1, 0, 0) for k in range(5)]
    old = [*reversed(new[:3]), lesions(9, 9, 0, 5, 5)]
    found = difference(new, old, F1, 100, higher_is_better=True)
    assert (found.difference.photographs, found.new, found.old) == (3, 1.0, 1.0)
