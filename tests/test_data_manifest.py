"""The manifest is read as written, and every mistake is named by line and column."""

from pathlib import Path

import pytest

from data.errors import DatasetError
from data.manifest import ManifestRow, read_manifest, write_manifest

HEAD = "photo_id,patient_id,image"


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "manifest.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_round_trip_keeps_everything(tmp_path: Path) -> None:
    rows = [
        ManifestRow(
            photo_id="1a",
            patient_id="Zoë, née B.",
            series_id="left",
            session_index=0,
            days_from_baseline=-3,
            view="left oblique",
            image="photos/1 a.jpg",
            mask="masks/1a.png",
            mm_per_px=0.05,
            rater_id=rater,
            split="train",
            grades={"goodman_baron_quantitative": grade, "ecca": 60},
        )
        for rater, grade in (("R1", 12.5), ("R2", 14))
    ]
    rows.append(ManifestRow(photo_id="2", patient_id="p2", image="2.jpg"))
    write_manifest(tmp_path / "manifest.csv", rows)
    assert read_manifest(tmp_path / "manifest.csv") == rows
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.csv"]


def test_missing_columns_and_cells_mean_unknown(tmp_path: Path) -> None:
    text = f"\ufeff{HEAD},mm_per_px,grade_ecca\n1,p,1.jpg,,\n2,p,2.jpg,0.1,45\n"
    first, second = read_manifest(written(tmp_path, text))
    assert (first.mm_per_px, first.grades, first.split) == (None, {}, None)
    assert (second.mm_per_px, second.grades) == (0.1, {"ecca": 45.0})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("photo_id;patient_id;image\n1;p;1.jpg\n", r"lacks the columns .*commas"),
        (f"{HEAD}\n1,p\n", "line 2: not as many cells"),
        (f"{HEAD}\n1,p,1.jpg,extra\n", "line 2: not as many cells"),
        (f"{HEAD}\n1,p,1.jpg\n2,,2.jpg\n", "line 3: patient_id"),
        (f"{HEAD},mm_per_px\n1,p,1.jpg,0\n", "mm_per_px"),
        (f"{HEAD},mm_per_px\n1,p,1.jpg,nan\n", "mm_per_px"),
        (f"{HEAD},split\n1,p,1.jpg,training\n", "split"),
        (f"{HEAD},colour\n1,p,1.jpg,red\n", "colour"),
        (f"{HEAD},mask\n1,p,1.jpg,mask.jpg\n", "JPEG changes labels"),
        (f"{HEAD}\n1,p,/etc/passwd\n", "inside the manifest's folder"),
        (f"{HEAD}\n1,p,../other/1.jpg\n", "inside the manifest's folder"),
        (f"{HEAD}\n1,p,C:\\1.jpg\n", "inside the manifest's folder"),
        (f"{HEAD},grade_ecca\n1,p,1.jpg,many\n", "grades.ecca"),
        (f"{HEAD}\n1,p,1.jpg\n1,q,1.jpg\n", "photo 1 disagree on patient_id"),
        (f"{HEAD},rater_id\n1,p,1.jpg,R\n1,p,1.jpg,R\n", "two rows of rater R"),
        (f"{HEAD}\n1,p,1.jpg\n2,q,1.jpg\n", "belongs to photos 1 and 2"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(DatasetError, match=reason):
        read_manifest(written(tmp_path, text))


def test_unreadable_files(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="cannot be read"):
        read_manifest(tmp_path / "missing.csv")
    (tmp_path / "latin.csv").write_bytes(f"{HEAD}\n1,Zo\xeb,1.jpg\n".encode("latin-1"))
    with pytest.raises(DatasetError, match="UTF-8"):
        read_manifest(tmp_path / "latin.csv")
