"""The commands that print what the docs say of near-duplicates and ranking."""

from pathlib import Path

import numpy as np
import pytest
from sets import photographs

pytest.importorskip("torch", reason="the training extra is not installed")

from training.evaluate.duplicates import CHANGES, duplicate_lines
from training.evaluate.ranking import Scored, _first_fifth, _partial, _spearman


def test_duplicates_are_counted_by_change(tmp_path: Path) -> None:
    photos = photographs(tmp_path / "photos", ("a", "b", "c"), height=192, width=256)
    lines = list(duplicate_lines(photos))
    table = {name: next(line for line in lines if line.startswith(name)) for name in CHANGES}
    assert table["mirrored"].split()[-4:] == ["0", "0", "0", "100%"]
    assert table["a third of the size"].endswith("100%")
    assert "0 of 3 pairs of files called the same" in lines


def test_what_is_left_beside_the_amount_of_scars() -> None:
    rng = np.random.default_rng(3)
    amount = rng.normal(size=400)
    own = rng.normal(size=400)
    tiles = [
        Scored(float(a + o), {"own": float(a + o / 2), "same": float(a), "probability of scars": float(a)})
        for a, o in zip(amount, own, strict=True)
    ]
    shadow = [
        Scored(t.loss_bits, {**t.figures, "noise": float(n)})
        for t, n in zip(tiles, rng.normal(size=400), strict=True)
    ]
    assert _partial(shadow, "own") == pytest.approx(1, abs=0.1)
    assert _partial(shadow, "noise") == pytest.approx(0, abs=0.15)
    assert _partial(shadow, "probability of scars") is None
    assert _spearman(shadow, "same") == pytest.approx(0.69, abs=0.08)


def test_the_first_fifth_is_set_against_the_mean() -> None:
    tiles = [Scored(float(k), {"figure": float(-k)}) for k in range(10)]
    assert _first_fifth(tiles, "figure") == pytest.approx(0.5 / 4.5)
