"""The example pairs: from the manifest, and absent without fuss."""

from pathlib import Path

import numpy as np
from PIL import Image

from inference.web.samples import sample_pairs
from inference.web.thumbnails import pair_thumbnail

HEADER = "photo_id,patient_id,series_id,session_index,days_from_baseline,view,image,mm_per_px\n"


def write_series(folder: Path, days: tuple[int, ...]) -> None:
    rows = [f"v{i},p1,s1,{i},{day},left,visit-{i}.jpg,0.03\n" for i, day in enumerate(days)]
    (folder / "manifest.csv").write_text(HEADER + "".join(reversed(rows)), encoding="utf-8")
    for i in range(len(days)):
        Image.fromarray(np.full((40, 60, 3), 40 * i, np.uint8)).save(folder / f"visit-{i}.jpg")


def test_baseline_is_paired_with_the_last_the_middle_and_the_next(tmp_path: Path) -> None:
    write_series(tmp_path, (0, 28, 56, 84, 182))
    titles = [pair.title for pair in sample_pairs(tmp_path)]
    assert titles == ["Baseline and 6 months", "Baseline and 2 months", "Baseline and 4 weeks"]
    assert sample_pairs(tmp_path)[0].after.mm_per_px == 0.03


def test_two_visits_are_one_pair(tmp_path: Path) -> None:
    write_series(tmp_path, (0, 7))
    assert [pair.title for pair in sample_pairs(tmp_path)] == ["Baseline and 1 week"]


def test_missing_samples_are_no_pairs(tmp_path: Path) -> None:
    assert sample_pairs(tmp_path) == ()
    write_series(tmp_path, (0, 28))
    (tmp_path / "visit-1.jpg").unlink()
    assert sample_pairs(tmp_path) == ()


def test_a_broken_manifest_is_no_pairs(tmp_path: Path) -> None:
    (tmp_path / "manifest.csv").write_text("image\nvisit-1.jpg\n", encoding="utf-8")
    assert sample_pairs(tmp_path) == ()


def test_a_thumbnail_shows_both(tmp_path: Path) -> None:
    write_series(tmp_path, (0, 28))
    with Image.open(pair_thumbnail(sample_pairs(tmp_path)[0], tmp_path)) as picture:
        assert picture.getpixel((5, 5)) == (0, 0, 0)
        assert picture.getpixel((picture.width - 5, 5)) == (40, 40, 40)
