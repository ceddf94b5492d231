"""Splits follow the patient, and a leak is refused however it comes about."""

from collections import Counter
from pathlib import Path

import pytest

from data.errors import DatasetError, LeakError
from data.manifest import ManifestRow, Split
from data.splits import SPLITS, assign_splits, check_splits

FRACTIONS: dict[Split, float] = {"train": 0.7, "validation": 0.1, "test": 0.2}


def visits(patients: int, each: int = 3) -> list[ManifestRow]:
    return [
        ManifestRow(photo_id=f"{p}-{v}", patient_id=f"p{p}", image=f"{p}-{v}.jpg")
        for p in range(patients)
        for v in range(each)
    ]


def test_patients_stay_whole_and_fractions_are_met() -> None:
    rows = assign_splits(visits(2000), fractions=FRACTIONS, seed=1)
    check_splits(rows)
    counts = Counter(row.split for row in rows)
    for split in SPLITS:
        assert counts[split] / len(rows) == pytest.approx(FRACTIONS[split], abs=0.03)


def test_new_patients_move_nobody() -> None:
    few = assign_splits(visits(50), fractions=FRACTIONS, seed=1)
    many = assign_splits(visits(80), fractions=FRACTIONS, seed=1)
    assert many[: len(few)] == few
    assert assign_splits(visits(50), fractions=FRACTIONS, seed=2) != few


def test_a_split_of_no_size_stays_empty() -> None:
    rows = assign_splits(visits(200), fractions={"train": 0.5, "validation": 0.0, "test": 0.5}, seed=0)
    assert {row.split for row in rows} == {"train", "test"}


@pytest.mark.parametrize("fractions", [{"train": 0.5}, {"train": 1.5, "test": -0.5}])
def test_refuses_impossible_fractions(fractions: dict[Split, float]) -> None:
    with pytest.raises(DatasetError, match="sum to 1"):
        assign_splits(visits(3), fractions=fractions, seed=0)


def test_refuses_a_patient_in_two_splits() -> None:
    rows = assign_splits(visits(5), fractions={"train": 1.0}, seed=0)
    rows[4] = rows[4].model_copy(update={"split": "test"})
    with pytest.raises(LeakError, match=r"1 cases of one patient.*1-0 of patient p1 in train"):
        check_splits(rows)


def test_refuses_one_picture_under_two_names(tmp_path: Path) -> None:
    train, test = visits(2, each=1)
    rows = [train.model_copy(update={"split": "train"}), test.model_copy(update={"split": "test"})]
    for row, content in zip(rows, (b"one", b"two"), strict=True):
        (tmp_path / row.image).write_bytes(content)
    check_splits(rows, tmp_path)
    (tmp_path / rows[1].image).write_bytes(b"one")
    check_splits(rows)
    with pytest.raises(LeakError, match="picture content"):
        check_splits(rows, tmp_path)
    (tmp_path / rows[1].image).unlink()
    with pytest.raises(DatasetError, match="cannot be opened"):
        check_splits(rows, tmp_path)


def test_rows_without_a_split_do_not_leak() -> None:
    check_splits(visits(3))
