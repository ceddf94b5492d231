"""Figures of change against arithmetic."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="the training extra is not installed")

from test_calibrate_pairs import looks

from inference.change.metrics import BURDEN
from inference.network.repeatability import RepeatError
from training.calibrate.pair_looks import PairLook, smile_pairs
from training.evaluate.change.healing import healing_rows, lesion_rows
from training.evaluate.change.known import Known, judged, judged_across
from training.evaluate.change.london import icc_2_1, limits_of_agreement, london_rows
from training.evaluate.change.matched import MatchedScars
from training.evaluate.change.null_pairs import called_rows, null_rows
from training.evaluate.change.table import refusal_row
from training.evaluate.goals import Row

#: mdc95 of 2 um, whatever the pair.
PLAIN = {BURDEN: RepeatError(intercept=math.log(2 / (1.96 * math.sqrt(2))), floor=None, conditions={})}


def pair(
    before: float, after: float, group: str, true: tuple[float, float] | None = (10.0, 10.0)
) -> PairLook:
    look = looks(1, 0)[0]
    return replace(
        look,
        group=group,
        unchanged=true is None or true[0] == true[1],
        same_rig=True,
        true_um=true,
        relief_um=(before, after),
        values={BURDEN: (before, after)},
    )


def value(rows: list[Row], start: str) -> float | None:
    row = next(row for row in rows if row.figure.startswith(start))
    return None if row.value is None else row.value.value


def test_unchanged_pairs_by_hand() -> None:
    pairs = [judged(pair(10, after, str(k)), Known(None, PLAIN)) for k, after in enumerate((10, 11, 13, 9.5))]
    rows = null_rows(pairs, "drawn")
    assert value(rows, "unchanged skin, same rig: |change of burden|") == pytest.approx(0.075)
    assert value(rows, "unchanged skin, same rig: burden called changed") == pytest.approx(0.25)
    assert value(rows, "unchanged skin, other light") is None
    assert value(called_rows(pairs, "drawn", "skins"), "scars.burden_um called changed") == pytest.approx(
        0.25
    )


def test_healed_pairs_by_hand() -> None:
    """True change -50 %: measured -40, -60, and once the wrong way."""
    known = Known(None, PLAIN)
    pairs = [judged(pair(10, after, str(k), (20, 10)), known) for k, after in enumerate((6, 4, 10.5))]
    rows = healing_rows(pairs, "drawn")
    assert value(rows, "true changes of 20% or more: direction") == pytest.approx(2 / 3)
    assert value(rows, "true changes of 20% or more: called") == pytest.approx(2 / 3)
    assert value(rows, "error of percent change, same rig") == pytest.approx(10)
    assert value(rows, "95 % interval") == pytest.approx(2 / 3)


def test_matched_scars_by_hand() -> None:
    known = replace(pair(10, 10, "a"), matched=MatchedScars(right=8, wrong=1, unlinked=1, unfound=4))
    rows = lesion_rows([judged(known, Known(None, {}))], "drawn")
    assert value(rows, "scars found at both visits") == pytest.approx(16 / 18)
    assert value(rows, "all true scars") == pytest.approx(16 / 22)


def test_pairs_judged_across_never_teach_themselves() -> None:
    known = looks(160, 3)
    found = judged_across(known, "rendered")
    assert {id(one.look) for one in found} == {id(look) for look in known}
    called = [
        abs(m.change or 0) > m.mdc95
        for one in found
        if one.look.unchanged and (m := one.metrics[BURDEN]).mdc95
    ]
    assert len(called) == 80
    assert np.mean(called) < 0.13
    people = [
        replace(look, group=f"p{k}", source="faces") for k, look in enumerate(looks(12, 4)) if look.unchanged
    ]
    alone = judged_across([*known, *people], "faces")
    assert [one.look.group for one in alone] == [one.group for one in people]
    assert all(one.error.repeatability[BURDEN].pairs in (84, 85) for one in alone)


def test_agreement_by_hand() -> None:
    pytest.importorskip("pingouin", reason="the training extra is not installed")
    both = np.array([[9, 10], [6, 5], [8, 8], [7, 9], [10, 9], [6, 7]], float)
    # Shrout & Fleiss by their mean squares.
    people, visits, grand = both.mean(1), both.mean(0), both.mean()
    bms = 2 * ((people - grand) ** 2).sum() / 5
    jms = 6 * ((visits - grand) ** 2).sum()
    ems = ((both - people[:, None] - visits + grand) ** 2).sum() / 5
    expected = (bms - ems) / (bms + ems + 2 * (jms - ems) / 6)
    found = icc_2_1(both)
    assert found.value == pytest.approx(expected, abs=1e-3)
    assert found.low is not None
    assert found.low < expected
    assert icc_2_1(np.ones((6, 2))).value is None
    bias, low, high = limits_of_agreement(both)
    assert bias == pytest.approx(1 / 3)
    assert high - low == pytest.approx(2 * 1.96 * np.std(both[:, 1] - both[:, 0], ddof=1))


def test_people_have_rows_for_what_is_known_of_them() -> None:
    pytest.importorskip("pingouin", reason="the training extra is not installed")
    people = [
        replace(pair(10 + k, 10.5 + k, f"person {k}", None), source="faces", same_rig=False) for k in range(8)
    ]
    rows = london_rows([judged(one, Known(None, PLAIN)) for one in people], "people")
    assert value(rows, "scars.burden_um called changed") == 0
    assert value(rows, "scars.burden_um: within-subject CV") == pytest.approx(0.027, abs=0.01)
    assert value(rows, "scars.burden_um: ICC(2,1)") == pytest.approx(0.98, abs=0.03)
    assert value(rows, "scars.burden_um: bias") == pytest.approx(0.5)
    assert not any("roughness" in row.figure for row in rows)


def test_refusals_are_told_by_reason() -> None:
    row = refusal_row(looks(3, 0), [])
    assert (row.where, row.value and row.value.value) == ("none", 0)


def test_people_are_kept_apart(tmp_path: Path) -> None:
    for visit in ("neutral", "smiling"):
        (tmp_path / "london" / visit).mkdir(parents=True)
        for person in range(1, 11):
            (tmp_path / "london" / visit / f"{person:03d}_x.jpg").touch()
    (tmp_path / "london" / "smiling" / "010_x.jpg").unlink()
    held, others, all_of_them = (smile_pairs(tmp_path, which) for which in (True, False, None))
    assert (len(held), len(others), len(all_of_them)) == (1, 8, 9)
    assert held[0][0].name == "005_x.jpg"
